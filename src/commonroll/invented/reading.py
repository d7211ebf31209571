"""A few files read by the loader's own steps, line by line: what becomes of each, for samples to show.

A load keeps what it counted of the lines that stay aside; a sample shows each with its reason.
"""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from commonroll.roll.canonical.normalise import to_ballots, to_codes, to_districts, to_history, to_voters
from commonroll.roll.counties import LAYOUTS
from commonroll.roll.layout.layout import Layout, Role, layouts_for
from commonroll.roll.layout.listed_places import places_of
from commonroll.roll.layout.shape import LISTS
from commonroll.roll.reading.fields import lines_of
from commonroll.roll.reading.parts import Places, Spread, parts_of
from commonroll.roll.reading.read import open_delivery
from commonroll.roll.reading.refusals import RefusedLines
from commonroll.roll.reading.text_views import Room
from commonroll.roll.recognition.recognition import Incoming, incoming
from commonroll.roll.staging.election_codes import known_codes

TODAY = datetime.date(2026, 11, 24)
MEMBER = "member"
ASIDE = ("file", "line", "what", "why")
PART_BYTES = 1 << 30
Row = dict[str, str]


def raw_tables(paths: Sequence[Path]) -> list[tuple[Layout, ir.Table]]:
    """Each file's layout, as recognised, and its lines as strings by official column name."""
    with tempfile.TemporaryDirectory(prefix="commonroll-") as folder:
        work = Path(folder)
        (work / "archives").mkdir()
        delivered = open_delivery(paths, work / "archives")
        return [(one.layout, raw_table(one, work / str(at))) for at, one in enumerate(incoming(delivered))]


def raw_table(one: Incoming, work: Path) -> ir.Table:
    """The lines of a file with `source_file` and `source_line`; lines that are no records are not there."""
    refused = RefusedLines(work / "refused")
    places = Places(work / "raw", work / "plain", PART_BYTES)
    with one.file.open() as stream:
        (part,) = parts_of(stream, one.file.name, one.columns.shape, places, refused, Spread())
    names = one.columns.names
    lines = lines_of(part, one.columns.shape, [one.columns.span(name) for name in names], Room())
    columns = {name: text.cast(pa.string()) for name, text in zip(names, lines.columns, strict=True)}
    columns["source_file"] = pa.array([part.file] * len(lines.numbers), pa.string())
    columns["source_line"] = pa.array(lines.numbers)
    return ibis.memtable(pa.table(columns))


def tables_of(layout: Layout, raw: ir.Table) -> dict[str, ir.Table]:
    """Every table that a file of the layout fills; districts and elections of the lines that load."""
    if layout.table in LISTS:
        return {layout.role: to_codes(raw, layout, as_of=TODAY)}
    if layout.role == "history":
        return {"history": history(raw, layout)}
    if layout.role == "absentee":
        return {"ballots": to_ballots(raw, layout, as_of=TODAY)}
    places = places_beside(layout)
    # made at once: what follows asks for them twice more, and each would compile them again
    voters = ibis.memtable(to_voters(raw, layout, MEMBER, as_of=TODAY, places=places).to_pyarrow())
    loads = voters.filter(voters["refused"].isnull(), voters["left_out"].isnull())
    stays = raw.semi_join(loads, "source_line")
    tables = {"voters": voters}
    if layout.has_districts:
        tables["districts"] = to_districts(stays, layout, places=places)
    if layout.unpivot is not None:
        tables["history"] = history(stays, layout)
    return tables


def history(raw: ir.Table, layout: Layout) -> ir.Table:
    """The elections of the lines, without their place in a line, which no table of the roll has."""
    read = to_history(raw, layout, as_of=TODAY, codes=codes_beside(layout))
    return read.drop("place") if "place" in read.columns else read


def codes_beside(layout: Layout) -> ir.Table | None:
    """The election codes of the state's own sample, for a layout whose delivery brings such a list."""
    if layout.unpivot is None or not layout.unpivot.delivered:
        return None
    listed = {row["code"]: row for table in samples(layout.state, "elections") for row in table.to_pylist()}
    return ibis.memtable(known_codes(listed.values()))


def places_beside(layout: Layout) -> ir.Table | None:
    """The places of the state's own samples, for a layout whose delivery brings such lists."""
    if layout.places is None:
        return None
    read = ibis.memtable(pa.concat_tables(samples(layout.state, "places")))
    return ibis.memtable(places_of(read).to_pyarrow())


@cache
def samples(state: str, role: Role) -> list[pa.Table]:
    """The rows of the samples of the state's lists."""
    lists = [one for one in layouts_for(state) if one.role == role]
    folders = [LAYOUTS / one.key.replace("/", "/sample/", 1) for one in lists]
    paths = [path for folder in folders for path in sorted(folder.iterdir())]
    tables = [to_codes(raw, read, as_of=TODAY).to_pyarrow() for read, raw in raw_tables(paths)]
    return [table.drop_columns(["source_file", "source_line"]) for table in tables]


def outcome(layout: Layout, raw: ir.Table) -> dict[str, list[Row]]:
    """Rows per table as text, null as '', and beside them `aside`: lines and values that did not load."""
    return told({name: table.to_pyarrow() for name, table in tables_of(layout, raw).items()})


def told(tables: Mapping[str, pa.Table]) -> dict[str, list[Row]]:
    """As `outcome`, of tables that the engine has made."""
    found: dict[str, list[Row]] = {"aside": []}
    for name, table in tables.items():
        found[name] = []
        for row in rows_of(table):
            found["aside"].extend(aside(row))
            if not row.get("refused") and not row.get("left_out"):
                found[name].append({column: text for column, text in row.items() if not beside(column)})
    return found


def rows_of(table: pa.Table) -> list[Row]:
    """The rows as text, null as '', in the order of their lines and then of their texts."""
    made = [{name: written(value) for name, value in row.items()} for row in table.to_pylist()]
    return sorted(made, key=lambda row: (int(row.get("source_line") or 0), *row.values()))


def written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def beside(column: str) -> bool:
    """True for what stands beside a table's own columns."""
    return column in ("refused", "left_out") or column.startswith("lost_")


def aside(row: Row) -> Iterator[Row]:
    """What of a row did not load, and why."""
    for name in filter(beside, row):
        if row[name]:
            values = (row["source_file"], row["source_line"], name, row[name])
            yield dict(zip(ASIDE, values, strict=True))


def texts(column: pa.Array) -> list[str]:
    """A column's cells, null as ''."""
    return [str(text) for text in pc.fill_null(column, "").to_pylist()]
