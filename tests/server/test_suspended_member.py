"""A member that the federation suspends keeps every tool on its own rows: each is used, on the site."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.identity.made_lists import listed
from world import MACHINE, PASSPHRASE, World

from commonroll.roll.engine import ibis_engine
from commonroll.server import cuts
from commonroll.server.actions import (
    agreement_events,
    corrections,
    diary,
    imports,
    keys,
    leaving,
    loads,
    questions,
    signing_keys,
    statements,
    suspensions,
)
from commonroll.server.actor import Actor
from commonroll.server.models import Agreement, Extract, ListImport
from commonroll.server.permits import grants_in_force

pytestmark = pytest.mark.django_db

OWN_PAGES = (
    "federation", "roll", "addresses", "churn", "snapshots", "imports", "matches", "persons",
    "agreements", "matrix", "sharing", "proposals", "signing_keys", "universe", "extracts", "ledger",
    "recalls", "hygiene", "diary", "leave",
)  # fmt: skip


@pytest.fixture
def suspended(world: World) -> World:
    suspensions.suspend_member(member=world.member("oh"), reason="the dues were not paid", by=MACHINE)
    assert set(grants_in_force(world.member("national"), "gotv", timezone.now())) == {"wa"}
    return world


def voters(world: World, columns: tuple[str, ...], number: int) -> list[list[str]]:
    held = loads.vault(world.home, world.member("oh"))
    snapshot = held.current()
    assert snapshot is not None
    rows = ibis_engine().read_parquet(list(held.files(snapshot, "voters"))).order_by("state_voter_id")
    return [[one[name] for name in columns] for one in rows.limit(number).to_pyarrow().to_pylist()]


def test_every_page_of_its_own_opens(suspended: World, alice: Client) -> None:
    for name in OWN_PAGES:
        assert alice.get(reverse(name)).status_code == 200, name


def test_it_loads_its_roll(suspended: World, template: Path) -> None:
    found = loads.from_files(
        home=suspended.home, to=suspended.member("oh"), paths=[template / "files" / "OH"],
        accept="quarantine", layout=None, by=Actor.of(suspended.user("alice")),
    )  # fmt: skip
    assert found.snapshot is not None and found.snapshot.rows["voters"] > 0


def test_it_lists_counts_and_exports_on_the_site(suspended: World, alice: Client) -> None:
    counted = alice.get(reverse("universe"), {"where": "status = 'active'"})
    assert counted.status_code == 200 and "voters" in counted.content.decode()
    shown = alice.get(reverse("rows"), {"columns": "last_name"}).content.decode()
    [[name]] = voters(suspended, ("last_name",), 1)
    assert name in shown
    extract = questions.export(
        home=suspended.home, viewer=suspended.member("oh"), purpose="gotv", where="",
        columns=("last_name",), format="csv", by=Actor.of(suspended.user("alice")),
    )  # fmt: skip
    cuts.check(extract)
    whole = b"".join(alice.get(reverse("extract_download", args=[extract.pk])).streaming_content)  # type: ignore[attr-defined]
    assert name.encode() in whole
    assert Extract.objects.get(pk=extract.pk).rows


def test_it_brings_lists_and_its_programs_go_on(suspended: World, alice: Client, tmp_path: Path) -> None:
    people = voters(suspended, ("state_voter_id", "first_name", "last_name"), 12)
    sheet = listed(tmp_path / "gala.csv", ["Voter ID", "First", "Last"], people).read_bytes()
    terms = {
        "kind": "donors", "source": "the spring gala", "licence": "own records",
        "basis": "consent on the card", "dated_on": "2026-01-05",
    }  # fmt: skip
    file = SimpleUploadedFile("gala.csv", sheet)
    assert alice.post(reverse("import_bring"), terms | {"files": file}).status_code == 302
    imports.run(home=suspended.home, listed=ListImport.objects.get(), by=MACHINE)
    assert ListImport.objects.get().state == ListImport.State.HELD
    _, secret = keys.create(of=suspended.member("oh"), purpose="volunteer", by=MACHINE)
    batch = {"rows": [dict(zip(("state_voter_id", "first_name", "last_name"), people[0], strict=True))]}
    sent = Client().post(
        "/api/match",
        json.dumps(batch | terms | {"kind": "volunteers"}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert sent.status_code == 202, sent.content


def test_it_mends_finds_and_verifies_and_may_leave(suspended: World, alice: Client) -> None:
    ohio, by = suspended.member("oh"), Actor.of(suspended.user("alice"))
    [[voter]] = voters(suspended, ("state_voter_id",), 1)
    assert alice.post(reverse("voter_look"), {"voter": voter}).status_code == 200
    today = timezone.now().date()
    corrections.correct(
        home=suspended.home, of=ohio, voter=voter, field="phone", new="6145550100", reason="told at the door",
        on=today, until=today + timedelta(days=30), by=by,
    )  # fmt: skip
    statements.make_statement(home=suspended.home, member=ohio, passphrase=PASSPHRASE, by=by)
    assert diary.verify(home=suspended.home, log="oh", by=by)
    assert leaving.prospect(home=suspended.home, of=ohio, at_once=True, by=by)


def test_it_may_still_end_what_it_signed_and_keep_its_key(suspended: World) -> None:
    """Suspension takes nothing from an owner: it revokes, and lets another key follow."""
    ohio, by = suspended.member("oh"), Actor.of(suspended.user("alice"))
    text = Agreement.objects.get(owner=ohio, recipient__key="national")
    signing_keys.rotate(home=suspended.home, member=ohio, passphrase=PASSPHRASE, by=by)
    event = agreement_events.revoke(
        home=suspended.home, agreement=text, member=ohio, cause="law", passphrase=PASSPHRASE, by=by
    )
    assert event.event == "Revoked"
