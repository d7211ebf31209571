"""Pasts that are odd: an empty snapshot, counties that come and go, a day that is still to come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from deliveries import NOW, ids, line, vault_of, written
from made_rolls import publish

from commonroll.roll.gate.gate import Overruled
from commonroll.roll.load import LoadResult, load
from commonroll.roll.vault.vault import Vault

WORD = Overruled("alice@example.org", "the state hands out its counties by turns")
ALAMANCE, WAKE = {"county_id": "1", "county_desc": "ALAMANCE"}, {"county_id": "92", "county_desc": "WAKE"}


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return vault_of(tmp_path / "vaults")


def delivered(
    vault: Vault, folder: Path, rows: Sequence[str], days: int = 0, **options: object
) -> LoadResult:
    file = written(folder / "ncvoter_Statewide.txt", rows)
    at = NOW + timedelta(days=days)
    return load(vault, [file], state="NC", accept="quarantine", now=at, **options)  # type: ignore[arg-type]


def people(numbers: range, place: dict[str, str]) -> list[str]:
    return [line(n, last_name=f"TERN{n}", **place) for n in numbers]


def test_after_an_empty_snapshot_everything_is_new(vault: Vault, tmp_path: Path) -> None:
    publish(vault, [])
    result = delivered(vault, tmp_path, people(range(1, 101), ALAMANCE))
    assert result.verdict == "accept" and result.snapshot is not None
    assert result.report.churn is None
    assert result.report.as_dict()["before"]["snapshot"] == 1


def test_counties_that_come_by_turns_are_refused_each_time_and_told_how(vault: Vault, tmp_path: Path) -> None:
    first, second = people(range(1, 101), ALAMANCE), people(range(101, 201), WAKE)
    delivered(vault, tmp_path, first)
    for days, rows, gone in ((1, second, "Alamance"), (2, first, "Wake"), (3, second, "Alamance")):
        refused = delivered(vault, tmp_path, rows, days)
        assert refused.verdict == "refuse" and refused.snapshot is None
        said = " ".join(refused.report.sentences)
        assert (
            f"{gone.upper()} County had 100 voters" in said.replace(gone, gone.upper()) and "--piece" in said
        )
        assert delivered(vault, tmp_path, rows, days, overrule=WORD).snapshot is not None


def test_counties_that_come_by_turns_as_pieces_are_one_roll(vault: Vault, tmp_path: Path) -> None:
    first, second = people(range(1, 101), ALAMANCE), people(range(101, 201), WAKE)
    delivered(vault, tmp_path, first)
    for days, rows in ((1, second), (2, first), (3, second)):
        result = delivered(vault, tmp_path, rows, days, piece=True, overrule=WORD)
        assert len(ids(vault, result.snapshot)) == 200


def test_a_delivery_dated_before_the_last_snapshot_is_said_to_be_of_today(
    vault: Vault, tmp_path: Path
) -> None:
    delivered(vault, tmp_path, people(range(1, 101), ALAMANCE), 5)
    result = delivered(vault, tmp_path, people(range(1, 91), ALAMANCE))
    assert "10 fewer rows of voters since earlier today (10.0% of snapshot 1)." in result.report.sentences


def test_days_that_are_still_to_come_are_left_empty_and_counted(vault: Vault, tmp_path: Path) -> None:
    tomorrow = (NOW + timedelta(days=1)).strftime("%m/%d/%Y")
    rows = [*people(range(1, 100), ALAMANCE), line(100, registr_dt=tomorrow)]
    result = delivered(vault, tmp_path, rows)
    assert result.report.delivered.lost["voters.registered_on"] == {"future": 1}
    assert len(ids(vault, result.snapshot)) == 100
