"""A roll is linked with itself, again and again: what changed, what people said, what a kill leaves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from linked_rolls import PEOPLE, SECRET, START, again, made, publish, voter

import commonroll
from commonroll.errors import Refusal
from commonroll.identity import linking, models, waiting
from commonroll.identity.changes import patched
from commonroll.identity.crowds import CONTACT_ROWS
from commonroll.identity.judgements import Pair
from commonroll.identity.linking import Outcome
from commonroll.roll.engine import engine
from commonroll.roll.redaction import redaction
from commonroll.roll.redaction.linked import KEPT
from commonroll.roll.vault import locks
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.vault import Vault
from thorough import THOROUGH

LATER = START + timedelta(days=5)
TWICE = Pair("oh", "OH000001", "oh", "OH000901")
DATED = Pair("oh", "OH000004", "oh", "OH000904")
TWINS = Pair("oh", "OH000003", "oh", "OH000903")


def link(vault: Vault, hours: int = 0, **given: Any) -> Outcome:
    return linking.run(vault, secret=SECRET, now=LATER + timedelta(hours=hours), **given)


def ledger(vault: Vault) -> list[dict[str, Any]]:
    """The lines of `persons`, by registrant."""
    path = kept.persons_file(vault.path, vault.catalogue)
    assert path is not None
    rows = pq.read_table(path).to_pylist()
    return sorted(rows, key=lambda row: (row["state_voter_id"], row["incarnation"]))


def records(vault: Vault) -> list[dict[str, Any]]:
    """The link records that the last linking keeps."""
    last = kept.linked(vault.catalogue)
    assert last is not None
    kept_ = patched({what: vault.path / name for what, name in last.files.items()})
    with engine() as con:
        found = con.execute(f"SELECT * FROM {kept_.sql()} ORDER BY record").to_arrow_table()
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


def persons(vault: Vault) -> dict[str, str]:
    return {row["state_voter_id"]: row["person_id"] for row in ledger(vault) if row["until"] is None}


def one(vault: Vault, pair: Pair) -> bool:
    """Whether the two are one person."""
    found = persons(vault)
    return found[pair.record_l] == found[pair.record_r]


def turns(vault: Vault) -> list[str]:
    files = vault.event_files("person_events")
    return sorted(pq.read_table(list(files))["turn"].to_pylist()) if files else []


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vaults with one member whose roll of PEOPLE was linked once."""
    folder = tmp_path_factory.mktemp("linked")
    link(made(folder))
    return folder


@pytest.fixture
def vault(linked: Path, tmp_path: Path) -> Vault:
    shutil.copytree(linked, tmp_path / "vaults")
    return Vault(tmp_path / "vaults", "oh")


def test_who_stands_on_a_roll_twice_is_one_person(vault: Vault) -> None:
    assert len(set(persons(vault).values())) == len(PEOPLE) - 1
    assert one(vault, TWICE) and not one(vault, TWINS) and not one(vault, DATED)
    assert {row["by"] for row in ledger(vault)} == {"rule", "model"}


def test_the_same_roll_in_another_order_gives_the_same_ids(vault: Vault, tmp_path: Path) -> None:
    other = Vault(tmp_path / "other", "oh")
    publish(other, PEOPLE[::-1])
    link(other)
    assert persons(other) == persons(vault)


def test_what_is_left_behind_holds_no_name_but_in_files_that_a_redaction_rewrites(vault: Vault) -> None:
    left = [path for path in (vault.path / kept.LINKS).glob("*.parquet") if ".names." not in path.name]
    named = {path for path in left if any(path.match(pattern) for pattern in KEPT)}
    assert {path.name.split(".")[1] for path in set(left) - named} == {
        "pairs", "verdicts", "prints", "crowds", "replaced", "events"
    }  # fmt: skip
    for path in set(left) - named:
        assert not {"first_name", "last_name", "dob", "addr"} & set(pq.read_schema(path).names)
        assert b"COLEMAN" not in path.read_bytes()


