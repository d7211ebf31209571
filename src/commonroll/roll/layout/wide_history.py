"""Elections beside a voter's id become one row per election voted in, whatever their shape in the line."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from commonroll.roll import schema
from commonroll.roll.layout import cells
from commonroll.roll.layout.history import CELL
from commonroll.roll.layout.known_elections import Election
from commonroll.roll.layout.layout import Layout, Unpivot
from commonroll.roll.layout.verbs import text_of
from commonroll.roll.layout.wide_rows import AT, Wide, decoded, rows_of

KNOWN_CODES = "elections_of_codes"
"""The engine's table of election codes: those of the state's list, and those that came in the delivery."""

CODES_SCHEMA = pa.schema(
    [("code", pa.string()), ("day", pa.date32()), ("kind", pa.string()), ("name", pa.string())]
)


def elections(
    lines: ir.Table,
    layout: Layout,
    voter: ir.StringValue,
    places: Sequence[Election],
    codes: ir.Table | None,
    as_of: datetime.date,
) -> ir.Table:
    """One row per voter and election that a line holds: columns of `schema.HISTORY`, `refused`, the line,
    and the election's `place` in it, from 1.

    `lines`: cells of the elections as published, lines without a voter and repeated headers gone.
    `voter`: the voter's id.
    `codes`: the election codes known, CODES_SCHEMA. An election after `as_of` is refused, and one that
    cannot be understood; its voter is not.
    """
    assert layout.unpivot is not None
    wide = Wide(layout, layout.unpivot, tuple(places), as_of)
    if not places:
        return _nothing(lines, voter)
    said = _apart(_voted(_listed(lines, voter, wide), wide), wide)
    if codes is not None and wide.unpivot.shape != "columns":
        said = _with_codes(said, codes)
    return rows_of(decoded(said, wide), wide)


def codes_of(unpivot: Unpivot) -> pa.Table:
    """The state's own list of elections, CODES_SCHEMA."""
    rows = [
        {"code": code, "day": one.day, "kind": one.kind, "name": one.name and one.name.upper()}
        for code, one in unpivot.listed.items()
    ]
    return pa.Table.from_pylist(rows, CODES_SCHEMA)


def _listed(lines: ir.Table, voter: ir.StringValue, wide: Wide) -> ir.Table:
    """One row per voter and place that says anything. Side by side, unnested lists stay in step.

    Most places of a line are empty: cells are made tidy once those are gone.
    """
    if wide.unpivot.shape == "text":
        return _listed_text(lines, voter, wide)
    places = ibis.literal(list(range(1, len(wide.places) + 1)), "array<int64>")
    made: dict[str, ir.Value] = {}
    for name in wide.from_cells:
        sources = [one.cells.get(name) for one in wide.places]
        texts = [
            text_of(one, [lines[column] for column in one.columns]) if one else ibis.null(str)
            for one in sources
        ]
        made[AT + name] = ibis.array(texts).unnest()
    listed = lines.select("source_file", "source_line", state_voter_id=voter, **made, place=places.unnest())
    filled = [listed[AT + name].notnull() & (listed[AT + name] != "") for name in _marks(wide)]
    there = listed.filter(ibis.or_(*filled))
    return there.mutate(**{name: cells.trimmed(there[name]) for name in made})


def _listed_text(lines: ir.Table, voter: ir.StringValue, wide: Wide) -> ir.Table:
    text = lines[wide.unpivot.column]
    parts = lines.select(
        "source_file",
        "source_line",
        state_voter_id=voter,
        part=text.split(wide.unpivot.between).unnest(),
        place=ibis.literal(1, "int64"),
    )
    return parts.mutate(**{AT + CELL: cells.trim(parts["part"]).nullif("")}).drop("part")


def _voted(listed: ir.Table, wide: Wide) -> ir.Table:
    """The rows that mean a vote cast; `uncertain` where the file's word for it is not known."""
    unpivot = wide.unpivot
    marker = next(name for name in ("voted", CELL, "method", *wide.from_cells) if name in wide.from_cells)
    told = _marks(wide)
    filled = listed[AT + told[0]] if len(told) == 1 else ibis.coalesce(*(listed[AT + name] for name in told))
    keep = filled.notnull()
    cell = listed[AT + marker]
    if unpivot.did_not:
        keep &= ~_among(cell, unpivot.did_not, unpivot).fill_null(False)
    if not unpivot.took_part:
        return listed.filter(keep)
    return listed.filter(keep).mutate(uncertain=~_among(cell, unpivot.took_part, unpivot))


def _marks(wide: Wide) -> list[str]:
    """Attributes that say, by being filled, that there is an election: `voted`, or all cells of a slot.

    A text that the layout itself adds to (`then`) is always filled, and says nothing.
    """
    if "voted" in wide.from_cells and wide.unpivot.shape != "columns":
        return ["voted"]
    added = {name for one in wide.places for name, source in one.cells.items() if source.then is not None}
    return [name for name in wide.from_cells if name not in added]


def _among(cell: ir.StringValue, texts: Sequence[str], unpivot: Unpivot) -> ir.BooleanValue:
    if unpivot.any_case:
        return cells.folded(cell).isin([cells.folded_text(text) for text in texts])
    return cell.isin(list(texts))


def _apart(voted: ir.Table, wide: Wide) -> ir.Table:
    """The cell taken apart: its groups beside the attributes that have cells of their own."""
    patterns = wide.unpivot.cells
    if not patterns:
        return voted
    whole = [f"^(?:{one.pattern})$" for one in patterns]
    cell = voted[AT + CELL]
    fits = ibis.cases(*((cell.re_search(one), at) for at, one in enumerate(whole)))
    voted = voted.mutate(fits=fits)
    made = {}
    for name in sorted({group for one in patterns for group in one.groupindex}):
        taken = [
            (voted["fits"] == at, voted[AT + CELL].re_extract(whole[at], one.groupindex[name]))
            for at, one in enumerate(patterns)
            if name in one.groupindex
        ]
        text = ibis.cases(*taken).nullif("")
        made[AT + name] = ibis.coalesce(voted[AT + name], text) if AT + name in voted.columns else text
    return voted.mutate(**made)


def _with_codes(said: ir.Table, codes: ir.Table) -> ir.Table:
    """The election that the row's code, or its whole cell, stands for: `listed_day`, `_kind`, `_name`."""
    by = [said[AT + name] for name in ("code", CELL) if AT + name in said.columns]
    if not by:
        return said
    keyed = said.mutate(code_key=cells.folded(ibis.coalesce(*by)))
    listed = codes.select(
        code_key="code",
        listed_day="day",
        listed_kind="kind",
        listed_name="name",
        is_listed=ibis.literal(True),
    )
    return keyed.left_join(listed, "code_key").drop("code_key_right")


def _nothing(lines: ir.Table, voter: ir.StringValue) -> ir.Table:
    """No election of the layout's is in the file: the columns without a row."""
    empty: Mapping[str, ir.Value] = {
        column.name: ibis.null(column.type) for column in schema.HISTORY if column.name != "state_voter_id"
    }
    beside = {"refused": ibis.null(str), "left_out": ibis.null(str)}
    return lines.filter(ibis.literal(False)).select(
        state_voter_id=voter,
        **empty,
        source_file=lines["source_file"],
        source_line=lines["source_line"],
        place=ibis.null("int64"),
        **beside,
    )
