"""Each layout's sample of invented people becomes exactly the rows that stand beside it."""

from __future__ import annotations

import pytest
from sample_rolls import expected, outcome, raw_rows, rows_of, sample_files, tables_of

from commonroll.roll import schema
from commonroll.roll.counties import LAYOUTS
from commonroll.roll.layout import all_layouts, layout

KEYS = [known.key for known in all_layouts()]


@pytest.mark.parametrize("key", KEYS)
def test_a_sample_gives_the_expected_rows(key: str) -> None:
    found = outcome(key)
    for table, rows in found.items():
        wanted = expected(layout(key), table)
        assert sorted(map(str, rows)) == sorted(map(str, wanted)), table


@pytest.mark.parametrize("key", KEYS)
def test_the_columns_are_those_of_the_schema_in_order(key: str) -> None:
    known, raw = raw_rows(sample_files(layout(key))[0])
    for name, table in tables_of(known, raw).items():
        wanted = schema.TABLES[name]
        assert tuple(table.columns)[: len(wanted.columns)] == wanted.names
        kinds = {"string": "string", "int16": "int16", "int64": "int64", "bool": "boolean", "date": "date"}
        assert [str(table[c.name].type()) for c in wanted] == [kinds[c.type] for c in wanted]


@pytest.mark.parametrize("key", KEYS)
def test_no_row_is_lost(key: str) -> None:
    """Loaded, refused or left out: each line of the file is exactly one of them."""
    for path in sample_files(layout(key)):
        known, raw = raw_rows(path)
        table = known.table.name
        rows = rows_of(tables_of(known, raw)[table])
        assert [row["source_line"] for row in rows] == [str(n) for n in raw["source_line"].execute()]
        assert not [row for row in rows if row["refused"] and row["left_out"]]


@pytest.mark.parametrize("key", KEYS)
def test_required_columns_are_filled_and_closed_ones_hold_known_values(key: str) -> None:
    for table, rows in outcome(key).items():
        for column in schema.TABLES[table] if table != "aside" else ():
            values = {row[column.name] for row in rows}
            if column.values is not None:
                assert values <= {*column.values, ""}
            # a ballot that is not sent or not back yet has no such day
            if not column.nullable and column.name not in ("requested_on", "sent_on", "returned_on"):
                assert "" not in values, column.name


def test_every_expected_file_belongs_to_a_layout() -> None:
    folders = {f"{path.parent.parent.name}/{path.name}" for path in LAYOUTS.glob("*/expected/*")}
    assert folders == set(KEYS)
