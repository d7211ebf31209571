"""Every oddity that is known of a state's files has a test that shows it, or a reason why it has none.

`quirks.csv`: state, the oddity, the test (`module::name`), a text of that module which shows the case where a
test has many, or why there is none. It is a list for people; here is checked that it is true.
"""

from __future__ import annotations

import ast
import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from commonroll.roll.layout.layout import all_layouts, layout, published

TESTS = Path(__file__).parent.parent


@dataclass(frozen=True)
class Quirk:
    """A row of the list."""

    state: str
    quirk: str
    test: str
    shown_by: str
    why_no_test: str


def listed() -> list[Quirk]:
    with Path(__file__).with_name("quirks.csv").open(encoding="utf-8", newline="") as lines:
        return [Quirk(**row) for row in csv.DictReader(lines)]


@cache
def module(name: str) -> str:
    (path,) = TESTS.rglob(f"{name}.py")
    return path.read_text("utf-8")


@cache
def names_in(name: str) -> frozenset[str]:
    """The tests of a module that run: those that are skipped or expected to fail show nothing."""
    found = set()
    for one in ast.parse(module(name)).body:
        if isinstance(one, ast.FunctionDef) and one.name.startswith("test_"):
            marks = " ".join(map(ast.unparse, one.decorator_list))
            if "skip" not in marks and "xfail" not in marks:
                found.add(one.name)
    return frozenset(found)


@pytest.mark.parametrize("quirk", listed(), ids=lambda one: f"{one.state} {one.quirk}")
def test_an_oddity_has_its_test_or_a_reason_why_not(quirk: Quirk) -> None:
    assert bool(quirk.test) != bool(quirk.why_no_test)
    if quirk.test:
        name, _, test = quirk.test.partition("::")
        assert test in names_in(name)
        assert quirk.shown_by in module(name)


def test_no_state_and_no_oddity_of_all_is_left_out() -> None:
    states = {quirk.state for quirk in listed()}
    assert states == {"all", *(known.state for known in all_layouts())}
    of_all = [int(quirk.quirk.partition(":")[0]) for quirk in listed() if quirk.state == "all"]
    assert of_all == list(range(1, 13))


BIRTH = ("birth_date", "birth_year", "age")
NOT_SAID = {
    "AK": (*BIRTH, "status", "county_fips"),
    "DC": (*BIRTH, "sex", "mail_line1"),
    "DE": ("birth_date", "phone"),
    "GA": ("party", "birth_date"),
    "MD": BIRTH,
    "MI": ("party", "birth_date"),
    "MN": ("party", "status", "birth_date"),
    "MO": ("party",),
    "MS": (*BIRTH, "sex"),
    "MT": ("party",),
    "NH": (*BIRTH, "sex", "status", "registered_on"),
    "OH": ("sex", "race", "phone", "email"),
    "OK": ("phone", "email"),
    "TX": ("party",),
    "VA": ("party",),
    "VT": ("party", "birth_date"),
    "WI": (*BIRTH, "sex", "party"),
    "WY": (*BIRTH, "sex", "status"),
}


@pytest.mark.parametrize("state", NOT_SAID)
def test_what_no_file_of_a_state_says(state: str) -> None:
    """Agreements do not offer it, and a gap says that the state does not publish it."""
    said = published(state)
    assert "voters.last_name" in said
    assert said.isdisjoint(f"voters.{name}" for name in NOT_SAID[state])


MEANT = [
    ("mi/2019-01.registration", "residence_unit", "EXTENSION"),
    ("mo/2000-01.registration", "congressional_district", "Congressional - New"),
    ("nv/2000-01.registration", "state_voter_id", "VoterID"),
    ("nv/2000-01.registration", "county_voter_id", "County Voter ID"),
    ("ut/2000-01.registration", "residence_state", "UT"),
    ("wa/2023-08.registration", "state_senate_district", "LegislativeDistrict"),
    ("wa/2023-08.registration", "state_house_district", "LegislativeDistrict"),
    ("wy/2000-01.registration", "residence_line1", "Details (RA)"),
]


@pytest.mark.parametrize(("key", "field", "column"), MEANT)
def test_a_field_comes_from_the_column_that_the_state_means(key: str, field: str, column: str) -> None:
    """Samples are the layouts read backwards and cannot tell this."""
    source = layout(key).columns[field]
    assert (source.columns or (source.constant,)) == (column,)


SPELT = [
    ("ne/2024-01.registration", "cde_voter_status", "cde_registrant_status"),
    ("ne/2024-01.registration", "text_voterno", "text_registrant_id"),
    ("ne/2024-01.registration", "location_text_name", "polling_place_text_name"),
]


@pytest.mark.parametrize(("key", "spelling", "column"), SPELT)
def test_other_spellings_of_a_column_are_known(key: str, spelling: str, column: str) -> None:
    assert layout(key).canonical(spelling) == column
