"""From a leaked file to the recipients whose copies it was made of, with the odds of accusing an innocent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

from commonroll.roll.engine import engine
from commonroll.roll.sql_files import text_of
from commonroll.tracing import decoys as invented
from commonroll.tracing import leak as leaks
from commonroll.tracing.held import Held, Scored
from commonroll.tracing.hints import Hinted, by_form, by_order
from commonroll.tracing.keys import MarkKey
from commonroll.tracing.leak import Leak
from commonroll.tracing.marks import (
    DECOY,
    POINT,
    TENTH,
    anchored,
    epoch,
    positions,
    prepared,
    rates,
    values_of,
)
from commonroll.tracing.score import ERROR, Bound, line, weights
from commonroll.views.pseudonyms import keyed

Verdict = Literal["named", "nobody", "not enough"]

OURS = 0.05
"""Least share of rows that must be known here; below it a file is taken to be somebody else's."""
ALIKE = 0.5
"""Least correlation with a score for a column to be taken for it."""
DECOY_EPOCH = "decoy"


@dataclass(frozen=True)
class LayerRead:
    """One layer: whose score, the file's column and the load it was held against; positions read; each
    recipient's score and the logarithm of its bound; the best bound that anybody could reach on them."""

    layer: str
    score: str
    column: str
    load: str
    positions: int
    keys: tuple[str, ...]
    scores: Mapping[str, float]
    logs: Mapping[str, float]
    reach: float
    why_not: str = ""


@dataclass(frozen=True)
class Traced:
    """What a trace found. `threshold`: a bound's logarithm below it accuses; `hints` accuse nobody."""

    leak: Leak
    layers: tuple[LayerRead, ...]
    recipients: int
    error: float
    threshold: float
    accused: tuple[str, ...]
    verdict: Verdict
    hints: tuple[Hinted, ...] = ()


def trace(path: Path, held: Held, work: Path, *, error: float = ERROR) -> Traced:
    """Trace the file at `path` to recipients of `held`; files of the run stay below `work`.

    The layers are fixed before the file is read: two for each score that was ever shared, and the decoys.
    Raises Refusal for a file that is no table of rows.
    """
    codes = sorted({one.score for one in held.scored})
    count = max(1, 2 * len(codes) * max(1, len(generations(held.keys))) + (held.decoys is not None))
    threshold = line(len(held.recipients), count, error)
    with closing(engine()) as con:
        found = leaks.read(con, path, work, held)
        prepared(con)
        con.register("recipients", pa.table({"recipient": pa.array(sorted(held.recipients), pa.string())}))
        layers = (*_numbers(con, found, held, codes), *_decoys(con, held))
        hints = tuple(_hints(con, held, layers))
    accused = sorted({who for layer in layers for who, log in layer.logs.items() if log < threshold})
    return Traced(
        found, layers, len(held.recipients), error, threshold, tuple(accused),
        _verdict(found, layers, accused, threshold), hints,
    )  # fmt: skip


def _verdict(found: Leak, layers: Sequence[LayerRead], accused: Sequence[str], threshold: float) -> Verdict:
    if accused:
        return "named"
    if found.matched < OURS * found.rows:
        return "nobody"
    return "nobody" if any(layer.reach < threshold for layer in layers) else "not enough"


def _hints(con: duckdb.DuckDBPyConnection, held: Held, layers: Sequence[LayerRead]) -> Iterator[Hinted]:
    yield from by_order(con, held.keys, held.sent)
    for column, score in sorted({(layer.column, layer.score) for layer in layers if layer.column}):
        yield from by_form(con, held.keys, held.sent, column, score)


# Layers in numbers


def _numbers(
    con: duckdb.DuckDBPyConnection, found: Leak, held: Held, codes: Sequence[str]
) -> Iterator[LayerRead]:
    columns = leaks.numbers(con, found) if codes else []
    for code in codes:
        column, scored = _fitting(con, columns, [one for one in held.scored if one.score == code])
        if scored is None:
            why = "no column of the file goes with this score"
            yield from (_unread(layer, code, "", "", why) for layer in (TENTH, POINT))
            continue
        if not held.keys:
            why = "the log commits to no mark key"
            yield from (_unread(layer, code, column, scored.load, why) for layer in (TENTH, POINT))
            continue
        leaks.values(con, column)
        tens, whole = (float(one or 0) for one in con.execute(text_of(__package__, "coarse")).fetchall()[0])
        for keys in generations(held.keys):
            at = _positions(con, keys, scored)
            for layer in (TENTH, POINT):
                if tens > 0.98 or (layer == TENTH and whole > 0.98):
                    why = "the scores are too coarse in the file"
                    yield _unread(layer, code, column, scored.load, why)
                else:
                    yield _layer(con, layer, scored, column, keys, _of_layer(at, layer))


