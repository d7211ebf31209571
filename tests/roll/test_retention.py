"""Which snapshots a rule keeps, and that nothing goes that is current, read, cut from or not yet said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_rolls import ids, publish, voter

from commonroll.errors import Refusal
from commonroll.roll.vault import retention
from commonroll.roll.vault.retention import Rule, Sweep, preview, rule_of, sweep
from commonroll.roll.vault.vault import Vault, VaultBusy
from thorough import dear

TODAY = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOBODY: Mapping[int, str] = {}


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path, "nc")


def made_on(vault: Vault, days: Sequence[str]) -> Vault:
    for number, day in enumerate(days, 1):
        publish(vault, [voter(number)], now=datetime.fromisoformat(f"{day}T10:00:00+00:00"))
    return vault


def swept(vault: Vault, rule: Rule, pinned: Mapping[int, str] = NOBODY) -> tuple[list[int], list[Sweep]]:
    """Numbers of the snapshots that went, and what was said."""
    said: list[Sweep] = []
    done = sweep(vault, rule, pinned=lambda: pinned, say=said.append, now=TODAY)
    return [one.number for one in done.goes], said


DAYS = ["2026-08-01", "2026-08-20", "2026-09-15", "2026-10-01", "2026-11-02", "2026-11-11", "2026-11-23"]

#    rule                     numbers that stay
CASES = [
    ("newest:1", [7]),
    ("newest:3", [5, 6, 7]),
    ("daily:1", [7]),  # nothing is of today: the current one stays all the same
    ("daily:2", [7]),
    ("daily:14", [6, 7]),
    ("monthly:1", [5, 7]),
    ("monthly:2", [4, 5, 7]),
    ("monthly:24", [1, 3, 4, 5, 7]),
    ("daily:14,monthly:3", [3, 4, 5, 6, 7]),
    (" newest:2 , monthly:4 ", [1, 3, 4, 5, 6, 7]),
]


@pytest.mark.parametrize(("rule", "stays"), CASES)
def test_a_rule_keeps_days_first_of_months_and_the_newest(vault: Vault, rule: str, stays: list[int]) -> None:
    made_on(vault, DAYS)
    found = preview(vault, rule_of(rule), pinned=NOBODY, now=TODAY)
    assert sorted(one.number for one, _ in found.stays) == stays
    assert len(vault.snapshots()) == len(DAYS), "a preview removes nothing"
    gone, _ = swept(vault, rule_of(rule))
    assert sorted(one.number for one in vault.snapshots()) == stays
    assert sorted([*gone, *stays]) == [1, 2, 3, 4, 5, 6, 7]
    assert vault.check() == []


NO_RULES = ["", "daily", "daily:0", "daily:-1", "weekly:4", "daily:1,daily:2", "daily:1;", "daily:99999"]


@pytest.mark.parametrize("text", [*NO_RULES, "daily:\N{FULLWIDTH DIGIT ONE}"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="not a rule"):
        rule_of(text)


def test_a_rule_is_written_as_it_is_read() -> None:
    assert str(rule_of("monthly:24,daily:14")) == "daily:14,monthly:24"
    assert rule_of("daily:14,monthly:1").words == (
        "every snapshot of the last 14 days, and the first snapshot of this month"
    )


def test_files_go_that_only_removed_snapshots_name_and_their_bytes_are_told(vault: Vault) -> None:
    made_on(vault, DAYS)
    alone = [Path(vault.files(vault.snapshot(n), "voters")[0]) for n in range(1, 7)]
    shared = Path(vault.files(vault.snapshot(1), "history")[0])
    bytes_alone = sum(path.stat().st_size for path in alone)
    assert preview(vault, Rule(newest=1), pinned=NOBODY, now=TODAY).freed == bytes_alone
    swept(vault, Rule(newest=1))
    assert not any(path.exists() for path in alone) and shared.exists()
    assert ids(vault, vault.snapshot(7)) == ["AA000007"]


def test_a_snapshot_that_is_read_or_was_cut_from_stays_and_says_why(vault: Vault) -> None:
    made_on(vault, DAYS)
    with vault.lease(vault.snapshot(2)):
        found = preview(vault, Rule(newest=1), pinned={4: "agreement 3 has an extract of it"}, now=TODAY)
        assert {one.number: why for one, why in found.stays} == {
            7: "the current one",
            4: "agreement 3 has an extract of it",
            2: "it is being read",
        }
        gone, _ = swept(vault, Rule(newest=1), {4: "agreement 3 has an extract of it"})
        assert gone == [6, 5, 3, 1]
        assert ids(vault, vault.snapshot(2)) == ["AA000002"]
    assert swept(vault, Rule(newest=1), {4: "agreement 3 has an extract of it"})[0] == [2]


def test_what_goes_is_said_once_before_any_file_is_gone(vault: Vault) -> None:
    made_on(vault, DAYS)
    seen: list[tuple[list[int], bool]] = []

    def say(found: Sweep) -> None:
        whole = all(Path(path).exists() for one in found.goes for path in vault.files(one, "voters"))
        seen.append(([one.number for one in found.goes], whole))

    for _ in range(2):
        sweep(vault, Rule(newest=6), pinned=dict, say=say, now=TODAY)
    assert seen == [([1], True)]


def test_where_it_cannot_be_said_everything_stays(vault: Vault) -> None:
    made_on(vault, DAYS)

    def say(found: Sweep) -> None:
        raise Refusal("the log is behind")

    with pytest.raises(Refusal, match="the log is behind"):
        sweep(vault, Rule(newest=1), pinned=dict, say=say, now=TODAY)
    assert [ids(vault, one) for one in vault.snapshots()] == [[f"AA00000{n}"] for n in range(7, 0, -1)]


def test_raw_lines_of_removed_snapshots_go_too(vault: Vault) -> None:
    made_on(vault, DAYS[:2])
    for load in ("load-1", "load-2"):
        (vault.path / "raw" / load).mkdir(parents=True)
    swept(vault, Rule(newest=1))
    # both tables of load 1 that are empty keep nothing alive
    assert [path.name for path in (vault.path / "raw").iterdir()] == ["load-2"]


def test_while_a_load_runs_nothing_is_removed(vault: Vault, tmp_path: Path) -> None:
    import multiprocessing

    made_on(vault, DAYS[:2])
    context = multiprocessing.get_context("spawn")
    held, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path, held, done))
    other.start()
    try:
        assert held.wait(60)
        with pytest.raises(VaultBusy, match="a load under way"):
            swept(vault, Rule(newest=1))
    finally:
        done.set()
        other.join()
    assert len(vault.snapshots()) == 2


def hold(root: Path, held: object, done: object) -> None:
    with Vault(root, "nc").lock(doing="a load under way"):
        held.set()  # type: ignore[attr-defined]
        done.wait(60)  # type: ignore[attr-defined]


def test_the_current_snapshot_is_never_put_away(vault: Vault) -> None:
    made_on(vault, DAYS[:2])
    with pytest.raises(ValueError, match="current"):
        vault.catalogue.put_away([1, 2], TODAY)
    assert len(vault.snapshots()) == 2


def test_a_vault_keeps_to_its_rule(vault: Vault) -> None:
    assert retention.rule_in_force(vault) == Rule(newest=60)
    retention.keep_to(vault, Rule(daily=14, monthly=24))
    assert retention.rule_in_force(Vault(vault.path.parent, "nc")) == Rule(daily=14, monthly=24)


RULES = st.builds(Rule, newest=st.integers(0, 4), daily=st.integers(0, 40), monthly=st.integers(0, 6)).filter(
    lambda rule: bool(str(rule))
)
WHEN = st.lists(st.integers(0, 200), min_size=1, max_size=12)


@settings(deadline=None, max_examples=dear(15))
@given(RULES, WHEN, st.integers(0, 60))
def test_sweeping_twice_is_sweeping_once_and_time_never_brings_back(
    rule: Rule, days_ago: list[int], later: int
) -> None:
    with TemporaryDirectory() as folder:
        vault = Vault(Path(folder), "nc")
        for ago in sorted(days_ago, reverse=True):
            publish(vault, [voter(1)], now=TODAY - timedelta(days=ago))
        current = vault.current()
        swept(vault, rule)
        left = [one.number for one in vault.snapshots()]
        assert current is not None and current.number == left[0]
        assert len(left) >= min(rule.newest, len(days_ago))
        assert swept(vault, rule)[0] == []
        sweep(vault, rule, pinned=dict, say=lambda _: None, now=TODAY + timedelta(days=later))
        assert {one.number for one in vault.snapshots()} <= set(left)


@settings(deadline=None, max_examples=dear(15))
@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 400))
def test_the_first_of_many_months_is_told_across_years(today: date, months: int) -> None:
    back = retention._months_back(today, months - 1)
    assert back.day == 1
    assert (today.year - back.year) * 12 + today.month - back.month == months - 1
