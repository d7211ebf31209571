"""Who sees which page: Alice owns Ohio, Bob works for National, Charlie has nothing, Violet reads Ohio."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse
from world import World

from commonroll.server.models import Agreement, Extract, Load
from commonroll.server.pages import urls

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Things:
    """What Alice and Bob have that others ask for."""

    load: str
    extract: str
    agreement: int


@pytest.fixture
def things(world: World) -> Things:
    load = Load.objects.filter(member__key="oh").latest("created_at")
    extract = Extract.objects.create(
        viewer=world.member("national"), purpose="gotv", columns=["party"], by="bob"
    )
    agreement = Agreement.objects.get(owner__key="oh", recipient__key="national")
    return Things(str(load.pk), str(extract.pk), agreement.number)


# name of the page: for Alice, Bob, Charlie, Violet
READ = {
    "federation": (200, 200, 200, 200),
    "find": (200, 200, 200, 200),
    "roll": (200, 200, 200, 200),
    "agreements": (200, 200, 200, 200),
    "agreement_draft": (200, 403, 200, 403),
    "universe": (200, 200, 200, 200),
    "rows": (200, 200, 200, 403),
    "extracts": (200, 200, 200, 200),
    "ledger": (200, 200, 200, 200),
    "diary": (200, 200, 200, 200),
    "diff": (400, 400, 400, 400),
}
READ_ONE = {
    "load": ("load", (200, 404, 404, 200)),
    "load_progress": ("load", (200, 404, 404, 200)),
    "refused": ("load", (200, 403, 404, 403)),
    "agreement": ("agreement", (200, 200, 404, 200)),
    "agreement_document": ("agreement", (200, 200, 404, 200)),
    "extract": ("extract", (404, 200, 404, 403)),
    "extract_progress": ("extract", (404, 200, 404, 403)),
    "extract_download": ("extract", (404, 404, 404, 403)),
    "extract_receipts": ("extract", (404, 200, 404, 403)),
}
WRITE = {
    "invite": (302, 403, 302, 403),
    "acting": (404, 404, 404, 404),
    "purpose": (400, 400, 400, 400),
    "upload": (400, 403, 400, 403),
    "protect": (400, 403, 400, 403),
    "agreement_preview": (200, 403, 200, 403),
    "agreement_make": (400, 403, 400, 403),
    "universe_live": (200, 200, 200, 200),
    "universe_save": (400, 400, 400, 400),
    "extract_make": (400, 400, 400, 403),
    "bring_answers": (400, 400, 400, 403),
    "diary_verify": (200, 200, 200, 200),
}
WRITE_ONE = {
    "load_accept": ("load", (400, 403, 404, 403)),
    "load_refuse": ("load", (400, 403, 404, 403)),
    "agreement_sign": ("agreement", (400, 403, 404, 403)),
    "agreement_line": ("agreement", (400, 403, 404, 403)),
    "agreement_withdraw": ("agreement", (400, 403, 404, 403)),
    "agreement_revoke": ("agreement", (400, 403, 404, 403)),
    "universe_forget": ("1", (404, 404, 404, 404)),
    "set_role": ("1", (400, 403, 404, 403)),
}
OTHERWISE = {"invitation", "diary_receipt"}
"""Pages tested by themselves below: an invitation needs no account, a receipt names its log."""


def people(alice: Client, bob: Client, charlie: Client, violet: Client) -> list[Client]:
    return [alice, bob, charlie, violet]


def statuses(clients: list[Client], method: str, url: str) -> tuple[int, ...]:
    data = {"email": "new@example.org", "role": "viewer"} if url.endswith("/invite") else {}
    return tuple(getattr(client, method)(url, data).status_code for client in clients)


def address(name: str, kind: str, things: Things) -> str:
    value = getattr(things, kind, kind)
    return reverse(name, args=[int(value) if str(value).isdecimal() else uuid.UUID(str(value))])


def test_every_page_stands_in_a_table_here() -> None:
    named = {pattern.name for pattern in urls.urlpatterns}
    assert named == {*READ, *READ_ONE, *WRITE, *WRITE_ONE} | OTHERWISE


def test_reading(alice: Client, bob: Client, charlie: Client, violet: Client) -> None:
    clients = people(alice, bob, charlie, violet)
    assert {name: statuses(clients, "get", reverse(name)) for name in READ} == READ


def test_reading_one(things: Things, alice: Client, bob: Client, charlie: Client, violet: Client) -> None:
    clients = people(alice, bob, charlie, violet)
    found = {n: statuses(clients, "get", address(n, kind, things)) for n, (kind, _) in READ_ONE.items()}
    assert found == {name: expected for name, (_, expected) in READ_ONE.items()}


def test_writing(world: World, alice: Client, bob: Client, charlie: Client, violet: Client) -> None:
    clients = people(alice, bob, charlie, violet)
    assert {name: statuses(clients, "post", reverse(name)) for name in WRITE} == WRITE


def test_writing_one(things: Things, alice: Client, bob: Client, charlie: Client, violet: Client) -> None:
    clients = people(alice, bob, charlie, violet)
    found = {n: statuses(clients, "post", address(n, kind, things)) for n, (kind, _) in WRITE_ONE.items()}
    assert found == {name: expected for name, (_, expected) in WRITE_ONE.items()}


def test_what_writes_does_not_answer_a_link(things: Things, alice: Client) -> None:
    urls = [reverse(name) for name in WRITE] + [
        address(n, kind, things) for n, (kind, _) in WRITE_ONE.items()
    ]
    assert {url: alice.get(url).status_code for url in urls} == dict.fromkeys(urls, 405)


def test_nobody_is_sent_to_sign_in(nobody: Client) -> None:
    for name in READ:
        answer = nobody.get(reverse(name))
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, reverse("account_login"))


def test_charlie_counts_nobody_and_is_told_why(charlie: Client) -> None:
    page = charlie.post(reverse("universe_live"), {"where": "status = 'active'"}).content.decode()
    assert 'id="total"' not in page
    assert "has no agreement with Rivera" in page


def test_charlie_reads_no_receipt_of_ohio(charlie: Client, alice: Client) -> None:
    url = reverse("diary_receipt", args=["oh", 0])
    assert alice.get(url).content.startswith(b"c2sp.org/tlog-proof")
    assert charlie.get(url).status_code == 404


def test_pages_name_no_dealings_of_others(charlie: Client) -> None:
    for name in ("agreements", "extracts", "ledger", "diary"):
        assert "National" not in charlie.get(reverse(name)).content.decode(), name
    assert "Agreement 1" not in charlie.get(reverse("find"), {"q": "agreement"}).content.decode()
