"""Which rows of a score carry a mark, and a recipient's bits in them: in the engine, for a whole roll.

A value's version (`DAY.LOAD`, the load under which it became what it is) labels both its choice and its bit:
a value that stays keeps its mark, a new one is chosen and marked afresh, so that no row stands out over many
loads. One that hardly moves keeps its version: its mark moves it as it moved the value that began it, the
anchor. Tables: `scored` has state_voter_id, version and anchor (tenths); positions these, layer and bias.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.roll.engine import engine
from commonroll.roll.sql_files import text_of
from commonroll.roll.vault import scores
from commonroll.tracing.code import DESIGN
from commonroll.tracing.keys import MarkKey
from commonroll.views.pseudonyms import hmac_macro, keyed

TENTH, POINT, DECOY = "tenth", "point", "decoy"
LAYERS = (TENTH, POINT)
"""Layers in numbers; of a row that is chosen for both, the point wins."""

_USUAL = {TENTH: 50_000, POINT: 10_000}
_WANTED = {TENTH: 1_000, POINT: 200}
"""Positions that a small roll is given, for one leaker who keeps a fair part of the rows."""

_MOST = 300_000
POSITIONS = pa.schema(
    [
        ("state_voter_id", pa.string()),
        ("version", pa.string()),
        ("layer", pa.string()),
        ("anchor", pa.int16()),
        ("bias", pa.uint32()),
    ]
)
MARKS = pa.schema(
    [("state_voter_id", pa.string()), ("layer", pa.string()), ("bit", pa.int8()), ("shift", pa.int16())]
)
"""`shift`: by how many tenths the bit moves the row's score."""


@dataclass(frozen=True)
class Rates:
    """Rows in a million that carry each layer."""

    tenth: int
    point: int


def rates(rows: int) -> Rates:
    """How many rows of a score are marked: 5 % and 1 %, more where the roll is small."""
    found = {
        layer: min(_MOST, max(_USUAL[layer], math.ceil(_WANTED[layer] * 1_000_000 / max(1, rows))))
        for layer in LAYERS
    }
    return Rates(found[TENTH], found[POINT])


def label(layer: str, score: str, version: str) -> str:
    """What a layer is called in the code's labels: each score and version has layers of its own."""
    return f"{layer}:{score}:{version}"


def epoch(score: str, version: str) -> str:
    """The epoch of a value's bits."""
    return f"{score}:{version}"


def prepared(con: duckdb.DuckDBPyConnection) -> None:
    """Declare `commonroll_u64` on a connection."""
    con.execute(hmac_macro())
    con.execute(text_of(__package__, "u64"))


def positions(con: duckdb.DuckDBPyConnection, key: MarkKey, score: str, scored: str, rate: Rates) -> pa.Table:
    """The positions of a table's rows whose version is of the key's year (`POSITIONS`), by id."""
    inner, outer = keyed(key.secret)
    given = {
        "inner": inner, "outer": outer, "score": score, "year": key.year,
        "tenth": rate.tenth, "point": rate.point,
    }  # fmt: skip
    found = con.execute(text_of(__package__, "positions").replace(":scored", scored), given).to_arrow_table()
    bias = pa.array(biases(found["drawn"].to_numpy()), pa.uint32())
    return found.drop_columns("drawn").append_column("bias", bias).cast(POSITIONS)


def biases(drawn: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint32]:
    """`code.bias_of` of many 64-bit numbers; the sine is libm's for each, as the code's vectors have it."""
    cut = math.asin(math.sqrt(1 / (300 * DESIGN)))
    r = cut + (math.pi / 2 - 2 * cut) * (drawn >> np.uint64(11)).astype(np.float64) / 2**53
    sines = np.fromiter(map(math.sin, r.tolist()), np.float64, len(r))
    return np.rint(sines**2 * 2**32).astype(np.uint32)


def bits(con: duckdb.DuckDBPyConnection, key: MarkKey, recipient: str, score: str, at: pa.Table) -> pa.Table:
    """A recipient's bits (`MARKS`) at positions of the key's year."""
    inner, outer = keyed(key.secret)
    con.register("positions", at)
    given = {"inner": inner, "outer": outer, "year": key.year, "recipient": recipient, "score": score}
    return con.execute(text_of(__package__, "bits"), given).to_arrow_table().cast(MARKS)


def marks(keys: Sequence[MarkKey], recipient: str, score: str, table: Path, kept: Path, to: Path) -> None:
    """Write a recipient's marks of one score to `to` (`MARKS`).

    `table`: the score's values (Parquet: state_voter_id, version, value), with those of other loads beside it
    where a vault has them. `kept`: where their positions are kept,
    chosen once for all recipients. `keys`: of each year one; years without one stay unmarked.
    """
    with closing(engine()) as con:
        prepared(con)
        at = kept_positions(con, keys, score, table, kept)
        parts = [bits(con, key, recipient, score, at) for key in keys]
    _put(pa.concat_tables(parts).sort_by("state_voter_id"), to)


def kept_positions(
    con: duckdb.DuckDBPyConnection, keys: Sequence[MarkKey], score: str, table: Path, kept: Path
) -> pa.Table:
    """The positions of a score's values, read where they were chosen before."""
    if kept.exists():
        return pq.read_table(kept, schema=POSITIONS)
    rate = rates(pq.read_metadata(table).num_rows)
    con.execute("CREATE OR REPLACE TEMP TABLE scored AS " + anchored(), values_of(table))
    found = pa.concat_tables([positions(con, key, score, "scored", rate) for key in keys])
    _put(found, kept)
    return found


def anchored() -> str:
    """The query for `scored`, with `value`, of what `values_of` gives."""
    return text_of(__package__, "anchors")


def values_of(table: Path) -> dict[str, object]:
    """A load's values, and those of the loads that its versions began with."""
    return {"path": str(table), "loads": [str(path) for path in scores.loads_of(table)]}


def _put(table: pa.Table, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = to.with_name(f".{to.name}.part")
    pq.write_table(table, aside, compression="zstd")
    aside.chmod(0o600)
    aside.replace(to)
