"""Quirk 11: states mean different things by one word; some deliver those not registered beside the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_files import loaded, rows, written

from commonroll.roll.layout.layout import layout

STATUSES = [
    (
        "wi/2000-01.registration",
        "Voter Reg Number",
        "Voter Status",
        {},
        {"Active": "active", "Inactive": "removed"},
    ),
    (
        "oh/2018-04.registration",
        "SOS_VOTERID",
        "VOTER_STATUS",
        {},
        {"ACTIVE": "active", "CONFIRMATION": "inactive"},
    ),
    (
        "ny/2000-01.registration",
        "SBOEID",
        "STATUS",
        {},
        {"ACTIVE": "active", "Inactive": "inactive", "PURGED": "removed", "17": "pending", "AU": "active"},
    ),
    (
        "nc/2022-02.registration",
        "ncid",
        "status_cd",
        {"confidential_ind": "N"},
        {"A": "active", "I": "inactive", "S": "active", "D": "removed", "R": "removed"},
    ),
    ("me/2000-01.registration", "VOTER ID", "STATUS", {}, {"A": "active", "I": "inactive", "C": "removed"}),
    ("ms/2000-01.registration", "MAPPING_VALUE", "STATUS", {}, {"Active": "active", "PURGED": "removed"}),
]


@pytest.mark.parametrize(
    ("key", "voter", "column", "sound", "means"), STATUSES, ids=[key for key, *_ in STATUSES]
)
def test_a_status_means_what_the_state_means_and_the_unregistered_are_listed_never(
    key: str, voter: str, column: str, sound: dict[str, str], means: dict[str, str], tmp_path: Path
) -> None:
    lines = [{**sound, voter: f"{at:010}", column: cell} for at, cell in enumerate(means, start=1)]
    vault, result = loaded(key[:2].upper(), tmp_path, written(key, lines, tmp_path), key=key)
    found = rows(vault, result, "voters", "status", "year(listed_from)")
    assert [status for status, _ in found] == list(means.values())
    assert all(year == 9999 for status, year in found if status == "removed")


def test_suspense_in_arizona_is_no_registration() -> None:
    assert layout("az/2020-01.registration").codes["status"]["suspense"] == "removed"


def test_a_status_that_nobody_explained_is_refused_and_counted(tmp_path: Path) -> None:
    key = "wi/2000-01.registration"
    lines = [
        {"Voter Reg Number": "1", "Voter Status": "Active"},
        {"Voter Reg Number": "2", "Voter Status": "Z"},
    ]
    vault, result = loaded("WI", tmp_path, written(key, lines, tmp_path), key=key)
    assert result.report.delivered.refused == {"unknown code in Voter Status": 1}
    assert result.report.delivered.unknown_codes == {"Voter Status": {"Z": 1}}
    assert len(rows(vault, result, "voters", "status")) == 1