SECOND = (
    *(row for row in PEOPLE if row["state_voter_id"] not in ("OH000020", "OH000030", "OH000040", "OH000901")),
    {**PEOPLE[10], "last_name": "ZIMMER"},
    {**voter(30), "residence_line1": "7 BAY ST", "residence_zip5": "45011"},
    again(voter(40), 940),
    again(voter(60), 960, residence_line1="12 LAKE DR"),
    voter(200),
)
"""One marries (20), one moves (30), one is renumbered (40, 940), one registers anew (60, 960), one is new,
and one of two registrations of a person is gone (901)."""


@dataclass(frozen=True)
class Grown:
    """Vaults whose roll became SECOND, before and after the linking that followed, and what it said."""

    before: Path
    after: Path
    outcome: Outcome


@pytest.fixture(scope="module")
def grown(linked: Path, tmp_path_factory: pytest.TempPathFactory) -> Grown:
    folder = tmp_path_factory.mktemp("grown")
    before, after = folder / "before", folder / "after"
    shutil.copytree(linked, before)
    publish(Vault(before, "oh"), SECOND, renumbered={"OH000040": "OH000940"})
    shutil.copytree(before, after)
    return Grown(before, after, link(Vault(after, "oh"), 1))


@pytest.fixture
def second(grown: Grown, tmp_path: Path) -> Vault:
    """Ohio's vault after its second linking."""
    shutil.copytree(grown.after, tmp_path / "second")
    return Vault(tmp_path / "second", "oh")


def test_ids_outlive_marriage_a_move_and_a_new_number(vault: Vault, grown: Grown) -> None:
    before, outcome = persons(vault), grown.outcome
    vault = Vault(grown.after, "oh")
    after = persons(vault)
    assert (outcome.registrants, outcome.changed, outcome.new, outcome.renumbered) == (len(SECOND), 5, 2, 1)
    assert after["OH000940"] == before["OH000040"] and "OH000040" not in after
    assert {voter: after[voter] for voter in before if voter in after} == {
        voter: person for voter, person in before.items() if voter in after
    }
    assert after["OH000901"] == after["OH000001"], "who left stays in the ledger"
    assert after["OH000960"] == before["OH000060"]
    assert turns(vault) == ["renumbered"]


def test_an_increment_gives_what_everything_anew_gives(grown: Grown, tmp_path: Path) -> None:
    vault, few = Vault(grown.after, "oh"), grown.outcome
    other = Vault(Path(shutil.copytree(grown.before, tmp_path / "other")), "oh")
    all_ = link(other, 1, anew=True)
    assert few.changed < 10 and all_.changed == len(SECOND)
    assert ledger(vault) == ledger(other)
    mine, theirs = (kept.linked(one.catalogue) for one in (vault, other))
    assert mine is not None and theirs is not None
    for what in ("pairs", "verdicts", "prints"):
        assert pq.read_table(vault.path / mine.files[what]).equals(
            pq.read_table(other.path / theirs.files[what])
        ), what
    assert records(vault) == records(other)


@pytest.mark.thorough
def test_who_wrote_nothing_else_changes_where_a_value_becomes_crowded(vault: Vault, tmp_path: Path) -> None:
    def with_phone(most: int) -> tuple[Mapping[str, Any], ...]:
        return tuple({**row, "phone": "+15551234567"} if at < most else row for at, row in enumerate(PEOPLE))

    publish(vault, with_phone(CONTACT_ROWS))
    assert link(vault, 1).changed == CONTACT_ROWS
    publish(vault, with_phone(CONTACT_ROWS + 1))
    other = Vault(Path(shutil.copytree(vault.path.parent, tmp_path / "other")), "oh")
    assert link(vault, 2).changed == CONTACT_ROWS + 1
    assert link(other, 2, anew=True).changed == len(PEOPLE)
    assert records(vault) == records(other) and not any(row["phone"] for row in records(vault))


def test_nothing_changed_nothing_is_compared(vault: Vault) -> None:
    before = ledger(vault)
    assert link(vault, 1).changed == 0
    assert ledger(vault) == before and turns(vault) == []


@pytest.mark.thorough
def test_a_reused_number_is_somebody_else(vault: Vault) -> None:
    before = persons(vault)
    publish(
        vault, (*PEOPLE[1:], voter(77, state_voter_id="OH000010", last_name="NEWMAN")), reused=("OH000010",)
    )
    link(vault, 1)
    assert persons(vault)["OH000010"] != before["OH000010"]
    assert turns(vault) == ["reused"]


