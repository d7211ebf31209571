"""Protected voters are taken out of retained files from the page, in the background, by an owner alone."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.urls import reverse
from world import MACHINE, World

from commonroll.roll.redaction import ledger, redaction
from commonroll.roll.redaction.ledger import CUT_SHORT, State
from commonroll.roll.vault.vault import Vault, VaultBusy
from commonroll.server import jobs
from commonroll.server.actions import diary, loads, redactions
from commonroll.server.models import Journal

pytestmark = pytest.mark.django_db


@pytest.fixture
def vault(world: World) -> Vault:
    """Ohio's vault with its first voter protected."""
    held = loads.vault(world.home, world.member("oh"))
    head = held.current()
    assert head is not None
    held.suppress([pq.read_table(held.files(head, "voters")[0])["state_voter_id"][0].as_py()])
    return held


def page(client: Client) -> str:
    return client.get(reverse("roll")).content.decode()


def test_the_page_says_what_it_will_do_and_what_it_did(world: World, alice: Client, vault: Vault) -> None:
    shown = page(alice)
    assert "the 1 protected voter." in shown and "This looks through" in shown and "cannot be undone" in shown
    assert alice.post(reverse("redact")).status_code == 302
    jobs.redact.call("oh", "alice@example.org")
    assert "Last time" in page(alice)
    leaf = json.loads(bytes(Journal.objects.filter(log="oh").latest("pk").leaf))
    assert leaf["action"] == "data.redacted"
    assert diary.entries(home=world.home, log="oh", by=MACHINE, last=1)[0]["type"] == "operator"
    assert alice.get(reverse("diary")).status_code == 200


def test_who_asks_while_it_runs_sees_how_far_it_is(alice: Client, vault: Vault) -> None:
    ledger.say(vault.path / "reports", State(1, 4))
    shown = alice.get(reverse("redact_progress")).content.decode()
    assert "25%" in shown and "hx-get" in shown and "Take them out" not in shown


def test_a_redaction_that_a_load_is_in_the_way_of_says_so(
    world: World, alice: Client, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise VaultBusy("The vault is in use by a load.", where="oh", next_step="Wait, then try again.")

    monkeypatch.setattr(redaction, "redact", busy)
    with pytest.raises(VaultBusy):
        redactions.redact(home=world.home, of=world.member("oh"), by=MACHINE)
    assert "in use by a load. Wait, then try again." in page(alice) and "Take them out" in page(alice)


def test_a_redaction_whose_process_was_killed_is_said_to_be_cut_short(
    alice: Client, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.say(vault.path / "reports", State(1, 4))
    monkeypatch.setattr(ledger, "STATE_LASTS", -1)
    assert CUT_SHORT in page(alice)


def test_who_is_no_owner_takes_nobody_out(
    violet: Client, bob: Client, nobody: Client, charlie: Client, vault: Vault
) -> None:
    versions = [one.versions for one in vault.snapshots()]
    assert [one.post(reverse("redact")).status_code for one in (violet, bob, nobody)] == [403, 403, 302]
    assert reverse("redact") not in page(violet)
    assert [one.versions for one in vault.snapshots()] == versions
