"""What the cells of an official file become; that no line and no district is lost on the way."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from cell_meanings import MEANINGS
from hypothesis import given, settings
from hypothesis import strategies as st
from made_lines import FL, NC, OH, SOUND, TODAY, WA, raw, rows, values

from commonroll.errors import Refusal
from commonroll.roll.canonical.normalise import to_districts, to_history, to_voters
from commonroll.roll.layout.layout import layout
from thorough import dear

D = datetime.date


@pytest.mark.parametrize(
    ("key", "column", "field", "means"), MEANINGS, ids=[f"{k}-{c}-{f}" for k, c, f, _ in MEANINGS]
)
def test_what_a_cell_means(key: str, column: str, field: str, means: dict[str, Any]) -> None:
    assert dict(zip(means, values(key, column, list(means), field), strict=True)) == means


@pytest.mark.parametrize(
    ("key", "column", "field"),
    [
        (NC, "status_cd", "status"),
        (NC, "party_cd", "party"),
        (OH, "PARTY_AFFILIATION", "party"),
        (WA, "StatusCode", "status"),
    ],
)
def test_the_tables_cover_every_meaning_of_a_code(key: str, column: str, field: str) -> None:
    table = next(means for k, c, f, means in MEANINGS if (k, c, f) == (key, column, field))
    assert set(layout(key).codes[field].values()) <= set(table.values())


@pytest.mark.parametrize(
    ("line", "address", "unit"),
    [
        ({"RegStNum": "310", "RegStName": "Cedar", "RegStType": "St"}, "310 CEDAR ST", None),
        (
            {"RegStNum": "310", "RegStFrac": "1/2", "RegStPreDirection": "NE", "RegStName": "1st"},
            "310 1/2 NE 1ST",
            None,
        ),
        (
            {"RegStName": "Elm", "RegStPostDirection": "N", "RegUnitType": "APT", "RegStUnitNum": "5"},
            "ELM N",
            "APT 5",
        ),
        ({"RegUnitType": "LOT"}, None, "LOT"),
        ({}, None, None),
    ],
)
def test_an_address_in_parts(line: dict[str, str], address: str | None, unit: str | None) -> None:
    row = rows(WA, [line])[0]
    assert (row["residence_line1"], row["residence_unit"]) == (address, unit)


@pytest.mark.parametrize(
    ("area", "number", "phone"),
    [("863", "5550111", "+18635550111"), ("", "5550111", None), ("863", "", None), ("", "", None)],
)
def test_a_phone_in_two_columns(area: str, number: str, phone: str | None) -> None:
    assert rows(FL, [{"Daytime Area Code": area, "Daytime Phone Number": number}])[0]["phone"] == phone


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ({"ballot_req_dt": "10/01/2026"}, "requested"),
        ({"ballot_req_dt": "10/01/2026", "ballot_send_dt": "10/03/2026"}, "sent"),
        ({"ballot_send_dt": "10/03/2026", "ballot_rtn_dt": "10/20/2026"}, "returned"),
        ({"ballot_rtn_dt": "10/20/2026", "ballot_rtn_status": "ACCEPTED"}, "accepted"),
        ({"ballot_send_dt": "sometime"}, "requested"),
    ],
)
def test_a_ballot_without_a_status_has_the_one_its_dates_tell(line: dict[str, str], status: str) -> None:
    row = rows("nc/2024-01.absentee", [line])[0]
    assert (row["status"], row["as_of"]) == (status, TODAY)


def test_null_cells_are_empty_cells() -> None:
    nothing = rows(NC, [{"first_name": None, "party_cd": None, "registr_dt": None, "county_id": None}])[0]
    assert (nothing["first_name"], nothing["party"], nothing["registered_on"], nothing["refused"]) == (
        None,
    ) * 4


def test_party_is_null_only_where_the_state_registers_none() -> None:
    assert rows(WA, [{}])[0]["party"] is None
    assert rows(OH, [{}])[0]["party"] == "NPA"


def test_a_column_that_is_missing_is_named() -> None:
    known = layout(NC)
    with pytest.raises(Refusal, match="'party_cd' is missing"):
        to_voters(raw(known, [SOUND[NC]]).drop("party_cd"), known, "nc", as_of=TODAY)


def test_a_column_that_may_be_absent_is_null() -> None:
    known = layout("wa/2020-01.registration")
    table = raw(known, [{"StateVoterID": "1", "StatusCode": "A"}]).drop("Title", "AbsenteeType")
    row = to_voters(table, known, "wa", as_of=TODAY).to_pyarrow().to_pylist()[0]
    assert (row["name_prefix"], row["permanent_absentee"], row["refused"]) == (None, None, None)


def test_districts_are_one_row_each_with_their_names() -> None:
    known = layout(NC)
    line = {
        "ncid": "A1",
        "cong_dist_abbrv": "02",
        "super_court_abbrv": "10A",
        "judic_dist_abbrv": "10",
        "school_dist_abbrv": "04",
        "school_dist_desc": "School Board  4",
        "water_dist_abbrv": "",
        "water_dist_desc": "WITHOUT A NUMBER",
        "fire_dist_abbrv": "00",
    }
    found = to_districts(raw(known, [line, {"cong_dist_abbrv": "07"}]), known).to_pyarrow().to_pylist()
    assert [(row["type"], row["id"], row["name"]) for row in found] == [
        ("congressional", "2", None),
        ("school", "4", "SCHOOL BOARD 4"),
        ("judicial", "SUPERIOR 10A", None),
        ("judicial", "DISTRICT 10", None),
    ]
    assert {row["state_voter_id"] for row in found} == {"A1"}


def test_wide_history_is_one_row_per_election_voted_in() -> None:
    known = layout(OH)
    columns = ["PRIMARY-03/19/2024", "GENERAL-11/05/2024", "SPECIAL-08/08/2023", "GENERAL-11/07/2028"]
    lines = [
        {"SOS_VOTERID": "OH1", columns[0]: "D", columns[1]: "X"},
        {"SOS_VOTERID": "OH2", columns[2]: " "},
        {"SOS_VOTERID": "OH3", columns[0]: "Z", columns[3]: "X"},
        {"SOS_VOTERID": "", columns[0]: "R"},
        {"SOS_VOTERID": "SOS_VOTERID", columns[0]: columns[0]},
    ]
    found = to_history(raw(known, lines, columns), known, as_of=TODAY).to_pyarrow().to_pylist()
    fields = ("state_voter_id", "election_date", "election_type", "party_voted", "refused", "source_line")
    assert [tuple(row[field] for field in fields) for row in found] == [
        ("OH1", D(2024, 3, 19), "primary", "DEM", None, 1),
        ("OH1", D(2024, 11, 5), "general", None, None, 1),
        ("OH3", D(2024, 3, 19), "primary", None, "unknown code in PRIMARY-03/19/2024", 3),
        ("OH3", D(2028, 11, 7), "general", None, "future election_date", 3),
    ]
    assert {row["method"] for row in found} == {"unknown"}


WORDS = st.text(st.characters(codec="latin-1", exclude_characters="\n\r\x00"), max_size=12)
CELLS = st.lists(WORDS, min_size=1, max_size=30)


@settings(max_examples=dear(25), deadline=None)
@given(CELLS)
def test_normalising_a_text_twice_is_normalising_it_once(cells: list[str]) -> None:
    once = values(NC, "last_name", cells, "last_name")
    assert values(NC, "last_name", [word or "" for word in once], "last_name") == once
    for word in once:
        assert word is None or (word and word == word.strip(" ") and "  " not in word)


@settings(max_examples=dear(25), deadline=None)
@given(CELLS)
def test_normalising_a_district_twice_is_normalising_it_once(cells: list[str]) -> None:
    once = values(NC, "nc_house_abbrv", cells, "state_house_district")
    assert values(NC, "nc_house_abbrv", [word or "" for word in once], "state_house_district") == once


@settings(max_examples=dear(25), deadline=None)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(("ncid", "status_cd", "party_cd", "county_id"), WORDS))))
def test_every_line_loads_or_is_refused(lines: list[dict[str, str]]) -> None:
    found = rows(NC, [*lines, {}])
    assert [row["source_line"] for row in found] == list(range(1, len(lines) + 2))
    for row in found:
        if row["refused"] is None:
            assert row["state_voter_id"] and row["status"] in ("active", "inactive", "removed")


@settings(max_examples=dear(25), deadline=None)
@given(st.lists(st.dates(D(1000, 1, 1), D(2100, 1, 1)), min_size=1, max_size=30))
def test_a_date_is_kept_or_lost_with_a_reason(days: list[datetime.date]) -> None:
    written = [f"{day:%m/%d}/{day.year:04d}" for day in days]
    found = rows(NC, [{"registr_dt": text} for text in written])
    for day, row in zip(days, found, strict=True):
        sound = D(1900, 1, 2) <= day <= TODAY
        assert row["registered_on"] == (day if sound else None)
        assert row["lost_registered_on"] == (None if sound else "future" if day > TODAY else "placeholder")
