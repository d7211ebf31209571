"""A leaked file from a form to a result in plain words, for leads of the owner alone."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from test_traces import exported, scored
from world import World

from commonroll.roll.vault.vault import Vault
from commonroll.server import jobs, trace_notes
from commonroll.server.models import Journal
from commonroll.server.trace_notes import Note
from commonroll.transparency.leaves import check_leaf

pytestmark = [pytest.mark.django_db, pytest.mark.vault]

__all__ = ["scored"]


def brought(world: World, client: Client, content: bytes, name: str = "leak.csv") -> Note:
    """Bring a file through the form, and do what the worker does."""
    sent = client.post(
        reverse("traces_begin"),
        {"files": SimpleUploadedFile(name, content)},
        headers={"Accept": "application/json"},
    )
    assert sent.json() == {"next": reverse("traces")}
    assert "Being traced" in client.get(reverse("traces_progress")).content.decode()
    vault = Vault(world.home.vaults, "oh")
    note = trace_notes.every(vault)[0]
    jobs.trace_leak.func("oh", note.id, world.user("alice").email)
    assert not list(world.home.uploads.iterdir())
    made = trace_notes.one(vault, note.id)
    assert made is not None
    return made


def test_from_a_leaked_file_to_a_report(scored: World, alice: Client, bob: Client, charlie: Client) -> None:
    extract, copy = exported(scored)
    assert "No file was traced yet" in alice.get(reverse("traces")).content.decode()
    leak = (Path(scored.home.extracts) / extract.file).read_bytes()
    note = brought(scored, alice, leak, name="../../<b>leak.csv")
    page = alice.get(reverse("traces")).content.decode()
    assert f"Named: {scored.member('rivera').name}" in page and "1 in a million" in page
    assert "&lt;b&gt;" not in page and "<b>leak" not in page and reverse("traces_progress") not in page
    address = reverse("traces_report", args=[note.id])
    report = alice.get(address)
    assert json.loads(report.content)["file"]["matched"] == copy.num_rows
    assert "attachment" in report["Content-Disposition"]
    leaf = check_leaf(bytes(Journal.objects.filter(log="oh", type="operator").latest("pk").leaf))
    assert leaf["action"] == "trace.made" and note.sha256 == hashlib.sha256(report.content).hexdigest()
    assert b"<h1>Trace of a leaked file" in alice.get(f"{address}?as=html").content
    assert bob.get(address).status_code == 403
    for stranger in (bob, charlie):
        assert stranger.get(address).status_code in (403, 404)
        assert "leak.csv" not in stranger.get(reverse("traces")).content.decode()


@pytest.mark.parametrize(
    ("name", "content"),
    [("bomb.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * (12 << 20))), ("paper.pdf", b"%PDF-1.7 no table")],
)
def test_a_file_that_is_no_table_is_refused_and_gone(
    scored: World, alice: Client, name: str, content: bytes
) -> None:
    note = brought(scored, alice, content, name)
    assert note.state == "refused" and note.refusal["next"]
    page = alice.get(reverse("traces")).content.decode()
    assert "Refused" in page and note.refusal["next"] in page
    assert alice.get(reverse("traces_report", args=[note.id])).status_code == 404


def test_one_file_at_a_time(scored: World, alice: Client) -> None:
    for status in (302, 400):
        sent = alice.post(reverse("traces_begin"), {"files": SimpleUploadedFile("leak.csv", b"a\n1\n")})
        assert sent.status_code == status
    assert len(list(scored.home.uploads.iterdir())) == 1
