"""What the verbs of a layout make of a line's cells."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_fields import made, voters

from commonroll.roll.layout import cells

# line of [columns], the field, and what it becomes: cells of A and B -> value
TABLE: list[tuple[str, str, dict[tuple[str, str], Any]]] = [
    (
        'residence_line1 = { join = ["A", "B"] }',
        "residence_line1",
        {("12", "Oak  St"): "12 OAK ST", ("", "Oak St"): "OAK ST", ("", " "): None},
    ),
    (
        'residence_line1 = { join = ["A"], else = "B" }',
        "residence_line1",
        {("12 Oak", "Rural 1"): "12 OAK", (" ", "Rural  1"): "RURAL 1", ("", ""): None},
    ),
    (
        'county_voter_id = { pad = 5, of = ["A"] }',
        "county_voter_id",
        {("12", ""): "00012", ("123456", ""): "123456", ("", ""): None},
    ),
    (
        'state_house_district = { split = "A", at = "-", part = 1 }',
        "state_house_district",
        {("01-446", ""): "1", ("7", ""): "7", ("", ""): None},
    ),
    (
        'precinct = { split = "A", at = "-", part = -1 }',
        "precinct",
        {("01-446", ""): "446", ("01-", ""): None},
    ),
    (
        'county = { chars = "A", from = 1, count = 2 }',
        "county_fips",
        {("010203", ""): "37001", ("", ""): None},
    ),
    ('precinct = { chars = "A", from = 3 }', "precinct", {("010203", ""): "0203", ("01", ""): None}),
    (
        'permanent_absentee = { flags = { A = "true" }, else = "false" }',
        "permanent_absentee",
        {
            ("Y", ""): True,
            ("yes", ""): True,
            ("1", ""): True,
            ("N", ""): False,
            ("", ""): False,
            ("maybe", ""): False,
        },
    ),
    (
        'sex = { flags = { A = "female", B = "male" } }',
        "sex",
        {("X", ""): "female", ("", "T"): "male", ("x", "x"): "female", ("0", "no"): None},
    ),
    ('county = { constant = "La Moure" }', "county_name", {("", ""): "Alexander"}),
    (
        'phone = { call = "us_phone", of = ["A", "B"] }',
        "phone",
        {("919", "555-0143"): "+19195550143", ("", "555-0143"): None},
    ),
    (
        'birth_year = { call = "year_of", of = ["A"] }',
        "birth_year",
        {("1975", ""): 1975, ("03-01-1975", ""): 1975, ("1975-03-01", ""): 1975, ("XXXX", ""): None},
    ),
    (
        'residence_city = { call = "town_of_line", of = ["A"] }',
        "residence_city",
        {
            ("La Crosse, WI 54601-1234", ""): "LA CROSSE",
            ("Salt Lake City UT", ""): "SALT LAKE CITY",
            ("Ob", ""): "OB",
        },
    ),
    (
        'residence_state = { call = "state_of_line", of = ["A"] }',
        "residence_state",
        {("La Crosse, wi 54601-1234", ""): "WI", ("Ob", ""): None},
    ),
    (
        'mail_zip = { call = "zip_of_line", of = ["A"] }',
        "mail_zip",
        {
            ("La Crosse, WI 54601-1234", ""): "54601-1234",
            ("Ob WI 54601", ""): "54601",
            ("Ob 123456", ""): None,
        },
    ),
    (
        'congressional_district = "A"',
        "congressional_district",
        {("07.0", ""): "7", ("10", ""): "10", ("00", ""): None},
    ),
]


@pytest.mark.parametrize(("line", "field", "means"), TABLE, ids=[line for line, _, _ in TABLE])
def test_a_verb_makes_a_value(
    line: str, field: str, means: dict[tuple[str, str], Any], tmp_path: Path
) -> None:
    used = [name for name in ("A", "B") if f'"{name}"' in line or f"{name} =" in line]
    ignored = "\n".join(f'{name} = "not looked at here"' for name in ("A", "B") if name not in used)
    known = made(tmp_path, ["A", "B"], f"[ignore]\n{ignored}", columns=line)
    rows = voters(known, [{"A": a, "B": b} for a, b in means])
    assert [row[field] for row in rows] == list(means.values())


def test_codes_apply_to_what_a_verb_gives_in_any_case_and_with_a_word_for_all_others(tmp_path: Path) -> None:
    body = '[codes.party]\nDem = "DEM"\n"No Party" = "NPA"\n"*" = "OTH"\n"" = "UNK"'
    known = made(
        tmp_path,
        ["A"],
        body,
        columns='party = { split = "A", at = "/", part = 2 }',
        top='any_case = ["party"]',
    )
    rows = voters(known, [{"A": cell} for cell in ("x/DEM", "x/noparty", "x/ NO PARTY", "x/Whig", "x")])
    assert [row["party"] for row in rows] == ["DEM", "NPA", "NPA", "OTH", "UNK"]
    assert [row["party_source"] for row in rows] == ["DEM", "noparty", "NO PARTY", "Whig", None]


def test_counties_in_any_case(tmp_path: Path) -> None:
    known = made(tmp_path, ["A"], columns='county = "A"', top='any_case = ["county"]')
    rows = voters(known, [{"A": "LAMOURE"}, {"A": "la moure "}, {"A": "Nowhere"}])
    assert [row["county_name"] for row in rows] == ["Alexander", "Alexander", None]
    assert [row["refused"] for row in rows] == [None, None, "unknown code in A"]


def test_a_marker_protects_and_anything_else_does_not(tmp_path: Path) -> None:
    body = '[codes.confidential]\nACP = "true"\n"*" = "false"\n"" = "false"'
    known = made(tmp_path, ["A"], body, columns='confidential = "A"', top='protected = "flagged"')
    assert [row["confidential"] for row in voters(known, [{"A": "ACP"}, {"A": "1975"}, {"A": ""}])] == [
        True,
        False,
        False,
    ]


def test_an_id_is_made_of_what_tells_a_person_apart_and_says_that_it_is_made(tmp_path: Path) -> None:
    verb = 'state_voter_id = { call = "made_id", of = ["ID", "A", "B"] }'
    known = made(tmp_path, ["A", "B"], columns=verb)
    rows = voters(
        known,
        [
            {"ID": "TERN", "A": "Ada", "B": "1"},
            {"ID": "Tern ", "A": "ADA", "B": "1"},
            {"ID": "TERN", "A": "ADA1"},
            {"ID": "TERN", "A": "", "B": "1"},
            {"ID": "", "A": "", "B": ""},
        ],
    )
    ids = [row["state_voter_id"] for row in rows]
    assert all(re.fullmatch("MADE-[0-9a-f]{24}", one) for one in ids[:4])
    assert ids[0] == ids[1] and len(set(ids[:4])) == 3
    assert (ids[4], rows[4]["refused"]) == (None, "no id")


@settings(max_examples=40, deadline=None)
@given(day=st.dates(datetime.date(1901, 1, 1), datetime.date(2026, 11, 24)), form=st.integers(0, 5))
def test_a_date_is_read_in_whatever_form_it_is_written(day: datetime.date, form: int) -> None:
    import ibis

    forms = ("%m/%d/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%Y%m%d", "%m-%d-%Y", "%Y-%m-%d")
    written = day.strftime(forms[form])
    table = ibis.memtable({"cell": [written]})
    assert table.select(day=cells.day(table["cell"], forms)).to_pyarrow().to_pylist() == [{"day": day}]