def generations(keys: Sequence[MarkKey]) -> list[list[MarkKey]]:
    """The keys of all years, those that were first of their year, then successors of burnt ones: a copy is
    marked under keys of one generation, and the other's positions would say nothing."""
    found: dict[int, list[MarkKey]] = {}
    for key in keys:
        found.setdefault(key.generation, []).append(key)
    return [found[number] for number in sorted(found)]


def _fitting(
    con: duckdb.DuckDBPyConnection, columns: Sequence[str], loads: Sequence[Scored]
) -> tuple[str, Scored | None]:
    """The column that goes best with a load of a score, and that load."""
    best: tuple[tuple[float, float], str, Scored | None] = ((-1.0, 0.0), "", None)
    for column in columns:
        leaks.values(con, column)
        for load in loads:
            rows, same, away, alike = con.execute(
                text_of(__package__, "fits"), {"path": str(load.path)}
            ).fetchall()[0]
            fits = alike is not None and np.isfinite(alike) and (alike >= ALIKE or (rows < 10 and away < 2))
            if rows and fits and (same, -away) > best[0]:
                best = ((same, -away), column, load)
    return best[1], best[2]


def _positions(con: duckdb.DuckDBPyConnection, keys: Sequence[MarkKey], scored: Scored) -> pa.Table:
    """Bits that the leak has at a score's positions, with the key's name: one row a position and key."""
    query = text_of(__package__, "scored_said").replace(":anchors", anchored())
    con.execute(query, values_of(scored.path))
    rate = rates(pq.read_metadata(scored.path).num_rows)
    parts = []
    for key in keys:
        con.register("positions_said", positions(con, key, scored.score, "scored_said", rate))
        read = con.execute(text_of(__package__, "bits_read")).to_arrow_table()
        parts.append(read.append_column("key", pa.array([key.name] * read.num_rows, pa.string())))
    return pa.concat_tables(parts)


def _of_layer(at: pa.Table, layer: str) -> pa.Table:
    return at.filter(pa.compute.equal(at["layer"], layer))


def _layer(
    con: duckdb.DuckDBPyConnection, layer: str, scored: Scored, column: str, keys: Sequence[MarkKey],
    at: pa.Table,
) -> LayerRead:  # fmt: skip
    epochs = pa.array([epoch(scored.score, one) for one in at["version"].to_pylist()], pa.string())
    seen = at.append_column("epoch", epochs).rename_columns({"state_voter_id": "row_id"})
    return _scored(con, layer, scored.score, column, scored.load, keys, seen)


def _unread(layer: str, score: str, column: str, load: str, why: str) -> LayerRead:
    return LayerRead(layer, score, column, load, 0, (), {}, {}, 0.0, why)


# Decoys


def _decoys(con: duckdb.DuckDBPyConnection, held: Held) -> Iterator[LayerRead]:
    """Decoys that stand in the file, each a 1; of those that do not nothing is concluded."""
    if held.decoys is None:
        return
    there = leaks.decoys_found(con)
    con.register("there", pa.table({"state_voter_id": there}))
    con.register("register_rows", invented.read(held.decoys))
    found = con.execute(
        "SELECT state_voter_id AS row_id, bias, key, 1::TINYINT AS y, 'decoy' AS epoch "
        "FROM register_rows JOIN there USING (state_voter_id) ORDER BY 1"
    ).to_arrow_table()
    yield _scored(con, DECOY, "", "", "", held.keys, found)


def _scored(
    con: duckdb.DuckDBPyConnection, layer: str, score: str, column: str, load: str,
    keys: Sequence[MarkKey], seen: pa.Table,
) -> LayerRead:  # fmt: skip
    """A layer with its recipients' scores and bounds; `seen`: row_id, epoch, bias, y, key."""
    if not seen.num_rows:
        why = "no decoy stands in the file" if layer == DECOY else "no marked row of it stands in the file"
        return _unread(layer, score, column, load, why)
    totals: dict[str, float] = {}
    used = [key for key in keys if pa.compute.any(pa.compute.equal(seen["key"], key.name)).as_py()]
    for key in used:
        inner, outer = keyed(key.secret)
        con.register("seen", seen.filter(pa.compute.equal(seen["key"], key.name)))
        for who, part in con.execute(
            text_of(__package__, "scores"), {"inner": inner, "outer": outer}
        ).fetchall():
            totals[who] = totals.get(who, 0.0) + float(part)
    p, y = seen["bias"].to_numpy() / 2**32, seen["y"].to_numpy()
    bound = Bound.of(p, y)
    best = float(np.maximum(*weights(p, y)).sum())
    logs = {who: bound.log(total) for who, total in totals.items()}
    return LayerRead(
        layer, score, column, load, seen.num_rows, tuple(key.name for key in used), totals, logs,
        bound.log(best),
    )  # fmt: skip
