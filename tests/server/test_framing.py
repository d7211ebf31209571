"""An owner that frames a recipient, and a recipient that denies: the log and the receipts answer both."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.csv
import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from test_decoys import salted
from test_trace_pages import brought
from test_traces import COLUMNS, exported, scored
from world import MACHINE, PASSPHRASE, World

from commonroll import flow
from commonroll.server import decoying, journal
from commonroll.server.actions import export_receipts, traces
from commonroll.server.actions.traces import Made
from commonroll.server.models import Journal
from commonroll.server.permits import DatabasePermits
from commonroll.tracing import decoys, reach
from commonroll.views.export import rows
from commonroll.views.question import Question

pytestmark = [pytest.mark.django_db, pytest.mark.vault]

__all__ = ["salted", "scored"]


def _traced(world: World, leaked: Path, **more: Any) -> Made:
    return traces.make(home=world.home, owner=world.member("oh"), file=leaked, by=MACHINE, **more)


def _refused(made: Made) -> str:
    document = made.document
    assert document["accused"] == [] and document["verdict"] == "refused" and not document["sentence"]
    (one,) = document["refused"]
    assert one["recipient"] == "rivera"
    return str(one["why"])


def test_a_copy_that_the_owner_made_itself_accuses_nobody(scored: World, tmp_path: Path) -> None:
    """Alice has all that it takes to make Rivera's copy; the log has no export of it."""
    plan = flow.permit(
        Question("rivera", "gotv", "export", columns=COLUMNS), DatabasePermits(scored.home, only=["oh"])
    )
    pyarrow.csv.write_csv(rows(plan), tmp_path / "made.csv")
    # somebody looks at the screen, so that Rivera is among those who ever received
    Journal.objects.create(
        log="oh", leaf=b"{}", leaf_id="x", at=timezone.now(), type="view", owner="oh", recipient="rivera"
    )
    assert "no export to this recipient" in _refused(_traced(scored, tmp_path / "made.csv"))


def test_marks_that_were_committed_to_late_accuse_nobody(scored: World, tmp_path: Path) -> None:
    _, copy = exported(scored)
    leaked = tmp_path / "leak.csv"
    pyarrow.csv.write_csv(copy, leaked)
    yesterday = timezone.now().date() - timedelta(days=1)
    assert "after the leak was seen" in _refused(_traced(scored, leaked, seen_on=yesterday))
    first = Journal.objects.get(log="oh", type="mark.key")
    commitment = json.loads(bytes(first.leaf))["commitment"]
    first.delete()
    with transaction.atomic():
        journal.record(log="oh", type="mark.key", keys={"commitment": commitment}, owner="oh")
    assert "only after its exports" in _refused(_traced(scored, leaked))


def test_a_recipient_that_denies_is_answered_by_its_receipt(
    scored: World, tmp_path: Path, alice: Client
) -> None:
    extract, _ = exported(scored)
    leaked = scored.home.extracts / extract.file
    (before,) = _traced(scored, leaked).document["accused"]
    assert "signed for none" in before["evidence"]["says"] and "byte by byte" in before["evidence"]["says"]
    export_receipts.sign(home=scored.home, extract=extract, passphrase=PASSPHRASE, by=MACHINE)
    made = _traced(scored, leaked, seen_on=timezone.now().date())
    (one,) = made.document["accused"]
    assert "signed for it, so it cannot say" in one["evidence"]["says"]
    leaf = json.loads(bytes(Journal.objects.get(type="export.received").leaf))
    assert one["evidence"]["receipts"][0]["receiptHash"] == leaf["receiptHash"]
    brought(scored, alice, leaked.read_bytes())
    assert "signed for it, so it cannot say" in alice.get(reverse("traces")).content.decode()


def test_a_register_that_was_changed_since_is_not_used(salted: World, tmp_path: Path) -> None:

    register = decoying.register_path(salted.home.vaults / "oh")
    reach.seal(decoys.read(register).slice(0, 19), register)
    (tmp_path / "leak.csv").write_text("state_voter_id\nOH1\nOH2\n")
    made = _traced(salted, tmp_path / "leak.csv")
    assert any("does not commit to this register" in text for text in made.document["unused"])
    assert all(one["layer"] != "decoy" for one in made.document["layers"])
