"""What is held about one voter, and the lists that came in, on the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import Shell
from world import World

from commonroll.roll.schema import TABLES
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault
from commonroll.server.models import Journal

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 1, tzinfo=UTC)
SAID = {"source": "Acme [red]Data", "licence": "contract 7", "basis": "contract"}


def put(vault: Vault, table: str, **row: Any) -> None:
    full = {name: row.get(name) for name in TABLES[table].names}
    vault.append_events(table, pa.Table.from_pylist([full], schema=arrow_schema(TABLES[table])))


@pytest.fixture
def voter(world: World) -> str:
    """A voter of Ohio of whom a list says something that a door said otherwise."""
    vault = Vault(world.home.vaults, "oh")
    snapshot = vault.current()
    assert snapshot is not None
    rows = pq.read_table(list(vault.files(snapshot, "voters"))).to_pylist()
    known = next(r for r in rows if r["listed_from"] <= date(2026, 1, 1) and not r["confidential"])
    about = {"owner": "oh", "state_voter_id": known["state_voter_id"], "gathered_by": "oh", "loaded_at": AT}
    day = date(2026, 1, 1)
    put(vault, "imports", **SAID, event_id="i", import_id="list-1", action="added", kind="purchased",
        by="alice", dated_on=day, file_name="acme.csv", file_hash="0" * 64, rows=40, at=AT)  # fmt: skip
    put(vault, "facts", **about, **SAID, event_id="1", attribute="owns_home", value="yes", kind="bought",
        observed_on=day, import_id="list-1")  # fmt: skip
    put(vault, "responses", **about, event_id="2", question="owns_home", answer="no", kind="told",
        answered_on=day, channel="door")  # fmt: skip
    return str(known["state_voter_id"])


def test_what_is_held_about_a_voter_and_which_claim_counts(shell: Shell, voter: str) -> None:
    found = shell.json(f"facts oh {voter}")
    claims = {
        one["value"]: (one["kind"], one["standing"]) for one in found["claims"] if one["kind"] != "seen"
    }
    assert claims == {"no": ("told", "counts"), "yes": ("bought", "weaker")}
    said = shell(f"facts oh {voter} --purpose research").stdout
    assert "* owns_home" in said and "Acme [red]Data" in said and "a stronger kind of claim counts" in said
    looks = Journal.objects.filter(log="oh", type="view", rows=1, recipient="")
    assert looks.count() == 2 and not any(voter.encode() in bytes(row.leaf) for row in looks)


def test_who_is_not_there_or_protected_has_nothing_to_show(shell: Shell, world: World, voter: str) -> None:
    assert "None of 1 snapshots has this id" in shell("facts oh nobody").stdout
    assert shell.json("facts oh nobody")["claims"] == []
    Vault(world.home.vaults, "oh").suppress([voter])
    said = shell(f"facts oh {voter}").stdout
    assert "Not shown." in said and "owns_home" not in said
    shell.refused("facts rivera x")
    shell.refused(f"facts oh {voter} --purpose curiosity")


def test_the_lists_that_came_in(shell: Shell, voter: str) -> None:
    [one] = shell.json("imports oh")
    assert (one["import_id"], one["stands"], one["rows"], one["brought"]["facts"]) == ("list-1", True, 40, 1)
    assert "Acme [red]Data" in shell("imports oh").stdout
    assert "No list came in yet" in shell("imports wa").stdout
