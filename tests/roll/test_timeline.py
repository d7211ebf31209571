"""Which snapshot stood on a day, and what changed from each to the next."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from made_rolls import publish, voter

from commonroll.errors import Refusal
from commonroll.roll.changes import timeline
from commonroll.roll.changes.diff import diff
from commonroll.roll.changes.timeline import COUNTED, current_on, periods
from commonroll.roll.vault.vault import Vault

WAKE, DURHAM = ("37183", "WAKE"), ("37063", "DURHAM")
IN_DURHAM = {"county_fips": "37063", "county_name": "DURHAM"}


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """Four snapshots: two of one day, the later of them one second before midnight in UTC."""
    made = Vault(tmp_path, "nc")
    for number, at in enumerate(
        [
            "2026-09-30T08:00+00:00",
            "2026-10-05T09:00+00:00",
            "2026-10-05T18:59:59-05:00",
            "2026-11-20T10:00+00:00",
        ]
    ):
        publish(made, [voter(n) for n in range(number, number + 3)], now=datetime.fromisoformat(at))
    return made


#    day           snapshot current at its end
DAYS = [
    ("2026-09-30", 1),
    ("2026-10-04", 1),
    ("2026-10-05", 3),
    ("2026-11-19", 3),
    ("2026-11-20", 4),
    ("2030-01-01", 4),
]


@pytest.mark.parametrize(("day", "number"), DAYS)
def test_the_roll_of_a_day_is_the_last_snapshot_made_by_its_end(vault: Vault, day: str, number: int) -> None:
    assert current_on(vault, date.fromisoformat(day)).number == number


def test_before_the_first_snapshot_there_is_no_roll_and_it_says_which_is_first(vault: Vault) -> None:
    with pytest.raises(
        Refusal, match="no roll on 29 September 2026: the first is of 30 September 2026"
    ) as found:
        current_on(vault, date(2026, 9, 29))
    assert found.value.next_step == "Nearest to it are kept: snapshot 1 of 30 September 2026."


def test_a_day_whose_snapshot_is_gone_is_not_answered_by_another(vault: Vault) -> None:
    vault.catalogue.put_away([2, 3], datetime.fromisoformat("2026-11-21T00:00+00:00"))
    with pytest.raises(
        Refusal, match="Snapshot 3 was the roll on 1 November 2026, and it is no longer kept"
    ) as found:
        current_on(vault, date(2026, 11, 1))
    said = "snapshot 1 of 30 September 2026 and snapshot 4 of 20 November 2026"
    assert found.value.next_step == f"Nearest to it are kept: {said}."
    assert current_on(vault, date(2026, 10, 1)).number == 1


def test_an_empty_vault_has_no_day(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="No roll was loaded"):
        current_on(Vault(tmp_path, "oh"), date(2026, 10, 1))


def test_periods_are_the_differences_of_neighbours_with_the_voters_before(vault: Vault) -> None:
    publish(vault, [voter(3, **IN_DURHAM), voter(4, party="REP")])
    found, left = periods(vault)
    assert left == 0
    assert [(one.old, one.new) for one in found] == [(1, 2), (2, 3), (3, 4), (4, 5)]
    for one in found:
        report = diff(vault, vault.snapshot(one.old), vault.snapshot(one.new))
        assert {kind: one.total()[kind] for kind in COUNTED} == {kind: report.total[kind] for kind in COUNTED}
    last = found[-1].counties
    assert last[WAKE] == dict.fromkeys(COUNTED, 0) | {"voters": 3, "dropped": 1, "changed_party": 1}
    assert last[DURHAM] == dict.fromkeys(COUNTED, 0) | {"voters": 0, "moved": 1, "moved_between": 1}
    assert found[-1].total("37183")["dropped"] == 1 and found[-1].total("37063")["dropped"] == 0


def test_counts_are_kept_and_counted_again_only_where_something_changed(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[tuple[int, int]] = []
    count = timeline._counted

    def noting(vault: Vault, old: object, new: object) -> timeline.Period:
        counted.append((old.number, new.number))  # type: ignore[attr-defined]
        return count(vault, old, new)  # type: ignore[arg-type]

    monkeypatch.setattr(timeline, "_counted", noting)
    first, _ = periods(vault)
    assert counted == [(1, 2), (2, 3), (3, 4)]
    assert periods(vault)[0] == first and len(counted) == 3
    vault.catalogue.put_away([2], datetime.fromisoformat("2026-11-21T00:00+00:00"))
    periods(vault)
    assert counted[3:] == [(1, 3)]
    kept = {path.name for path in (vault.path / "reports").glob("changes-*")}
    assert kept == {"changes-1-3.json", "changes-3-4.json"}
    vault.suppress(["AA000003"])
    assert [one.total()["added"] for one in periods(vault)[0]] == [1, 0 + 1]
    assert counted[4:] == [(1, 3), (3, 4)]


def test_counting_stops_when_its_time_is_over_and_goes_on_at_the_next_call(vault: Vault) -> None:
    assert [(len(found), left) for found, left in (periods(vault, within=0) for _ in range(4))] == [
        (1, 2),
        (2, 1),
        (3, 0),
        (3, 0),
    ]


def test_one_snapshot_has_no_period(tmp_path: Path) -> None:
    vault = Vault(tmp_path, "nc")
    publish(vault, [voter(1)])
    assert periods(vault) == ([], 0)
