"""`calls` from the shell: a list of people with phones, what a dialer brings, nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from commands import Shell
from test_facts_held import put
from world import World

from commonroll.roll.engine import engine
from commonroll.roll.vault.vault import Vault
from commonroll.server.models import CallPerson

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def phones(world: World, many: int) -> None:
    """Ohio was told phones of so many of its voters."""
    held = Vault(world.home.vaults, "oh")
    snapshot = held.current()
    assert snapshot is not None
    with engine() as con:
        found = con.execute(
            "SELECT state_voter_id FROM read_parquet(?) WHERE NOT confidential AND listed_from <= ? LIMIT ?",
            [list(held.files(snapshot, "voters")), NOW.date(), many],
        ).fetchall()
    put(held, "facts", *({
        "owner": "oh", "state_voter_id": voter, "gathered_by": "oh", "loaded_at": NOW, "source": "Acme",
        "licence": "contract 7", "basis": "contract", "event_id": str(at), "attribute": "phone",
        "value": f"+1614555{at:04}", "kind": "bought", "observed_on": NOW.date(),
    } for at, (voter,) in enumerate(found)))  # fmt: skip


def test_a_list_is_made_results_come_once_and_add_up(world: World, shell: Shell, tmp_path: Path) -> None:
    phones(world, 4)
    make = "calls make --as oh --purpose gotv --name Reminders"
    made = shell.json(make)
    assert made["people"] == 4 and made["attempts"] == 0
    one, other, *_ = CallPerson.objects.order_by("place")
    lines = [f"{one.key},Completed", f"{other.key},No Answer", "ZZZZZ,Completed"]
    results = tmp_path / "results.csv"
    results.write_text("\n".join(["code,how", *lines]))
    bring = f"calls bring {made['id']} --as oh"
    assert "result" in shell.refused(bring, results).lower()
    brought = shell.json(f"{bring} --column how=result", results)
    assert (brought["new"], brought["known"]) == (2, 0)
    assert [each["line"] for each in brought["refused"]] == [4]
    assert shell.json(f"{bring} --column how=result", results)["known"] == 2
    shown = shell.json(f"calls show {made['id']} --as oh")
    assert (shown["attempts"], shown["conversations"]) == (2, 1)
    (listed,) = shell.json("calls list --as oh")
    assert (listed["name"], listed["people"]) == ("Reminders", 4)
    assert "2 calls, 1 conversations" in shell(f"calls show {made['id']} --as oh").stdout
    assert shell.json("calls list --as rivera") == []
    for line in (f"calls show {made['id']} --as rivera", f"{make} --script 99"):
        shell.refused(line)
    shell(f"{bring} --column how", results, code=2)
