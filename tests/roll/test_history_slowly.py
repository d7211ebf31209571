"""The engine's reading of elections equals a reading line by line, whatever stands in the cells."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import duckdb
import ibis
import pytest
import slow_elections
from hypothesis import given, settings
from hypothesis import strategies as st
from made_fields import TODAY, made
from made_lines import arrow
from test_history_shapes import CASES, ELECTIONS

from commonroll.roll.canonical.normalise import to_history
from commonroll.roll.layout.layout import Layout
from commonroll.roll.layout.wide_history import codes_of
from thorough import dear

CELLS = st.sampled_from(
    [
        "",
        "",
        " ",
        "A",
        "P",
        "E",
        "Y",
        "N",
        "V",
        "D",
        "R",
        "?",
        "True",
        " FALSE",
        "at polls",
        "At Polls",
        "Absentee",
        "11/03/2020",
        "11/5/2024",
        "08/11/2020",
        "01/01/1800",
        "11/03/2028",
        "20201103",
        "soon",
        "16",
        "15",
        "2018",
        "GN2018",
        "PR18",
        "GN19",
        "gn96",
        "Bond 7",
        "BOND7",
        "18GENR P",
        "18PRIM",
        "99GENR A",
        "18GENR  P",
        "20JNU",
        "11/3/2020 General Election",
        "8/4/2020 Primary Runoff",
        "13/45/2020 Special",
        "01",
        "La Moure",
        "99",
        "A-COUNTY CLERK",
        "E HALL 4",
        "x",
    ]
)
LABELS = st.sampled_from(
    ["General Election, 2020", "2019 GE", "PE 20180626", "PE20180699", "Town Special", " ", ""]
)
IDS = st.sampled_from(["1", "22", "", " ", "ID"])


@cache
def prepared(case: str) -> tuple[Layout, str]:
    """A case's layout, and the SQL from `lines` to its elections."""
    order, extra, unpivot, _, _ = CASES[case]
    known = made(Path(tempfile.mkdtemp()), order, unpivot, elections=ELECTIONS)
    kinds = {
        **dict.fromkeys((*known.order, *extra), "string"),
        "source_file": "string",
        "source_line": "int64",
    }
    codes = ibis.table({"code": "string", "day": "date", "kind": "string", "name": "string"}, name="codes")
    return known, str(
        ibis.to_sql(
            to_history(ibis.table(kinds, name="lines"), known, as_of=TODAY, codes=codes), dialect="duckdb"
        )
    )


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=dear(15), deadline=None)
@given(data=st.data())
def test_every_cell_means_what_a_slow_reader_says(case: str, data: st.DataObject) -> None:
    known, sql = prepared(case)
    _, extra, _, _, _ = CASES[case]
    columns = [*known.order[1:], *extra]
    texts = st.lists(LABELS, max_size=4).map(";".join) if known.unpivot and known.unpivot.column else CELLS
    line = st.fixed_dictionaries({"ID": IDS, **dict.fromkeys(columns, texts)})
    lines = data.draw(st.lists(line, min_size=5, max_size=25))
    engine = duckdb.connect(config={"threads": 1})
    engine.register("lines", arrow(known, lines, extra))
    assert known.unpivot is not None
    engine.register("codes", codes_of(known.unpivot))
    names = "source_line, election_date, election_name, election_type, method, party_voted, county_voted"
    found = engine.sql(f"SELECT {names}, refused IS NOT NULL FROM ({sql})").fetchall()
    expected = slow_elections.elections(known, lines, columns, TODAY)
    assert sorted(map(of_note, found), key=str) == sorted(map(of_note, expected), key=str)


def of_note(row: tuple[object, ...]) -> tuple[object, ...]:
    """Of an election that is refused, that it is: nobody reads the rest."""
    return (row[0], "refused") if row[-1] else row
