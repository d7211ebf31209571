"""To which counties words keep a use: never to fewer than the engine finds rows of."""

from __future__ import annotations

import duckdb
import pytest

from commonroll.agreements.universe import AllOf, AnyOf, OneOf, Voted
from commonroll.roll.counties import counties_within
from commonroll.views.counties import left
from commonroll.views.universe import parse

KENT, NEW_CASTLE, SUSSEX = "10001", "10003", "10005"
DELAWARE = [KENT, NEW_CASTLE, SUSSEX]

ASKED: list[tuple[str, list[str]]] = [
    ("county_name = 'Kent'", [KENT]),
    ("county_fips = '10001' AND birth_year > 1990", [KENT]),
    ("county_fips = '10001' OR birth_year > 1990", DELAWARE),
    ("county_name IN ('Kent', 'Sussex')", [KENT, SUSSEX]),
    ("county_name NOT IN ('Kent', 'Sussex')", [NEW_CASTLE]),
    ("NOT (county_name = 'Kent' OR status = 'active')", [NEW_CASTLE, SUSSEX]),
    ("NOT (county_name = 'Kent' AND status = 'active')", DELAWARE),
    ("county_name <> 'Kent'", [NEW_CASTLE, SUSSEX]),
    ("county_fips BETWEEN '10002' AND '10005'", [NEW_CASTLE, SUSSEX]),
    ("county_fips >= '10003' AND county_fips < '10005'", [NEW_CASTLE]),
    ("county_name LIKE '%e_t%' OR county_name ILIKE 'SUS%'", [KENT, SUSSEX]),
    ("county_name LIKE 'kent'", []),
    ("county_name IS NULL", DELAWARE),
    ("county_name IS NOT NULL AND county_name = county_fips", DELAWARE),
    ("status = 'active'", DELAWARE),
]


@pytest.fixture(scope="module")
def voters() -> duckdb.DuckDBPyConnection:
    """Two voters of every county of Delaware, and two of none."""
    con = duckdb.connect()
    con.execute("CREATE TABLE voters (county_fips TEXT, county_name TEXT, birth_year INT, status TEXT)")
    places = [(county.fips, county.name) for county in counties_within("DE")]
    for fips, name in [*places, (None, None)]:
        both = "INSERT INTO voters VALUES (?, ?, 1980, 'active'), (?, ?, 2000, 'inactive')"
        con.execute(both, [fips, name] * 2)
    return con


@pytest.mark.parametrize(("where", "counties"), ASKED, ids=[where for where, _ in ASKED])
def test_a_question_is_kept_to(where: str, counties: list[str], voters: duckdb.DuckDBPyConnection) -> None:
    said = parse(where)
    found = left("DE", None, None, said.tree)
    assert list(found or DELAWARE) == (counties or DELAWARE)
    rows = voters.execute(f"SELECT DISTINCT county_fips FROM voters WHERE {said.canonical}").fetchall()
    assert {fips for (fips,) in rows if fips} <= set(counties)


def test_terms_keep_a_question_too() -> None:
    kent, south = frozenset({KENT}), OneOf("voters.county_name", ("Kent", "Sussex"))
    party = OneOf("voters.party", ("DEM",))
    assert left("DE", kent, None, None) == (KENT,)
    assert left("DE", None, AllOf((south, party)), None) == (KENT, SUSSEX)
    assert left("DE", None, AnyOf((south, party)), None) == ()
    assert left("DE", None, AnyOf((south, OneOf("voters.county_fips", (NEW_CASTLE,)))), None) == ()
    assert left("DE", None, AllOf((south, Voted(None))), parse("county_name <> 'Kent'").tree) == (SUSSEX,)  # type: ignore[arg-type]
