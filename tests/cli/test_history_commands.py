"""The roll over time on the command line: snapshots, days compared, one voter, and what a rule removes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from commands import Shell
from world import World

from commonroll.cli import main
from commonroll.invented import generate
from commonroll.server.actions import loads
from commonroll.server.models import Journal

pytestmark = pytest.mark.django_db
TODAY = datetime.now(UTC).date().isoformat()


@pytest.fixture(scope="session")
def next_delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("next")
    generate(["OH", "WA"], 300, 7, folder, snapshot=2)
    for file in (folder / "OH").glob("*.txt"):
        file.write_bytes(file.read_bytes().replace(b"ACTIVE", b"CONFIRMATION", 5))
    return folder / "OH"


@pytest.fixture
def loaded(shell: Shell, next_delivery: Path) -> Shell:
    """A shell on a home where Ohio has loaded twice."""
    shell("load oh --overrule 'a further delivery, for a test'", next_delivery)
    return shell


def test_snapshots_say_why_each_stays(loaded: Shell) -> None:
    assert [(one["number"], one["stays"]) for one in loaded.json("snapshots oh")] == [
        (2, "the current one"),
        (1, "one of the newest 60"),
    ]
    assert "the current one" in loaded("snapshots oh").stdout


def test_a_difference_is_asked_by_numbers_or_days(loaded: Shell) -> None:
    plain = loaded.json("diff oh")
    assert (plain["from"], plain["to"]) == (1, 2) and plain["added"] > 0
    assert loaded.json("diff oh --from 1 --to 2") == plain
    same = loaded.json(f"diff oh --from {TODAY} --to {TODAY}")
    assert (same["from"], same["to"], same["added"], same["counties"]) == (2, 2, 0, [])
    said = loaded("diff oh").stdout
    assert "inactive" in said and "came_back" in said
    assert "There was no roll on 1 January 2020" in loaded.refused("diff oh --from 2020-01-01")
    assert "neither a snapshot's number nor a day" in loaded.refused("diff oh --from yesterday")


def test_changes_are_counted_from_each_snapshot_to_the_next(loaded: Shell) -> None:
    [period] = loaded.json("changes oh")
    report = loaded.json("diff oh")
    assert (period["added"], period["moved"]) == (report["added"], report["moved"])
    place = report["counties"][0]
    [alone] = loaded.json(f"changes oh --county {place['fips']}")
    assert alone["added"] == place["added"]
    assert "all counties" in loaded("changes oh").stdout


def test_one_voter_through_time(loaded: Shell, world: World) -> None:
    vault = loads.vault(world.home, world.member("oh"))
    rows = pq.read_table(list(vault.files(vault.snapshot(2), "voters"))).to_pylist()
    row = next(r for r in rows if r["shown_from"] <= date(2026, 1, 1))
    seen = loaded.json(f"voter oh {row['state_voter_id']}")
    assert seen["standings"][-1]["row"]["last_name"] == row["last_name"]
    assert seen["standings"][-1]["last"] == 2 and not seen["hidden"]
    assert row["last_name"] in loaded(f"voter oh {row['state_voter_id']} --purpose research").stdout
    assert "None of 2 snapshots" in loaded("voter oh OH999").stdout
    looks = Journal.objects.filter(log="oh", type="view", rows=1)
    assert sorted(looks.values_list("purpose", flat=True)) == ["hygiene", "hygiene", "research"]
    assert all(look.index is not None for look in looks)
    vault.suppress([row["state_voter_id"]])
    hidden = loaded(f"voter oh {row['state_voter_id']}").stdout
    assert "Not shown" in hidden and row["last_name"] not in hidden
    assert "no such purpose" in loaded.refused("voter oh OH999 --purpose curiosity")


def test_a_rule_is_shown_then_removes_and_stays(loaded: Shell) -> None:
    seen = loaded.json("retain oh --keep newest:1")
    assert (seen["goes"], seen["removed"]) == ([1], False) and seen["bytes"] > 0
    assert "would go" in loaded("retain oh --keep newest:1").stdout
    assert [one["number"] for one in loaded.json("snapshots oh")] == [2, 1]
    assert "not a rule" in loaded.refused("retain oh --keep weekly:2")
    done = loaded.json("retain oh --keep newest:1 --remove --always")
    assert (done["goes"], done["removed"]) == ([1], True)
    assert [one["number"] for one in loaded.json("snapshots oh")] == [2]
    assert loaded.json("retain oh")["rule"] == "newest:1"
    assert Journal.objects.filter(log="oh", type="operator").latest("pk").index is not None
    loaded("log verify oh")


def test_always_goes_with_remove(world: World) -> None:
    words = ["retain", "oh", "--keep", "newest:1", "--always", "--home", str(world.home.path)]
    assert CliRunner().invoke(main, words).exit_code == 2


def test_who_owns_no_file_has_no_history(shell: Shell) -> None:
    for line in ("diff national", "changes national", "voter national X1", "retain national"):
        assert "owns no state's file" in shell.refused(line)
