"""The gate's figures are those that counting row by row gives."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st
from made_rolls import voter

from commonroll.roll.engine import ibis_engine
from commonroll.roll.gate.figures import CODES, UNSTATED, figures
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault.bulk import arrow_schema
from thorough import dear

PERSON = ("first_name", "middle_name", "last_name", "name_suffix", "residence_line1", "residence_unit",
          "residence_zip5", "birth_date", "birth_year")  # fmt: skip

CELLS = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["active", "removed"]),
        "party": st.sampled_from(["DEM", "", None]),
        "sex": st.sampled_from(["female", None]),
        "confidential": st.sampled_from([True, False, None]),
        "county_fips": st.sampled_from(["37183", "37001", None]),
        "residence_state": st.sampled_from(["NC", "VA", None]),
        "first_name": st.sampled_from(["ANN", "BO"]),
        "last_name": st.sampled_from(["LEE", "ROY"]),
        "residence_line1": st.sampled_from(["1 MAIN ST", None]),
        "birth_year": st.sampled_from([1980, None]),
    }
)


def written(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "voters.parquet"
    pq.write_table(pa.Table.from_pylist(rows, arrow_schema(VOTERS)), path)
    return path


def text(value: object) -> str:
    return UNSTATED if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def alike(rows: list[dict[str, Any]]) -> int:
    """Registrations with a birth and an address, removed ones aside, whose person another one has as well."""
    known = [
        row for row in rows if row["birth_year"] and row["residence_line1"] and row["status"] != "removed"
    ]
    persons = Counter(tuple(row[name] for name in PERSON) for row in known)
    return sum(count for count in persons.values() if count > 1)


@settings(max_examples=dear(20), deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=12))
def test_figures_are_those_of_counting_row_by_row(cells: list[dict[str, Any]]) -> None:
    rows = [voter(number, **changes) for number, changes in enumerate(cells)]
    with TemporaryDirectory() as folder:
        found = figures(ibis_engine(), {"voters": [written(Path(folder), rows)]})
    for column in CODES["voters"]:
        assert found.codes[f"voters.{column}"] == Counter(text(row[column]) for row in rows), column
    assert found.counties == Counter(text(row["county_fips"]) for row in rows)
    assert found.elsewhere == sum(row["residence_state"] not in (None, "NC") for row in rows)
    assert found.alike == alike(rows)
