"""Quirk 8: a birth is published as a day, a year, an age, or not at all; who may be shown follows from it."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from made_files import loaded, rows, written

from commonroll.roll.layout.standing import EARLIEST, NEVER

D = datetime.date

# layout, id, what every line needs, column of the birth, cell -> (birth date, birth year, age, shown from)
BORN = [
    (
        "oh/2018-04.registration",
        "SOS_VOTERID",
        {"VOTER_STATUS": "ACTIVE"},
        "DATE_OF_BIRTH",
        {"1975-03-01": (D(1975, 3, 1), 1975, None, EARLIEST), "1800-01-01": (None, None, None, NEVER)},
    ),
    (
        "ny/2000-01.registration",
        "SBOEID",
        {"STATUS": "17"},
        "DOB",
        {"20090301": (D(2009, 3, 1), 2009, None, D(2027, 3, 1))},
    ),
    (
        "or/2000-01.registration",
        "VOTER_ID",
        {"STATUS": "A", "PARTY_CODE": "DEM"},
        "BIRTH_DATE",
        {
            "1975": (None, 1975, None, EARLIEST),
            "03-01-1975": (None, 1975, None, EARLIEST),
            "XXXXXXXX": (None, None, None, NEVER),
        },
    ),
    (
        "ri/2000-01.registration",
        "VOTER ID",
        {"STATUS CODE": "A"},
        "YEAR OF BIRTH",
        {
            "1975": (None, 1975, None, EARLIEST),
            "1800": (None, None, None, NEVER),
            "2008": (None, 2008, None, D(2026, 12, 31)),
        },
    ),
    (
        "id/2000-01.registration",
        "VOTER ID",
        {},
        "AGE",
        {"51": (None, None, 51, EARLIEST), "17": (None, None, 17, NEVER), "": (None, None, None, NEVER)},
    ),
    # no birth at all: the law registers who is 18 within 90 days, or nothing is known of whom it registers
    (
        "ak/2000-01.registration",
        "ASCENSION #",
        {},
        "REG DATE",
        {
            "01/02/2003": (None, None, None, EARLIEST),
            "10/10/2026": (None, None, None, D(2027, 1, 8)),
        },
    ),
    (
        "md/2000-01.registration",
        "VTRID",
        {"STATUS_CODE": "A"},
        "STATE_REGISTRATION_DATE",
        {"01-02-2003": (None, None, None, NEVER)},
    ),
]


@pytest.mark.parametrize(("key", "voter", "sound", "column", "born"), BORN, ids=[key for key, *_ in BORN])
def test_who_is_not_known_to_be_eighteen_is_never_shown(
    key: str,
    voter: str,
    sound: dict[str, str],
    column: str,
    born: dict[str, tuple[object, ...]],
    tmp_path: Path,
) -> None:
    lines = [{**sound, voter: f"{at:09}", column: cell} for at, cell in enumerate(born, start=1)]
    vault, result = loaded(key[:2].upper(), tmp_path, written(key, lines, tmp_path), key=key)
    found = rows(vault, result, "voters", "birth_date", "birth_year", "age", "shown_from")
    assert found == list(born.values())
