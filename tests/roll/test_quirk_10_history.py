"""Quirk 10: the same elections come as a long file, wide, in slots, in one text, or by number with a list."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from made_files import loaded, rows, written

from commonroll.errors import Refusal

D = datetime.date
GENERAL, PRIMARY = D(2020, 11, 3), D(2020, 6, 2)
PA = "pa/2007-03.registration"
PA_VOTER = {"County": "ADAMS", "Voter Status": "A", "DOB": "03/01/1975", "Registration Date": "01/02/2003"}
MAP = "pa/2007-03.elections"


def elections(vault: Any, result: Any) -> list[tuple[Any, ...]]:
    return sorted(
        rows(vault, result, "history", "state_voter_id", "election_date", "election_type", "method")
    )


def test_a_long_file_is_a_row_an_election(tmp_path: Path) -> None:
    lines = [
        {"VoterID": "1", "ElectionDate": "11/03/2020", "VotingMethod": "AI"},
        {"VoterID": "1", "ElectionDate": "someday", "VotingMethod": "AI"},
        {"VoterID": "2", "ElectionDate": "", "VotingMethod": "IP"},
    ]
    vault, result = loaded("OK", tmp_path, written("ok/2000-01.history", lines, tmp_path))
    assert [row[:2] for row in elections(vault, result)] == [("1", GENERAL)]
    assert result.report.delivered.refused == {"unreadable election_date": 1, "no election_date": 1}


def test_a_wide_file_has_columns_named_after_elections(tmp_path: Path) -> None:
    names = ["GENERAL-11/03/2020", "PRIMARY-06/02/2020"]
    lines = [
        {"SOS_VOTERID": "OH1", "VOTER_STATUS": "ACTIVE", names[0]: "X", names[1]: "D"},
        {"SOS_VOTERID": "OH2", "VOTER_STATUS": "ACTIVE", names[1]: "Q"},
    ]
    vault, result = loaded("OH", tmp_path, written("oh/2018-04.registration", lines, tmp_path, extra=names))
    assert elections(vault, result) == [
        ("OH1", PRIMARY, "primary", "unknown"),
        ("OH1", GENERAL, "general", "unknown"),
    ]
    assert len(rows(vault, result, "voters", "status")) == 2


def test_four_columns_an_election_in_a_file_of_history(tmp_path: Path) -> None:
    names = [f"General2020{what}" for what in ("", "CountyVotedIn", "PartyVoted", "HowVoted")]
    names += [f"Primary2020{what}" for what in ("", "CountyVotedIn", "PartyVoted", "HowVoted")]
    first = {"Voter ID": "1", names[0]: "Y", names[1]: "01", names[3]: "E", names[4]: "Y", names[6]: "D"}
    lines = [
        first,
        first,
        {"Voter ID": "2"},
        {"Voter ID": "", names[0]: "Y"},
        {"Voter ID": "3", names[3]: "ZZ"},
    ]
    vault, result = loaded("AR", tmp_path, written("ar/2000-01.history", lines, tmp_path, extra=names))
    found = sorted(
        rows(
            vault,
            result,
            "history",
            "state_voter_id",
            "election_date",
            "method",
            "party_voted",
            "county_voted",
        ),
        key=str,
    )
    assert found == [("1", None, "unknown", "DEM", None), ("1", GENERAL, "early", None, "05001")]
    refused = result.report.delivered.refused
    assert (refused["repeats an earlier line"], refused["no id"]) == (1, 1)
    assert sum(refused.values()) == 3  # and the method that nobody explained


def test_blocks_in_a_file_of_history(tmp_path: Path) -> None:
    line = {"VOTER ID": "1", "ELECTION 1": "General Election", "DATE 1": "11/03/2020", "PARTY 2": "D",
            "ELECTION 2": "Presidential Preference Primary", "DATE 2": "06/02/2020"}  # fmt: skip
    key = "ri/2000-01.history"
    vault, result = loaded("RI", tmp_path, written(key, [line], tmp_path), key=key)
    assert rows(
        vault, result, "history", "election_name", "election_date", "election_type", "party_voted"
    ) == [
        ("GENERAL ELECTION", GENERAL, "general", None),
        ("PRESIDENTIAL PREFERENCE PRIMARY", PRIMARY, "primary", "DEM"),
    ]


def test_one_text_of_labels(tmp_path: Path) -> None:
    line = {"SBOEID": "NY1", "STATUS": "ACTIVE", "REGDATE": "20030102", "COUNTYCODE": "1", "DOB": "19750301"}
    line["VoterHistory"] = "General Election, 2020;PRIMARY ELECTION, 2019;Village of Ob"
    vault, result = loaded("NY", tmp_path, written("ny/2000-01.registration", [line], tmp_path))
    assert rows(vault, result, "history", "election_name", "election_date", "election_type") == [
        ("GENERAL ELECTION, 2020", GENERAL, "general"),
        ("PRIMARY ELECTION, 2019", None, "primary"),
        ("VILLAGE OF OB", None, "other"),
    ]


def test_numbers_mean_what_the_list_of_the_same_county_says(tmp_path: Path) -> None:
    voter = {**PA_VOTER, "ID Number": "1", "Election 1 Vote Method": "AP", "Election 2 Party": "D"}
    voter["Election 3 Vote Method"] = "AP"
    told = [
        {
            "County Name": "ADAMS",
            "Election Number": "1",
            "Election Description": "2020 GENERAL ELECTION",
            "Election Date": "11/03/2020",
        },
        {
            "County Name": "ADAMS",
            "Election Number": "2",
            "Election Description": "2020 PRIMARY",
            "Election Date": "06/02/2020",
        },
        {
            "County Name": "BERKS",
            "Election Number": "3",
            "Election Description": "ANOTHER",
            "Election Date": "05/02/2017",
        },
    ]
    files = [
        written(PA, [voter], tmp_path, name="ADAMS FVE 20261121.txt"),
        written(MAP, told, tmp_path, name="ADAMS Election Map 20261121.txt"),
    ]
    vault, result = loaded("PA", tmp_path, *files)
    assert rows(
        vault, result, "history", "election_name", "election_date", "election_type", "party_voted"
    ) == [
        ("2020 GENERAL ELECTION", GENERAL, "general", None),
        ("2020 PRIMARY", PRIMARY, "primary", "DEM"),
    ]
    assert result.report.delivered.refused == {"unknown election in Election 3 Vote Method": 1}


def test_numbers_without_their_list_are_not_guessed(tmp_path: Path) -> None:
    voter = {**PA_VOTER, "ID Number": "1", "Election 1 Vote Method": "AP"}
    with pytest.raises(Refusal, match="the list that says which is which is not with them"):
        loaded("PA", tmp_path, written(PA, [voter], tmp_path, name="ADAMS FVE 20261121.txt"))


def test_a_list_of_elections_alone_is_no_delivery(tmp_path: Path) -> None:
    told = [{"County Name": "ADAMS", "Election Number": "1", "Election Date": "11/03/2020"}]
    with pytest.raises(Refusal, match="a list of elections alone"):
        loaded("PA", tmp_path, written(MAP, told, tmp_path, name="ADAMS Election Map 20261121.txt"), key=MAP)
