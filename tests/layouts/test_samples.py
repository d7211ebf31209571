"""Each layout's sample of invented people becomes exactly the rows that stand beside it."""

from __future__ import annotations

import pytest
from sample_rolls import expected, made, outcome, raw_rows

from commonroll.invented.reading import rows_of
from commonroll.roll import schema
from commonroll.roll.counties import LAYOUTS
from commonroll.roll.layout.layout import Layout, all_layouts, layout

KEYS = [known.key for known in all_layouts()]
ONE_ROW_A_LINE = [known.key for known in all_layouts() if known.has_rows]


def table_named(name: str, known: Layout) -> schema.Table:
    """A table of the roll, or the list of election codes that a layout of that role fills."""
    return schema.TABLES.get(name, known.table)


@pytest.mark.parametrize("key", KEYS)
def test_a_sample_gives_the_expected_rows(key: str) -> None:
    found = outcome(key)
    for table, rows in found.items():
        wanted = expected(layout(key), table)
        assert sorted(map(str, rows)) == sorted(map(str, wanted)), table


@pytest.mark.parametrize("key", KEYS)
def test_the_columns_are_those_of_the_schema_in_order(key: str) -> None:
    for name, table in made(key).items():
        wanted = table_named(name, layout(key))
        assert tuple(table.column_names)[: len(wanted.columns)] == wanted.names
        kinds = {"date": "date32[day]"}
        assert [str(table[c.name].type) for c in wanted] == [kinds.get(c.type, c.type) for c in wanted]


@pytest.mark.parametrize("key", ONE_ROW_A_LINE)
def test_no_row_is_lost(key: str) -> None:
    """Loaded, refused or left out: each line of the file is exactly one of them."""
    rows = rows_of(made(key)[layout(key).table.name])
    lines = [str(n) for raw in raw_rows(key) for n in raw["source_line"].execute()]
    assert sorted(row["source_line"] for row in rows) == sorted(lines)
    assert not [row for row in rows if row["refused"] and row["left_out"]]


@pytest.mark.parametrize("key", KEYS)
def test_required_columns_are_filled_and_closed_ones_hold_known_values(key: str) -> None:
    for table, rows in outcome(key).items():
        for column in table_named(table, layout(key)) if table != "aside" else ():
            values = {row[column.name] for row in rows}
            if column.values is not None:
                assert values <= {*column.values, ""}
            # a ballot that is not sent or not back yet has no such day
            if not column.nullable and column.name not in ("requested_on", "sent_on", "returned_on"):
                assert "" not in values, column.name


@pytest.mark.parametrize("key", KEYS)
def test_a_sample_shows_rows_of_its_table(key: str) -> None:
    known = layout(key)
    assert outcome(key)[{"registration": "voters", "absentee": "ballots"}.get(known.role, known.role)]


def test_every_expected_file_belongs_to_a_layout() -> None:
    folders = {f"{path.parent.parent.name}/{path.name}" for path in LAYOUTS.glob("*/expected/*")}
    assert folders == set(KEYS)