# What people judge


def judge(vault: Vault, pair: Pair, word: Any, hours: float, by: str = "ann") -> str:
    at = LATER + timedelta(hours=hours)
    return waiting.judge(vault, pair, word, by=by, reason="looked at both", at=at)


def test_people_join_part_and_take_back_and_ids_return(vault: Vault) -> None:
    before = persons(vault)
    judged = judge(vault, DATED, "same", 1)
    link(vault, 2)
    assert one(vault, DATED) and turns(vault) == ["joined"]
    assert {row["by"] for row in ledger(vault) if row["state_voter_id"] in ("OH000004", "OH000904")} == {
        "human"
    }
    waiting.withdraw(vault, judged, by="ann", reason="a second look", at=LATER + timedelta(hours=3))
    link(vault, 4)
    assert persons(vault) == before and turns(vault) == ["joined", "split"]
    with pytest.raises(Refusal, match="taken back already"):
        waiting.withdraw(vault, judged, by="bob", reason="", at=LATER + timedelta(hours=5))
    assert [row["judgement"] for row in waiting.history(vault, DATED)] == ["same", "withdrawn"]


@pytest.mark.thorough
def test_a_persons_word_outlives_a_new_model_and_a_new_number(vault: Vault) -> None:
    judge(vault, TWICE, "different", 1)
    judge(vault, DATED, "same", 1)
    eager = replace(models.shipped(), prior=0.01)
    assert link(vault, 2, model=eager).changed == len(PEOPLE)
    assert one(vault, DATED) and not one(vault, TWICE)
    moved = tuple(
        {**row, "state_voter_id": "OH000999"} if row["state_voter_id"] == "OH000901" else row
        for row in PEOPLE
    )
    publish(vault, moved, renumbered={"OH000901": "OH000999"}, days=7)
    linking.run(vault, secret=SECRET, now=LATER + timedelta(days=9))
    assert not one(vault, Pair("oh", "OH000001", "oh", "OH000999"))


@pytest.mark.thorough
def test_two_who_contradict_each_other_leave_it_unsure(vault: Vault) -> None:
    judge(vault, TWICE, "same", 1, by="ann")
    judge(vault, TWICE, "different", 1, by="bob")
    link(vault, 2)
    [waits] = [one for one in waiting.queue(vault).pairs if one.pair == TWICE]
    assert (waits.reason, waits.standing) == ("contradicted", "contradicted")
    assert not one(vault, TWICE)
    judge(vault, TWICE, "same", 3, by="cid")
    link(vault, 4)
    assert one(vault, TWICE) and TWICE not in [waits.pair for waits in waiting.queue(vault).pairs]


# The queue


def test_the_queue_has_the_most_worth_a_look_first(vault: Vault) -> None:
    page = waiting.queue(vault)
    assert [(one.pair, one.reason) for one in page.pairs] == [
        (DATED, "father_and_son"),
        (Pair("oh", "OH000005", "oh", "OH000905"), "father_and_son"),
        (TWINS, "twins"),
    ]
    assert page.pairs[0].gain > page.pairs[-1].gain
    assert (page.total, page.pages, page.reasons) == (3, 1, {"father_and_son": 2, "twins": 1})
    assert page.counties == {"39089": 2, "39049": 1}


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"reason": "twins"}, [TWINS]),
        ({"county": "39049"}, [DATED]),
        ({"reason": "twins", "county": "39049"}, []),
        ({"size": 2, "page": 2}, [TWINS]),
        ({"page": 9}, []),
    ],
)
def test_the_queue_by_reason_county_and_page(
    vault: Vault, asked: Mapping[str, Any], wanted: Sequence[Pair]
) -> None:
    assert [one.pair for one in waiting.queue(vault, **asked).pairs] == list(wanted)


def test_what_somebody_judged_leaves_the_queue_at_once(vault: Vault) -> None:
    judge(vault, DATED, "same", 1)
    judge(vault, TWINS, "unsure", 1)
    assert DATED not in [one.pair for one in waiting.queue(vault).pairs]
    assert TWINS in [one.pair for one in waiting.queue(vault, by="bob").pairs]
    assert TWINS not in [one.pair for one in waiting.queue(vault, by="ann").pairs]


