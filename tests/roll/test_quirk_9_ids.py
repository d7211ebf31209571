"""Quirk 9: ids lose their zeros on the way, or there are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_files import loaded, rows, written

PADDED = [
    ("ga/2023-05.registration", "Voter Registration Number", {"Status": "Active"}, {"1234": "00001234"}),
    ("vt/2020-01.registration", "VoterID", {"Status": "Active"}, {"1234": "000001234"}),
    ("wi/2000-01.registration", "Voter Reg Number", {"Voter Status": "Active"}, {"1234": "0000001234"}),
    ("oh/2018-04.registration", "SOS_VOTERID", {"VOTER_STATUS": "ACTIVE"}, {"OH0012": "OH0012"}),
]


@pytest.mark.parametrize(("key", "column", "sound", "ids"), PADDED, ids=[key for key, *_ in PADDED])
def test_zeros_that_were_lost_are_put_back(
    key: str, column: str, sound: dict[str, str], ids: dict[str, str], tmp_path: Path
) -> None:
    lines = [{**sound, column: cell} for cell in ids]
    vault, result = loaded(key[:2].upper(), tmp_path, written(key, lines, tmp_path), key=key)
    assert [voter for (voter,) in rows(vault, result, "voters", "state_voter_id")] == list(ids.values())


def test_the_county_number_of_north_carolina_is_not_the_voters_id(tmp_path: Path) -> None:
    lines = [
        {"ncid": ncid, "voter_reg_num": "000000000001", "status_cd": "A", "confidential_ind": "N"}
        for ncid in ("AA1", "BB1")
    ]
    vault, result = loaded("NC", tmp_path, written("nc/2022-02.registration", lines, tmp_path))
    assert rows(vault, result, "voters", "state_voter_id", "county_voter_id") == [
        ("AA1", "000000000001"),
        ("BB1", "000000000001"),
    ]


def test_where_a_file_has_no_ids_each_person_has_one_that_says_it_is_made(tmp_path: Path) -> None:
    person = {"COUNTY_CODE": "001", "LAST_NAME": "TERN", "FIRST_NAME": "ADA", "DOB": "03011975", "PARTY": "D"}
    person["GENDER"] = "F"
    lines = [person, {**person, "FIRST_NAME": "IDA"}, {**person, "CITY_RESIDENCE": "HARROWBROOK"}]
    vault, result = loaded("KY", tmp_path, written("ky/2000-01.registration", lines, tmp_path))
    ids = [voter for (voter,) in rows(vault, result, "voters", "state_voter_id")]
    assert len(set(ids)) == len(ids) == 2 and all(voter.startswith("MADE-") for voter in ids)
    assert result.report.delivered.refused == {"repeats an earlier line": 1}
