"""One voter through time: how the registration stood in each snapshot, and who is not shown to anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from made_rolls import LAYOUT, NOW, stage, voter

from commonroll.errors import Refusal
from commonroll.roll.changes.one_voter import COLUMNS, FACTS, Timeline, look, state_id
from commonroll.roll.schema import COLUMNS as KNOWN
from commonroll.roll.vault.vault import Vault

ELECTION = date(2026, 11, 3)
Row = Mapping[str, Any]
VOTE = {
    "state_voter_id": "AA000001",
    "election_date": date(2024, 11, 5),
    "election_name": "11/05/2024 GENERAL",
    "election_type": "general",
    "method": "in_person",
    "party_voted": None,
    "county_voted": "37183",
}
SCHOOL = {"state_voter_id": "AA000001", "type": "school", "id": "4", "name": "SCHOOL #4"}
BALLOT = {
    "state_voter_id": "AA000001",
    "election_date": ELECTION,
    "requested_on": date(2026, 9, 20),
    "sent_on": None,
    "returned_on": None,
    "status": "requested",
    "reason": None,
    "as_of": date(2026, 9, 22),
}


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path, "nc")


def snapshot(vault: Vault, voters: Sequence[Row], **tables: Sequence[Row]) -> None:
    head = vault.current()
    staged = {name: [stage(vault, name, rows)] for name, rows in {"voters": voters, **tables}.items()}
    number = (head.number if head else 0) + 1
    parent = head.number if head else None
    vault.publish(staged, parent=parent, load=f"load-{number}", state="NC", layouts=[LAYOUT], now=NOW)


def spans(found: Timeline) -> list[tuple[int, int, list[str]]]:
    return [(one.first.number, one.last.number, sorted(one.changed)) for one in found.standings]


def test_equal_snapshots_are_one_standing_and_a_change_begins_the_next(vault: Vault) -> None:
    for changes in ({}, {"source_line": 9}, {"status": "inactive"}, {"last_name": "WED", "party": "REP"}):
        snapshot(vault, [voter(1, **changes), voter(2)])
    found = look(vault, "AA000001", election=ELECTION)
    assert spans(found) == [(1, 2, []), (3, 3, ["status"]), (4, 4, ["name", "party", "status"])]
    assert found.snapshots == 4 and not found.hidden
    assert [one.row["status"] for one in found.standings if one.row] == ["active", "inactive", "active"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("fact", "column"), [(fact, column) for fact, columns in FACTS.items() for column in columns]
)
def test_every_column_that_is_told_is_compared(vault: Vault, fact: str, column: str) -> None:
    snapshot(vault, [voter(1)])
    other = date(2000, 1, 1) if column == "registered_on" else "NPA" if column == "party" else "OTHER"
    snapshot(vault, [voter(1, **{column: "pending" if column == "status" else other})])
    assert spans(look(vault, "AA000001", election=ELECTION))[1:] == [(2, 2, [fact])]


def test_a_voter_who_was_missing_for_a_while(vault: Vault) -> None:
    for voters in ([voter(2)], [voter(1)], [voter(2)], [voter(2)], [voter(1)]):
        snapshot(vault, voters)
    found = look(vault, "AA000001", election=ELECTION)
    assert [(one.first.number, one.last.number, one.row is None) for one in found.standings] == [
        (1, 1, True),
        (2, 2, False),
        (3, 4, True),
        (5, 5, False),
    ]


def test_elections_districts_and_ballots_come_and_go_line_by_line(vault: Vault) -> None:
    snapshot(vault, [voter(1)], history=[VOTE], districts=[SCHOOL])
    snapshot(vault, [voter(1)], history=[], ballots=[BALLOT])
    snapshot(
        vault, [voter(1)], ballots=[{**BALLOT, "status": "sent"}, {**BALLOT, "state_voter_id": "AA000002"}]
    )
    first, second, third = look(vault, "AA000001", election=ELECTION).standings
    assert [line[1] for line in first.lines["elections"]] == ["11/05/2024 GENERAL"]
    assert first.lines["other districts"] == [("school", "4", "SCHOOL #4")]
    assert second.went["elections"] == first.lines["elections"] and second.came["elections"] == []
    assert [line[4] for line in second.came["ballots"]] == ["requested"]
    assert ([line[4] for line in third.came["ballots"]], [line[4] for line in third.went["ballots"]]) == (
        ["sent"],
        ["requested"],
    )
    assert second.lines["other districts"] == third.lines["other districts"] == first.lines["other districts"]


def test_an_id_that_means_another_person_is_marked(vault: Vault) -> None:
    for changes in ({}, {"last_name": "WED"}, {"first_name": "ANN", "birth_year": 1955}):
        snapshot(vault, [voter(1, **changes)])
    assert [one.another for one in look(vault, "AA000001", election=ELECTION).standings] == [
        False,
        False,
        True,
    ]


def test_an_unknown_id_has_no_standing(vault: Vault) -> None:
    snapshot(vault, [voter(1)])
    found = look(vault, "' OR 1=1 --", election=ELECTION)
    assert (found.standings, found.hidden, found.snapshots) == ((), "", 1)


@pytest.mark.parametrize("reason", ["protected", "opt-out", "erased", "flagged"])
def test_who_is_left_out_of_every_read_is_not_shown_in_old_snapshots_either(
    vault: Vault, reason: str
) -> None:
    snapshot(vault, [voter(1)])
    snapshot(vault, [voter(2)])
    vault.suppress(["AA000001"], reason)
    found = look(vault, "AA000001", election=ELECTION)
    assert found.standings == () and "left out of every read" in found.hidden
    assert look(vault, "AA000002", election=ELECTION).standings


def test_who_wants_no_calls_is_still_shown_to_the_owner(vault: Vault) -> None:
    snapshot(vault, [voter(1)])
    vault.suppress(["AA000001"], "opt-out", channel="phone")
    assert look(vault, "AA000001", election=ELECTION).standings


def test_a_row_marked_confidential_in_any_snapshot_hides_all(vault: Vault) -> None:
    for confidential in (False, True, False):
        snapshot(vault, [voter(1, confidential=confidential)])
    found = look(vault, "AA000001", election=ELECTION)
    assert found.standings == () and "left out of every read" in found.hidden


def test_who_is_under_18_on_the_next_election_day_is_not_shown(vault: Vault) -> None:
    snapshot(vault, [voter(1, shown_from=date(2026, 11, 3)), voter(2, shown_from=date(2026, 11, 4))])
    assert look(vault, "AA000001", election=ELECTION).standings
    assert "under 18" in look(vault, "AA000002", election=ELECTION).hidden


def test_a_county_id_leads_to_the_states_id_of_any_kept_snapshot(vault: Vault) -> None:
    durham = {"county_fips": "37063", "county_name": "DURHAM", "county_voter_id": "77"}
    snapshot(vault, [voter(1, county_voter_id="77")])
    snapshot(vault, [voter(1, county_voter_id="78"), voter(2, **durham)])
    assert state_id(vault, "78") == "AA000001"
    assert state_id(vault, "77", "37063") == state_id(vault, "77", " Durham") == "AA000002"
    with pytest.raises(Refusal, match="2 voters in 2 counties"):
        state_id(vault, "77")
    with pytest.raises(Refusal, match="No kept snapshot"):
        state_id(vault, "77", "37001")


def test_every_column_that_is_read_can_stand_in_the_log() -> None:
    assert set(COLUMNS) <= set(KNOWN)
