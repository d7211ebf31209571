"""Daily files of ballots: what they come to, day by day."""

from __future__ import annotations

import shutil
import sys
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from daily_ballots import ballot, rolled, states, took

from commonroll.errors import Refusal
from commonroll.roll.ballots import counties
from commonroll.roll.vault.vault import Vault


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rolled(tmp_path_factory.mktemp("rolled")).path


@pytest.fixture
def vault(tmp_path: Path, whole: Path) -> Vault:
    shutil.copytree(whole, tmp_path / "nc")
    return Vault(tmp_path, "nc")


def oct_(day: int) -> date:
    return date(2026, 10, day)


def test_a_ballot_goes_its_way(vault: Vault) -> None:
    took(vault, oct_(1), [ballot(1), ballot(2, "09/25/2026"), ballot(3, "09/25/2026", "09/30/2026")])
    assert states(vault) == {"1": "requested", "2": "unknown", "3": "returned"}
    took(vault, oct_(2), [
        ballot(1, "10/01/2026"), ballot(2, "09/25/2026", "10/01/2026", "SIGNATURE DIFFERENT"),
        ballot(3, "09/25/2026", "09/30/2026", "ACCEPTED"),
    ])  # fmt: skip
    assert states(vault) == {"1": "unknown", "2": "rejected", "3": "accepted"}
    took(vault, oct_(3), [
        ballot(1, "10/01/2026"), ballot(4, "10/01/2026", "10/02/2026"),
        ballot(2, "09/25/2026", "10/01/2026", "ACCEPTED - CURED"),
        ballot(3, "09/25/2026", "09/30/2026", "ACCEPTED"),
    ])  # fmt: skip
    assert states(vault) == {"1": "sent", "2": "cured", "3": "accepted", "4": "returned"}


def test_the_same_file_twice_changes_nothing(vault: Vault) -> None:
    lines = [ballot(1, "09/25/2026"), ballot(2, "09/25/2026", "09/30/2026")]
    first = took(vault, oct_(1), lines)
    again = took(vault, oct_(1), lines)
    assert (first.changed, again.changed) == (2, 0)
    assert first.result.snapshot == again.result.snapshot == vault.current()
    assert len(counties.files_of(vault)) == 2


def test_a_step_back_is_kept_and_shown(vault: Vault) -> None:
    took(vault, oct_(1), [ballot(2, "09/25/2026", "09/30/2026", "ACCEPTED"), ballot(5, "09/25/2026")])
    took(vault, oct_(2), [ballot(2, "09/25/2026"), ballot(5, "09/25/2026", "10/01/2026")])
    assert states(vault) == {"2": "sent", "5": "returned"}
    assert sum(pq.read_metadata(f).num_rows for f in vault.event_files("ballot_events")) == 4


def test_a_spoiled_ballot_is_sent_again(vault: Vault) -> None:
    took(vault, oct_(5), [
        ballot(1, "09/25/2026", "09/29/2026", "SPOILED"), ballot(1, "10/02/2026"),
        ballot(4, "09/25/2026", "09/29/2026"),
        ballot(7, "09/25/2026", "10/02/2026", "SPOILED-EV"),
        ballot(7, "10/02/2026", "10/02/2026", "ACCEPTED"),
    ])  # fmt: skip
    assert states(vault) == {"1": "sent", "4": "returned", "7": "accepted"}


IMPOSSIBLE = [
    (1, "sent", ballot(1, "09/25/2026", "10/09/2204")),  # after today
    (2, "sent", ballot(2, "09/25/2026", "10/05/2026")),  # the file is of 4 October
    (3, "sent", ballot(3, "09/25/2026", "09/30/2016")),  # before ballots were printed
    (4, "requested", ballot(4, "09/25/2016")),
    (5, "accepted", ballot(5, "09/25/2026", "10/09/2204", "ACCEPTED")),  # the state's own word stands
    (6, "sent", ballot(6, "09/25/2026", asked="09/01/1926")),
]