def test_protected_voters_keep_their_ids_and_are_in_no_queue(vault: Vault) -> None:
    before = persons(vault)
    vault.suppress(["OH000904"])
    assert DATED not in [one.pair for one in waiting.queue(vault).pairs]
    assert waiting.found(vault, DATED) is None
    with pytest.raises(Refusal, match="no such pair"):
        judge(vault, DATED, "same", 1)
    link(vault, 1)
    assert persons(vault) == before


def test_a_redaction_takes_the_kept_records_too(second: Vault) -> None:
    vault = second
    vault.suppress(["OH000020", "OH000010"], reason="erased")
    redaction.redact(vault, now=LATER + timedelta(hours=2))
    files = [path for pattern in KEPT for path in vault.path.glob(pattern)]
    assert len(files) == 2
    for path in files:
        assert not {"OH000020", "OH000010"} & set(pq.read_table(path)["record"].to_pylist())
    assert link(vault, 3).registrants == len(SECOND) - 2


def test_a_pair_of_other_members_is_refused(vault: Vault) -> None:
    with pytest.raises(Refusal, match="other members"):
        judge(vault, Pair("fl", "1", "nc", "2"), "same", 1)


@pytest.mark.thorough
def test_a_pair_judged_after_its_ids_turned_is_judged_by_todays_ids(vault: Vault) -> None:
    moved = tuple(
        {**row, "state_voter_id": "OH000999"} if row["state_voter_id"] == "OH000901" else row
        for row in PEOPLE
    )
    publish(vault, moved, renumbered={"OH000901": "OH000999"})
    judge(vault, TWICE, "different", 1)
    today = Pair("oh", "OH000001", "oh", "OH000999")
    assert [row["judgement"] for row in waiting.history(vault, today)] == ["different"]
    link(vault, 2)
    assert not one(vault, today)


# Interrupted, and two at once

STEPS = ("scored", "swap", "events") if THOROUGH else ("swap",)
"""Before the new linking stands in the catalogue (`scored` and `swap`), and after."""


def test_kill_9_at_any_step_leaves_the_last_linking_and_the_next_takes_up(
    grown: Grown, tmp_path: Path
) -> None:
    here = Path(__file__).parent
    path = f"{Path(commonroll.__file__).parents[1]}:{here}"
    program = [sys.executable, str(here / "dying_linking.py"), str(grown.before), str(tmp_path / "died")]
    program += STEPS
    done = subprocess.run(
        program, env={**os.environ, "PYTHONPATH": path}, check=True, capture_output=True, text=True
    )
    assert json.loads(done.stdout) == list(STEPS)
    whole = Vault(grown.after, "oh")
    for step in STEPS:
        vault = Vault(tmp_path / "died" / step, "oh")
        last = kept.linked(vault.catalogue)
        assert last is not None and last.snapshot == (2 if step == "events" else 1), step
        assert all((vault.path / name).exists() for name in last.files.values()), step
        made_ = sorted(path.name for path in (vault.path / kept.LINKS).glob("work-*/*.parquet"))
        link(vault, 1)
        assert persons(vault) == persons(whole), step
        assert turns(vault) == ["renumbered"], step
        assert not list((vault.path / kept.LINKS).glob("work-*")), made_


HOLDER = (
    "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.flock(f, 2); print(flush=True); sys.stdin.read()"
)


def test_a_second_linking_is_refused_while_one_runs(vault: Vault) -> None:
    lock = vault.path / kept.LINKS / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(locks.VaultBusy):
        link(vault, 1)
    left = vault.path / kept.LINKS / "work-0"
    left.mkdir()
    kept.sweep(vault.path, "oh")
    assert left.exists(), "it is the other's"
    holder.communicate(b"")
    kept.sweep(vault.path, "oh")
    assert not left.exists(), "a killed linking's records hold names"


def test_a_vault_without_a_roll_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="No roll"):
        linking.run(Vault(tmp_path, "oh"), secret=SECRET, now=datetime.now(LATER.tzinfo))
