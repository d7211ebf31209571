"""`correct` on the command line: one voter's field, from the next load on, with an entry in the log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Shell
from world import World

from commonroll.invented import generate
from commonroll.roll.engine import engine
from commonroll.roll.vault.corrections import read
from commonroll.server.actions import loads
from commonroll.server.models import Journal

pytestmark = pytest.mark.django_db
REASON = "the county confirmed it on the phone"


@pytest.fixture(scope="session")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The delivery that the federation was built with."""
    folder = tmp_path_factory.mktemp("again")
    generate(["OH", "WA"], 300, 7, folder)
    return folder / "OH"


def first_names(world: World) -> dict[str, str]:
    held = loads.vault(world.home, world.member("oh"))
    snapshot = held.current()
    assert snapshot is not None
    query = "SELECT state_voter_id, first_name FROM read_parquet(?) ORDER BY 1"
    with engine() as cursor:
        return dict(cursor.execute(query, [list(held.files(snapshot, "voters"))]).fetchall())


def test_a_correction_holds_from_the_next_load_on(shell: Shell, world: World, again: Path) -> None:
    before = first_names(world)
    voter = next(iter(before))
    said = shell(f"correct oh {voter} first_name Zzyzx --reason", REASON).stdout
    assert "from the next load on" in said and first_names(world) == before
    report = shell.json("load oh --accept quarantine", again)
    assert report["corrections"]["rows"] == {"first_name of single voters": 1}
    assert first_names(world) == before | {voter: "ZZYZX"}
    shell(f"correct oh {voter} first_name Other --reason", REASON)
    (line,) = read(loads.vault(world.home, world.member("oh")).own_corrections, personal=True)
    assert (line.old, line.new) == (before[voter], "OTHER"), "the state's own value is what is replaced"


def test_a_correction_is_listed_and_taken_back(shell: Shell, world: World, again: Path) -> None:
    before = first_names(world)
    voter = next(iter(before))
    assert "no correction stands" in shell("correct oh --list").stdout
    shell(f"correct oh {voter} first_name Zzyzx --reason", REASON)
    assert "ZZYZX" in shell("correct oh --list").stdout
    shell("load oh --accept quarantine", again)
    shell(f"correct oh {voter} first_name --withdraw")
    assert "no correction stands" in shell("correct oh --list").stdout
    shell("load oh --accept quarantine", again)
    assert first_names(world) == before
    entry = Journal.objects.filter(log="oh", type="operator").latest("pk")
    assert json.loads(bytes(entry.leaf))["action"] == "correction.withdrawn"
    assert "no correction of this field stands" in shell.refused(f"correct oh {voter} first_name --withdraw")


def test_the_log_says_that_something_was_corrected_and_not_whose(shell: Shell, world: World) -> None:
    voter = next(iter(first_names(world)))
    shell(f"correct oh {voter} first_name Zzyzx --reason", REASON)
    entry = Journal.objects.filter(log="oh", type="operator").latest("pk")
    leaf = json.loads(bytes(entry.leaf))
    assert leaf["action"] == "correction.made"
    assert voter not in str(leaf) and "first_name" not in str(leaf) and "ZZYZX" not in str(leaf)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("{voter} confidential false", "cannot be corrected"),
        ("{voter} status voting", "none of: active"),
        ("NOBODY first_name Ada", "no voter of this id"),
        ("{voter} first_name Ada --until 2020-01-01", "ends before it begins"),
        ("{voter} birth_date 1980-13-01", "no date"),
    ],
)
def test_what_is_no_correction_is_refused(shell: Shell, world: World, words: str, said: str) -> None:
    voter = next(iter(first_names(world)))
    assert said in shell.refused(f"correct oh {words.format(voter=voter)} --reason", REASON)
    assert not loads.vault(world.home, world.member("oh")).own_corrections.exists()