def test_days_that_cannot_be_are_kept_and_not_used(vault: Vault) -> None:
    sound = [ballot(n, "09/25/2026", "09/30/2026") for n in (7, 8, 9)]
    told = took(vault, oct_(4), [*(line for _, _, line in IMPOSSIBLE), *sound])
    assert {number: states(vault)[str(number)] for number, _, _ in IMPOSSIBLE} == {
        number: state for number, state, _ in IMPOSSIBLE
    }
    assert told.doubtful == 6
    found = sorted((one.fips, one.doubtful) for one in counties.files_of(vault))
    assert found == [("37001", 2), ("37003", 2), ("37005", 2)]


def test_a_shorter_file_asks(vault: Vault) -> None:
    took(vault, oct_(1), [ballot(n, "09/25/2026") for n in range(1, 7)])
    with pytest.raises(Refusal, match="5 voters with a ballot, the ones before had 6"):
        took(vault, oct_(2), [ballot(n, "09/25/2026", "10/01/2026") for n in range(1, 6)])
    assert set(states(vault).values()) == {"unknown"}
    took(vault, oct_(2), [ballot(1, "09/25/2026", "10/01/2026")], shorter_is_right=True)
    assert states(vault)["1"] == "returned"
    assert states(vault)["6"] == "unknown"


def test_a_piece_holds_some_counties(vault: Vault) -> None:
    took(vault, oct_(1), [ballot(n, "09/25/2026") for n in range(1, 7)])
    told = took(vault, oct_(3), [ballot(3, "09/25/2026", "10/02/2026"), ballot(6, "09/25/2026")], piece=True)
    assert (told.gone, states(vault)["3"], states(vault)["6"]) == (0, "returned", "sent")
    words = counties.words_of(counties.files_of(vault))
    assert {fips: (w.as_of.day, w.told) for fips, w in words.items()} == {
        "37001": (3, True), "37003": (1, False), "37005": (1, False),
    }  # fmt: skip
    assert not words["37001"].stale(oct_(5)) and words["37003"].stale(oct_(5))
    with pytest.raises(Refusal, match="later day"):
        took(vault, oct_(2), [ballot(n, "09/25/2026") for n in range(1, 8)])


def test_a_countys_usual_lag_is_told(vault: Vault) -> None:
    others = [ballot(6, "09/25/2026"), ballot(9, "09/25/2026")]
    took(vault, oct_(1), [ballot(3, "09/25/2026"), *others])
    took(vault, oct_(4), [ballot(3, "09/25/2026", "10/01/2026"), *others])
    assert counties.words_of(counties.files_of(vault))["37001"].lag == 3.0


def test_other_files_and_other_elections_are_no_ballots(vault: Vault) -> None:
    told = took(vault, oct_(1), [ballot(1).replace("11/03/2026", "03/03/2026"), ballot(2)])
    assert (told.elsewhere, states(vault)) == (1, {"2": "requested"})


def test_a_damaged_file_leaves_what_was_there(vault: Vault) -> None:
    took(vault, oct_(1), [ballot(1, "09/25/2026"), ballot(4, "09/25/2026", "09/30/2026")])
    head = vault.current()
    lines = [*["<html>502</html>"] * 9, ballot(1), ballot(4)]
    told = took(vault, oct_(2), lines)
    assert (told.result.verdict, told.result.snapshot, vault.current()) == ("quarantine", None, head)


@pytest.mark.parametrize("where", ["append_events", "publish"])
def test_a_load_that_dies_leaves_the_day_before(
    vault: Vault, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    took(vault, oct_(1), [ballot(1, "09/25/2026"), ballot(4, "09/25/2026", "09/30/2026")])
    lines = [ballot(1, "09/25/2026", "10/01/2026"), ballot(4, "09/25/2026", "09/30/2026")]
    with monkeypatch.context() as patched:
        patched.setattr(Vault, where, lambda *_, **__: sys.exit(9))
        with pytest.raises(SystemExit):
            took(vault, oct_(2), lines)
    assert states(vault) == {"1": "sent", "4": "returned"}
    took(vault, oct_(2), lines)
    assert states(vault) == {"1": "returned", "4": "returned"}
    assert sum(pq.read_metadata(f).num_rows for f in vault.event_files("ballot_events")) == 3
