"""One county's file that shifted or emptied is named; births and look-alikes are counted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow.parquet as pq
import pytest
from deliveries import line, taken, vault_of, written
from made_rolls import table, voter

from commonroll.roll.gate import county_checks, person_checks
from commonroll.roll.gate.checks import on
from commonroll.roll.gate.county_figures import CODES_KEPT, OTHER
from commonroll.roll.gate.figures import Figures, Past, figures
from commonroll.roll.vault.vault import Vault

THEN, NOW = datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 12, 4, tzinfo=UTC)
WAKE, DURHAM, ORANGE = "37183", "37063", "37135"

BEFORE = Figures(
    rows={"voters": 3_000},
    filled={"voters.birth_year": 2_940, "voters.phone": 1_500, "voters.last_name": 3_000},
    counties={WAKE: 1_000, DURHAM: 1_000, ORANGE: 1_000},
    names={WAKE: "Wake", DURHAM: "Durham", ORANGE: "Orange"},
    county_filled={
        "voters.birth_year": {WAKE: 980, DURHAM: 980, ORANGE: 980},
        "voters.phone": {WAKE: 500, DURHAM: 500, ORANGE: 500},
    },
    county_codes={
        "voters.party": {fips: {"DEM": 400, "REP": 600} for fips in (WAKE, DURHAM, ORANGE)},
    },
)


def said(now: Figures, before: Figures = BEFORE) -> list[tuple[str, str]]:
    past = Past(7, THEN, before)
    found = [*county_checks.fields(now, past, NOW), *county_checks.shares(now, past, NOW)]
    return [(check.level, check.sentence) for check in found]


def births(**of: int) -> Figures:
    changed = {**BEFORE.county_filled["voters.birth_year"], **{k.removeprefix("c"): n for k, n in of.items()}}
    return replace(BEFORE, county_filled={**BEFORE.county_filled, "voters.birth_year": changed})


def parties(**of: int) -> Figures:
    codes = {**BEFORE.county_codes["voters.party"]}
    codes |= {fips.removeprefix("c"): {"DEM": n, "REP": 1_000 - n} for fips, n in of.items()}
    return replace(BEFORE, county_codes={"voters.party": codes})


def test_nothing_is_said_of_counties_that_are_as_before() -> None:
    assert said(BEFORE) == []


def test_a_county_whose_field_emptied_is_named_and_held() -> None:
    assert said(births(c37183=30)) == [
        ("quarantine", "Wake County: birth year is filled in 3%, 98% on 21 November.")
    ]


def test_a_county_whose_field_is_somewhat_emptier_is_warned_of() -> None:
    assert said(births(c37183=700)) == [
        ("warn", "Wake County: birth year is filled in 70%, 98% on 21 November.")
    ]


def test_several_counties_stand_in_one_sentence_the_worst_first() -> None:
    assert said(births(c37183=30, c37063=0)) == [
        (
            "quarantine",
            "Birth year is emptier in 2 counties: "
            "Durham 0% (98% on 21 November), Wake 3% (98% on 21 November).",
        )
    ]


def test_a_field_that_was_full_everywhere_is_known_to_have_been_full() -> None:
    now = replace(
        BEFORE,
        filled={**BEFORE.filled, "voters.last_name": 2_000},
        county_filled={**BEFORE.county_filled, "voters.last_name": {DURHAM: 1_000, ORANGE: 1_000}},
    )
    with_names = replace(
        now, county_filled={**now.county_filled, "voters.last_name": {DURHAM: 1_000, ORANGE: 1_000}}
    )
    assert said(with_names) == [
        ("quarantine", "Wake County: last name is filled in 0%, 100% on 21 November.")
    ]


def test_a_small_county_is_left_to_chance() -> None:
    small = replace(births(c37183=3), counties={**BEFORE.counties, WAKE: 100})
    assert said(small) == []


def test_figures_of_an_older_report_say_nothing_of_counties() -> None:
    assert said(births(c37183=30), replace(BEFORE, county_filled={}, county_codes={})) == []


@pytest.mark.parametrize(
    ("dem", "level", "share"), [(400, "", ""), (600, "warn", "20%"), (950, "quarantine", "55%")]
)
def test_a_county_whose_parties_moved_is_named(dem: int, level: str, share: str) -> None:
    expected = [(level, f"Voters with another party than on 21 November, by county: Wake {share}.")]
    assert said(parties(c37183=dem)) == (expected if level else [])


def test_a_county_that_codes_sex_or_race_otherwise_is_held() -> None:
    counties = (WAKE, DURHAM, ORANGE)
    races = {fips: {"WHITE": 700, "BLACK": 300} for fips in counties}
    before = replace(BEFORE, county_codes={"voters.race": races})
    moved = {**before.county_codes["voters.race"], WAKE: {"WHITE": 10, "": 990}}
    now = replace(before, county_codes={"voters.race": moved})
    assert said(now, before) == [
        ("quarantine", "Voters with another race than on 21 November, by county: Wake 99%.")
    ]
    (shift,) = county_checks.shifts(now, before, "race")
    assert shift.as_dict() == {
        "column": "race", "fips": WAKE, "drift": 0.99, "code": "", "was": 0.0, "now": 0.99,
    }  # fmt: skip


#    when the earlier snapshot was made        as a sentence names it
DAYS = [
    (datetime(2026, 12, 4, tzinfo=UTC), "earlier today"),
    (datetime(2026, 12, 1, tzinfo=UTC), "on Tuesday"),
    (datetime(2026, 11, 21, tzinfo=UTC), "on 21 November"),
    (datetime(2025, 11, 21, tzinfo=UTC), "on 21 November 2025"),
]


@pytest.mark.parametrize(("then", "words"), DAYS)
def test_the_day_of_a_comparison(then: datetime, words: str) -> None:
    assert on(then, NOW) == words


def counted(tmp_path: Path, rows: Sequence[dict[str, Any]]) -> Figures:
    path = tmp_path / "voters.parquet"
    pq.write_table(table("voters", rows), path)
    return figures(ibis.duckdb.connect(), {"voters": [path]})


def test_fill_and_codes_are_counted_per_county(tmp_path: Path) -> None:
    rows = [
        voter(1, phone="+19195550100"),
        voter(2, party=None),
        voter(3, county_fips=DURHAM, county_name="DURHAM"),
        voter(4, county_fips=None, phone="+19195550100"),
    ]
    found = counted(tmp_path, rows)
    assert found.county_filled["voters.phone"] == {WAKE: 1, DURHAM: 0, "": 1}
    assert found.county_codes["voters.party"][WAKE] == {"DEM": 1, "": 1}
    assert (found.county_share("voters.phone", WAKE), found.county_share("voters.first_name", WAKE)) == (
        0.5,
        1.0,
    )
    assert found.county_share("voters.email", DURHAM) == 0.0
    assert "voters.first_name" not in found.county_filled
    assert Figures.from_dict(json.loads(json.dumps(found.as_dict()))) == found


def test_codes_per_county_are_few_and_lose_no_voter(tmp_path: Path) -> None:
    rows = [voter(n, race=f"RACE {n % 40}" if n % 2 else "COMMON") for n in range(400)]
    found = counted(tmp_path, rows)
    (codes,) = found.county_codes["voters.race"].values()
    assert len(codes) == CODES_KEPT + 1 and sum(codes.values()) == 400
    assert codes["COMMON"] == 200 and OTHER in codes
    assert found.county_codes["voters.sex"] == {}


#    two registrations                                                    how many look alike
ALIKE: list[tuple[dict[str, Any], dict[str, Any], int]] = [
    ({}, {}, 2),
    ({}, {"status": "removed"}, 0),
    ({}, {"name_suffix": "JR"}, 0),
    ({}, {"birth_year": 1981}, 0),
    ({}, {"residence_unit": "APT 2"}, 0),
    ({"birth_date": date(1980, 1, 1)}, {"birth_date": date(1980, 1, 2)}, 0),
    ({"birth_year": None}, {"birth_year": None}, 0),
    ({"residence_line1": None}, {"residence_line1": None}, 0),
]


@pytest.mark.parametrize(("one", "other", "alike"), ALIKE)
def test_registrations_that_look_alike(
    tmp_path: Path, one: dict[str, Any], other: dict[str, Any], alike: int
) -> None:
    rows = [voter(1, **one), voter(1, state_voter_id="BB1", **other), voter(3)]
    assert counted(tmp_path, rows).alike == alike


def test_births_that_cannot_be_are_counted_and_said(tmp_path: Path) -> None:
    rows = [
        voter(1, birth_year=1990, registered_on=date(2004, 1, 1)),
        voter(2, birth_year=1990, registered_on=date(2005, 1, 1)),
        voter(3, birth_year=1901),
        voter(4, birth_year=None, registered_on=date(1999, 1, 1)),
    ]
    found = counted(tmp_path, rows)
    assert (found.births, found.young) == ({"1901": 1, "1990": 2}, 1)
    assert [(check.level, check.sentence) for check in person_checks.births(found, NOW)] == [
        ("warn", "1 voter registered before the age of 15, by their birth."),
        ("warn", "1 voter was born before 1911."),
    ]


#    rows, first, last names known   level
NAMES = [
    (1_000, 570, 6, "ok"),  # as a roll is
    (1_000, 6, 570, "refuse"),  # swapped
    (1_000, 40, 160, "refuse"),
    (1_000, 40, 150, "ok"),  # names from elsewhere, few of them known
    (1_000, 570, 400, "ok"),  # a first name in both: not a swap
    (199, 0, 199, None),  # too few to say
    (0, 0, 0, None),
]


@pytest.mark.parametrize(("rows", "first", "last", "level"), NAMES)
def test_first_and_last_names_that_are_swapped(rows: int, first: int, last: int, level: str | None) -> None:
    now = replace(BEFORE, familiar={"rows": rows, "first": first, "last": last})
    assert [check.level for check in person_checks.names(now)] == ([level] if level else [])


def test_familiar_names_are_counted(tmp_path: Path) -> None:
    rows = [voter(1, first_name="MARY", last_name="HOLM"), voter(2, first_name="HOLM", last_name="MARY")]
    assert counted(tmp_path, rows).familiar == {"rows": 2, "first": 1, "last": 1}


def test_look_alikes_are_never_called_double_voters() -> None:
    now = replace(BEFORE, births={"1980": 3_000}, alike=30)
    (check,) = person_checks.alike(now)
    assert (check.level, check.figure) == ("warn", 30)
    assert "a person may be registered twice" in check.sentence and "vote" not in check.sentence


def test_a_first_delivery_of_some_counties_is_taken_but_said(tmp_path: Path) -> None:
    vault = Vault(tmp_path, "nc")
    result = taken(vault, written(tmp_path / "one.txt", [line(n) for n in range(1, 101)]), accept="gate")

    assert result.snapshot is not None
    [found] = [one for one in result.report.checks if one.name == "counties of a first delivery"]
    assert found.level == "warn"
    assert "99 of 100 counties have no row: Alexander, Alleghany," in found.sentence
    assert "whole delivery" in found.sentence


def test_invented_people_need_not_live_everywhere(tmp_path: Path) -> None:
    result = taken(vault_of(tmp_path), written(tmp_path / "one.txt", [line(1)]), accept="gate")
    assert not [one for one in result.report.checks if one.name == "counties of a first delivery"]
