"""Quirk 7: each state writes dates in its own way, and fills some with placeholders that are no days."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from made_files import loaded, rows, written

D = datetime.date

# layout, id, what every line needs, column -> cells, and the days they are
WRITTEN = [
    (
        "ny/2000-01.registration",
        "SBOEID",
        {"STATUS": "A", "LASTNAME": "TERN"},
        "REGDATE",
        {"20040229": D(2004, 2, 29), "18000101": None, "": None},
    ),
    (
        "oh/2018-04.registration",
        "SOS_VOTERID",
        {"VOTER_STATUS": "ACTIVE"},
        "REGISTRATION_DATE",
        {"2004-02-29": D(2004, 2, 29), "1800-01-01": None, "1900-01-01": None},
    ),
    (
        "or/2000-01.registration",
        "VOTER_ID",
        {"STATUS": "A", "PARTY_CODE": "DEM"},
        "EFF_REGN_DATE",
        {"02-29-2004": D(2004, 2, 29), "01-01-0001": None, "11-11-1111": None, "01-01-1801": None},
    ),
    (
        "wv/2000-01.registration",
        "ID_VOTER",
        {"Status": "Active"},
        "REGISTRATION DATE",
        {"2/29/2004 0:00:00": D(2004, 2, 29), "02/29/2004": D(2004, 2, 29), "2/30/2004": None},
    ),
    (
        "nc/2022-02.registration",
        "ncid",
        {"status_cd": "A", "confidential_ind": "N"},
        "registr_dt",
        {"02/29/2004": D(2004, 2, 29), "##/##/####": None, "XX-XX-XXXX": None, "01/01/2218": None},
    ),
    (
        "tx/2026-02.registration.fwf666",
        "VUID",
        {"STATUS CODE": "V", "COUNTY CODE": "001"},
        "EDR",
        {"20040229": D(2004, 2, 29), "19000101": None},
    ),
]


@pytest.mark.parametrize(
    ("key", "voter", "sound", "column", "days"), WRITTEN, ids=[key for key, *_ in WRITTEN]
)
def test_a_date_is_a_day_or_nothing_and_a_placeholder_is_counted(
    key: str,
    voter: str,
    sound: dict[str, str],
    column: str,
    days: dict[str, datetime.date | None],
    tmp_path: Path,
) -> None:
    lines = [{**sound, voter: f"{at:010}", column: cell} for at, cell in enumerate(days, start=1)]
    vault, result = loaded(key[:2].upper(), tmp_path, written(key, lines, tmp_path), key=key)
    assert [day for (day,) in rows(vault, result, "voters", "registered_on")] == list(days.values())
    lost = sum(result.report.delivered.lost.get("voters.registered_on", {}).values())
    assert lost == sum(1 for cell, day in days.items() if cell and day is None)


def test_counties_that_write_dates_differently_are_read_in_one_file(tmp_path: Path) -> None:
    key = "nj/2020-09.history"
    lines = [
        {"voter_id": f"{at:09}", "election_date": day, "election_name": "General Election"}
        for at, day in enumerate(("11/03/2020", "2020-11-03"), start=1)
    ]
    vault, result = loaded("NJ", tmp_path, written(key, lines, tmp_path), key=key)
    assert rows(vault, result, "history", "election_date") == [(D(2020, 11, 3),)] * 2
