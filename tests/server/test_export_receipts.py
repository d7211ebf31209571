"""A recipient signs for the very file that it got; both keep it, and nobody else's word counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse
from world import MACHINE, PASSPHRASE, World

from commonroll.agreements.offline import read_paper
from commonroll.agreements.received import receipt_text
from commonroll.cli import main
from commonroll.errors import Refusal
from commonroll.notes import load_key
from commonroll.server.actions import export_receipts, federation, keys, questions
from commonroll.server.models import Extract, Journal, Lent
from commonroll.transparency.leaves import check_leaf

pytestmark = pytest.mark.django_db


@pytest.fixture
def extract(world: World) -> Extract:
    """Rows of Ohio in a file of National's."""
    return questions.export(
        home=world.home, viewer=world.member("national"), purpose="gotv", where="", format="csv",
        columns=("state_voter_id",), by=MACHINE,
    )  # fmt: skip


def _signed(world: World, extract: Extract, of: str = "national", **changes: str) -> tuple[Any, list[str]]:
    """Receipts of the file with changed words, and lines over them by a member's key."""
    told = export_receipts.to_sign(extract=extract, by=MACHINE)
    said = [one | changes for one in told]
    name = federation.federation().key_name(of)
    signer = load_key(world.home.signing_key(of), name, PASSPHRASE)
    return said, [signer.line(receipt_text(one)) for one in said]


def test_a_lead_signs_for_the_very_file(world: World, extract: Extract, nadia: Client) -> None:
    page = nadia.get(reverse("extract", args=[extract.pk])).content.decode()
    assert "Sign for Ohio<" in page and "may not be looked for or removed" in page
    wrong = nadia.post(reverse("extract_received", args=[extract.pk]), {"passphrase": "another"})
    assert wrong.status_code == 400 and "passphrase-error" in wrong.content.decode()
    done = nadia.post(reverse("extract_received", args=[extract.pk]), {"passphrase": PASSPHRASE})
    assert done.status_code == 302
    one = Lent.objects.get(extract=extract.pk)
    leaf = check_leaf(bytes(Journal.objects.get(log="oh", type="export.received").leaf))
    assert (leaf["receiptHash"], leaf["file"]) == (one.receipt_hash, one.file)
    said = json.loads(bytes(one.receipt or b""))
    assert said["owner"].endswith(":oh") and said["rows"] == str(extract.rows_by_owner["oh"])
    assert "Signed note" in nadia.get(reverse("extract", args=[extract.pk])).content.decode()
    with pytest.raises(Refusal, match="every receipt of this file is signed"):
        export_receipts.sign(home=world.home, extract=extract, passphrase=PASSPHRASE, by=MACHINE)


@pytest.mark.parametrize(
    ("of", "changes"),
    [
        ("oh", {}),  # the owner signs in the recipient's place
        ("national", {"file": "sha256:" + "A" * 43 + "="}),
        ("national", {"rows": "1"}),
        ("national", {"issued": "2019-01-01T00:00:00Z"}),
        ("national", {"issued": "2099-01-01T00:00:00Z"}),
        ("national", {"agreement": "urn:uuid:00000000-0000-4000-8000-000000000000"}),
        ("national", {"says": "cr:statement/deleted"}),
    ],
)
def test_nothing_else_is_a_receipt(world: World, extract: Extract, of: str, changes: dict[str, str]) -> None:
    said, lines = _signed(world, extract, of, **changes)
    with pytest.raises(Refusal):
        export_receipts.enter(extract=extract, documents=said, lines=lines, by=MACHINE)
    assert not Lent.objects.exclude(received_at=None).exists()
    assert not Journal.objects.filter(type="export.received").exists()


def test_it_is_signed_offline_and_comes_by_the_command_line(
    world: World, extract: Extract, tmp_path: Path
) -> None:
    asked = ["extract", "received", str(extract.pk), "--as", "national", "--home", str(world.home.path)]
    printed = CliRunner().invoke(main, [*asked, "--unsigned"], catch_exceptions=False)
    text = tmp_path / "receipts.json"
    text.write_text(printed.stdout)
    paper = read_paper(text.read_bytes())
    signer = load_key(world.home.signing_key("national"), paper.key_names["national"], PASSPHRASE)
    lines = [part for line in paper.sign(signer).splitlines() for part in ("--line", line)]
    entered = CliRunner().invoke(main, [*asked, "--text", str(text), *lines], catch_exceptions=False)
    assert "signed for Ohio: 300 rows" in entered.stdout


def test_a_program_brings_what_was_signed_offline(world: World, extract: Extract) -> None:
    member = world.member("national")
    _, text = keys.create(of=member, purpose="gotv", scopes=("ask",), by=MACHINE)
    Extract.objects.update(by=f"key:{text.split('_')[1]}")
    address = reverse("api_extract_received", args=[extract.pk])
    head = {"HTTP_AUTHORIZATION": f"Bearer {text}"}
    client: Any = Client()
    assert len(client.get(address, **head).json()["receipts"]) == 1
    said, lines = _signed(world, extract)
    body = json.dumps({"receipts": said, "lines": lines})
    answer = client.post(address, body, content_type="application/json", **head)
    assert answer.status_code == 200, answer.content
    assert answer.json()["receipts"] == []
    assert set(answer.json()["signed"]) == {"oh"}
