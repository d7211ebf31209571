"""Residence lines as a postal clerk reads them: number, street and unit, and which lines are one address."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.roll.places.address import STREET_KEY, parts_of, prepare
from commonroll.roll.places.address_words import words
from thorough import dear

CON = duckdb.connect(config={"threads": 1})
prepare(CON)

Line = tuple[str | None, str | None]


def read(lines: Sequence[Line], columns: str) -> list[tuple[str | None, ...]]:
    CON.execute("CREATE OR REPLACE TEMP TABLE lines (place INT, line VARCHAR, unit_line VARCHAR)")
    CON.executemany(
        "INSERT INTO lines VALUES (?, ?, ?)", [(place, *line) for place, line in enumerate(lines)]
    )
    return CON.execute(f"SELECT {columns} FROM ({parts_of('lines')}) ORDER BY place").fetchall()


def key(line: str | None, unit: str | None = None) -> tuple[str | None, ...]:
    [found] = read([(line, unit)], f"kind, number, fraction, {STREET_KEY}, unit")
    return found


# line as published                 unit column   kind, number, fraction, street, unit type, unit
PARTS: list[tuple[str, str | None, str]] = [
    ("12 N LARKSPUR ST",              None,         "street 12 . N LARKSPUR ST . ."),
    ("12 North Larkspur Street",      None,         "street 12 . N LARKSPUR ST . ."),
    ("12 N. Larkspur St., Apt 3",     None,         "street 12 . N LARKSPUR ST APT 3"),
    ("12 N LARKSPUR ST #3",           None,         "street 12 . N LARKSPUR ST . 3"),
    ("12 N LARKSPUR ST",              "APT 3",      "street 12 . N LARKSPUR ST APT 3"),
    ("12 N LARKSPUR ST",              "# 3",        "street 12 . N LARKSPUR ST . 3"),
    ("10 ELM ST BLDG A APT 3",        None,         "street 10 . ELM ST BLDG A 3"),
    ("10 ELM ST",                     "BLDG A APT 3", "street 10 . ELM ST BLDG A 3"),
    ("10 ELM ST REAR",                None,         "street 10 . ELM ST REAR REAR"),
    ("40 DOCK SQ 3RD FLOOR",          None,         "street 40 . DOCK SQ FL 3"),
    ("3rd Floor, 40 Dock Sq",         None,         "street 40 . DOCK SQ FL 3"),
    ("40 DOCK SQ",                    "3RD FL",     "street 40 . DOCK SQ FL 3"),
    ("APT 3 12 MILL RD",              None,         "street 12 . MILL RD APT 3"),
    ("407 1/2 E FIFTH AVE",           None,         "street 407 1/2 E 5 AVE . ."),
    ("407 1/2 E 5TH AVE",             None,         "street 407 1/2 E 5 AVE . ."),
    ("12B MILL RD",                   None,         "street 12B . MILL RD . ."),
    ("12 B MILL RD",                  None,         "street 12B . MILL RD . ."),
    ("5 A ST",                        None,         "street 5 . A ST . ."),
    ("5 J M PEARCE RD",               None,         "street 5 . J M PEARCE RD . ."),
    ("104-20 QUEENS BLVD",            None,         "street 104-20 . QUEENS BLVD . ."),
    ("N165 W2123 GRAND AVE",          None,         "street N165W2123 . GRAND AVE . ."),
    ("1200 S 400 E",                  None,         "street 1200 . S 400 E . ."),
    ("11 SOUTH LANE",                 None,         "street 11 . S LN . ."),
    ("221 ST JOHN ST",                None,         "street 221 . SAINT JOHN ST . ."),
    ("9 OLD MILL RD NW",              None,         "street 9 . OLD MILL RD NW . ."),
    ("7717 BAY FRONT RD",             None,         "street 7717 . BAY FRONT RD . ."),
    ("114 HICKORY LOT RD",            None,         "street 114 . HICKORY LOT RD . ."),
    ("18 AVENUE OF THE ELMS",         None,         "street 18 . AVENUE OF THE ELMS . ."),
    ("100 US HIGHWAY 1 N",            None,         "street 100 . US HWY 1 N . ."),
    ("55 STATE ROUTE 9",              None,         "street 55 . STATE HWY 9 . ."),
    ("12 CR 12",                      None,         "street 12 . COUNTY RD 12 . ."),
    ("RR 2 BOX 14",                   None,         "rural_route . . RR 2 BOX 14"),
    ("RURAL ROUTE 2, BOX 14",         None,         "rural_route . . RR 2 BOX 14"),
    ("P.O. Box 77",                   None,         "po_box . . PO BOX BOX 77"),
    ("PSC 3 BOX 4120",                None,         "military . . PSC 3 BOX 4120"),
    ("BEHIND THE OLD STORE",          None,         "unread . . BEHIND THE OLD STORE . ."),
    ("12",                            None,         "unread . . 12 . ."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "unit", "meant"), PARTS, ids=[f"{line} {unit or ''}" for line, unit, _ in PARTS]
)
def test_a_line_is_taken_apart(line: str, unit: str | None, meant: str) -> None:
    [found] = read([(line, unit)], f"kind, number, fraction, {STREET_KEY}, unit_type, unit")
    assert " ".join(part or "." for part in found) == meant


@pytest.mark.parametrize("line", [None, "", "   ", "..."])
def test_no_line_is_no_address(line: str | None) -> None:
    assert read([(line, "APT 3")], "kind, number, street, unit, sure") == [(None, None, None, None, False)]


SURE = {
    "12 LARKSPUR ST": True,
    "1200 S 400 E": True,
    "100 US HWY 1": True,
    "18 AVENUE OF THE ELMS": False,
    "221 SAINT JOHN W ST": False,
    "7 SPRING VALLEY LAKE ESTATES": False,
}


@pytest.mark.parametrize(("line", "sure"), SURE.items())
def test_a_street_that_may_be_read_otherwise_is_not_sure(line: str, sure: bool) -> None:
    assert read([(line, None)], "sure") == [(sure,)]


NAMES = st.sampled_from(["LARKSPUR", "OLD ORCHARD", "QUINCE", "5TH", "A", "MARTIN LUTHER KING JR"])
DIRECTIONS = st.sampled_from([None, *sorted(words("direction"))])
TYPES = st.sampled_from(sorted(words("type")))
UNITS = st.sampled_from([None, *sorted(words("unit"))])


def spelt(number: int, before: str | None, name: str, kind: str, unit: str | None) -> str:
    return " ".join(p for p in (str(number), before, name, kind, f"{unit} 7" if unit else None) if p)


def keys(lines: Sequence[str]) -> list[tuple[str | None, ...]]:
    return read([(line, None) for line in lines], f"kind, number, fraction, {STREET_KEY}, unit")


SAID = st.tuples(st.integers(1, 99_999), DIRECTIONS, NAMES, TYPES, UNITS)


@given(st.lists(SAID, min_size=30, max_size=60))
@settings(max_examples=dear(12), deadline=None)
def test_every_spelling_of_a_word_gives_the_same_key(
    said: list[tuple[int, str | None, str, str, str | None]],
) -> None:
    short = [
        (
            number,
            before and words("direction")[before],
            name,
            words("type")[kind],
            unit and words("unit")[unit],
        )
        for number, before, name, kind, unit in said
    ]
    assert keys([spelt(*one) for one in said]) == keys([spelt(*one).lower() for one in short])


NUMBERS = st.sampled_from(["7", "12B", "12 B", "104-20", "9 1/2", "N165 W2123"])
OWN_NAMES = st.sampled_from(["OAK", "OLD ORCHARD", "ST ANNE", "5TH", "FORTY SECOND", "HWY 9", "A", "O'BRIEN"])


OWN = st.tuples(NUMBERS, DIRECTIONS, OWN_NAMES, TYPES, DIRECTIONS, UNITS)


@given(st.lists(OWN, min_size=30, max_size=60))
@settings(max_examples=dear(12), deadline=None)
def test_taking_apart_what_was_put_together_gives_the_same(said: list[tuple[str | None, ...]]) -> None:
    lines = [" ".join(word for word in one if word) + (" 7" if one[-1] else "") for one in said]
    apart = keys(lines)
    again = [
        " ".join(p for p in (number, fraction, street, f"# {unit}" if unit else None) if p)
        for _, number, fraction, street, unit in apart
    ]
    assert {kind for kind, *_ in apart} == {"street"}
    assert keys(again) == apart


COUNTY = Path(__file__).parents[3] / "shared/data/geo/addresses/baltimore_county_address_points_2014.parquet"


def test_a_countys_own_parts_are_found_in_its_lines() -> None:
    if not COUNTY.exists():
        pytest.skip("../shared/data/geo is not here (public address points, optional)")
    apart = "concat_ws(' ', '1', pre_direction, street_name, street_type, post_direction)"
    given = f"FROM read_parquet('{COUNTY}') WHERE number <> '0' AND street_name IS NOT NULL AND id % 20 = 0"
    printed = f"(SELECT id, address_line AS line, NULL::VARCHAR AS unit_line {given})"
    meant = f"(SELECT id, {apart} AS line, NULL::VARCHAR AS unit_line {given})"
    said, same = (f"(SELECT id, {STREET_KEY} AS street FROM ({parts_of(rows)}))" for rows in (printed, meant))
    row = CON.execute(f"""
        SELECT count(*), avg((said.street = meant.street)::INT)
        FROM {said} AS said JOIN {same} AS meant USING (id)
    """).fetchone()
    assert row is not None and row[0] > 3_000 and row[1] >= 0.99


@given(st.lists(st.tuples(st.text(max_size=40), st.none() | st.text(max_size=10)), min_size=1, max_size=5))
@settings(max_examples=dear(15), deadline=None)
def test_any_text_is_one_row(lines: list[Line]) -> None:
    lines = [(line and line.replace("\0", ""), unit and unit.replace("\0", "")) for line, unit in lines]
    assert len(read(lines, "place")) == len(lines)
