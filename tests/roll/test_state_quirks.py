"""Oddities of single states that no other test shows: each with a small delivery made up for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_deliveries import evidence, layouts_read, taken, vault_of
from made_files import loaded, rows, written

from commonroll.roll.layout.layout import layout
from commonroll.roll.recognition.drift import HeaderDrift


def delimited(key: str, lines: list[dict[str, str]], mark: str) -> list[str]:
    """Header and rows of a layout's file, apart by `mark`, nothing wrapped."""
    order = [name.partition(" (")[0] if name.endswith(")") else name for name in layout(key).order]
    return [mark.join(order), *(mark.join(line.get(n, "") for n in layout(key).order) for line in lines)]


def test_new_hampshires_rows_that_shifted_for_want_of_a_county_are_set_aside(tmp_path: Path) -> None:
    key = "nh/2025-04.registration"
    voters = [
        {"Voter ID": f"{at}", "Last Name": "TERN", "County": "MERRIMACK", "Party": "UND"}
        for at in range(1, 9)
    ]
    text = delimited(key, voters, ",")
    text[3] = text[3].removesuffix(",MERRIMACK")
    (tmp_path / "checklist.csv").write_text("\n".join([*text, ""]), "latin-1")
    vault, result = loaded("NH", tmp_path, tmp_path / "checklist.csv", key=key)
    assert result.report.delivered.refused == {"too few fields": 1}
    assert len(rows(vault, result, "voters", "state_voter_id")) == 7


def test_iowas_rows_with_commas_too_many_are_set_aside(tmp_path: Path) -> None:
    key = "ia/2000-01.registration"
    voters = [
        {"REGN_NUM": f"{at}", "VOTERSTATUS": "Active", "COUNTY": "ADAIR", "PARTY": "NP", "LAST_NAME": "TERN"}
        for at in range(1, 9)
    ]
    text = delimited(key, voters, ",")
    text[3] = text[3].replace("TERN", "TERN, SR", 1) + "x"
    (tmp_path / "Part1.txt").write_text("\n".join([*text, ""]), "latin-1")
    vault, result = loaded("IA", tmp_path, tmp_path / "Part1.txt", key=key)
    assert sum(result.report.delivered.refused.values()) == 1
    assert len(rows(vault, result, "voters", "state_voter_id")) == 7


def test_vermonts_quoted_header_with_fifty_commas_behind_every_line(tmp_path: Path) -> None:
    key = "vt/2020-01.registration"
    voter = {"VoterID": "12", "Status": "ACTIVE", "County": "CHITTENDEN", "Last Name": "TERN"}
    header, row = delimited(key, [voter], ",")
    quoted = ",".join(f'"{name}"' for name in header.split(","))
    path = tmp_path / "VT Statewide Voter File.txt"
    path.write_text(f"{quoted}{',' * 50}\n{row}{',' * 50}\n", layout(key).format.encoding)
    vault, result = loaded("VT", tmp_path, path)
    assert rows(vault, result, "voters", "state_voter_id", "last_name") == [("000000012", "TERN")]


def test_colorados_ballots_that_come_twice_are_there_once(tmp_path: Path) -> None:
    key = "co/2000-01.absentee"
    lines = [{"VOTER_ID": "7", "MAIL_BALLOT_RECEIVE_DATE": day} for day in ("10/28/2024", "10/28/2024")]
    vault, result = loaded("CO", tmp_path, written(key, lines, tmp_path), key=key)
    assert len(rows(vault, result, "ballots", "returned_on")) == 1
    assert result.report.delivered.refused == {"repeats an earlier line": 1}


def test_a_voter_cancelled_in_one_town_of_maine_is_active_in_another(tmp_path: Path) -> None:
    active, gone = "me/2000-01.registration", "me/2000-01.registration.cancelled"
    here = written(
        active, [{"VOTER ID": "7", "STATUS": "A", "REG TOWN": "Bangor"}], tmp_path, name="voter.txt"
    )
    there = tmp_path / "cancelled.txt"
    there.write_text("\n".join([*delimited(gone, [{"Id_Voter": "7", "Status": "C"}], "|"), ""]))
    for number, files in enumerate(([here, there], [there, here])):
        vault, result = loaded("ME", tmp_path / str(number), *files)
        assert rows(vault, result, "voters", "state_voter_id", "status") == [("7", "active")]


def test_washingtons_spoiled_cell_of_the_header_stops_the_load_with_a_proposal(tmp_path: Path) -> None:
    key = "wa/2020-01.history"
    header, row = delimited(key, [{"StateVoterID": "1", "CountyCode": "AD"}], "|")
    path = tmp_path / "20211001_VotingHistory_2021-2022.txt"
    path.write_text(f"{header.replace('|CountyCode|', '|CountyCo#|', 1)}\n{row}\n")
    with pytest.raises(HeaderDrift) as refusal:
        loaded("WA", tmp_path, path)
    assert refusal.value.drift.headers == {"CountyCo#": "CountyCode"}


def test_a_mover_stays_in_the_history_of_the_county_they_left(tmp_path: Path) -> None:
    """Florida: the voter is found by the id alone; the county of a vote is the vote's."""
    known, votes = layout("fl/2018-10.registration"), layout("fl/2018-10.history")
    fields = {field: one.columns[0] for field, one in known.columns.items() if one.columns}
    voter = {fields["state_voter_id"]: "100000001", fields["county"]: "DAD", fields["status"]: "ACT"}
    voter[fields["last_name"]] = "TERN"
    told = {field: one.columns[0] for field, one in votes.columns.items() if one.columns}
    vote = {told["state_voter_id"]: "100000001", told["county_voted"]: "ALA", told["method"]: "Y"}
    vote |= {told["election_date"]: "11/05/2024", told["election_type"]: "GEN"}
    files = [
        written(known.key, [voter], tmp_path, name="DAD_20261121.txt"),
        written(votes.key, [vote], tmp_path, name="ALA_H_20261121.txt"),
    ]
    vault, result = loaded("FL", tmp_path, *files)
    assert rows(vault, result, "history", "state_voter_id", "county_voted") == [("100000001", "12001")]


BESIDE = [
    (
        "ca/2000-01.registration",
        {"RegistrantID": "1", "CountyCode": "01", "Status": "A"},
        ["1-pvrdr-pd-2026.TXT"],
    ),
    (
        "mi/2000-01.registration",
        {"VOTER_IDENTIFICATION_NUMBER": "1", "VOTER_STATUS_TYPE_CODE": "A", "COUNTY_CODE": "5"},
        ["countycd.lst", "jurisdcd.lst", "schoolcd.lst", "villagecd.lst"],
    ),
    (
        "wa/2023-08.registration",
        {"StateVoterID": "1", "StatusCode": "Active", "CountyCode": "AD"},
        ["Districts_Precincts.csv"],
    ),
]


@pytest.mark.parametrize(("key", "voter", "lists"), BESIDE, ids=[key for key, *_ in BESIDE])
def test_lists_that_come_beside_the_voters_are_passed_over(
    key: str, voter: dict[str, str], lists: list[str], tmp_path: Path
) -> None:
    state = key[:2]
    files = [written(key, [voter], tmp_path)]
    for name in lists:
        (tmp_path / name).write_text("01 A list of places\n02 Another place\n")
        files.append(tmp_path / name)
    result = taken(vault_of(state, tmp_path / "vaults"), *files)
    read = layouts_read(result)
    assert {read[name] for name in lists} == {"not read"} and all(evidence(result)[name] for name in lists)
    assert result.snapshot is not None and result.snapshot.rows["voters"] == 1
