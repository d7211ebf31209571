"""Payments: a payer states that it paid, the owner what it received; both read the same of what is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from world import MACHINE, PASSPHRASE, World, agree

from commonroll.agreements.profile import Price
from commonroll.errors import Refusal
from commonroll.server.actions import dues as due_actions
from commonroll.server.actions import onward, payments, sharing
from commonroll.server.actor import Actor, Unknown
from commonroll.server.meaning import grant_of
from commonroll.server.models import Agreement, Journal, Payment

pytestmark = pytest.mark.django_db

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture
def text(world: World) -> Agreement:
    """Ohio licenses Rivera for 5,000 dollars; of what Washington pays for its licence Ohio gets a tenth."""
    text = agree("oh", "rivera", onward=["wa"], price=Price(500_000, 30), royalty_percent=10, credit=True)
    onward.state(
        home=world.home, number=text.number, member=world.member("wa"), cents=120_000,
        until=TODAY + timedelta(days=20), passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip
    return text


def state(world: World, text: Agreement, member: str, **changes: Any) -> Payment:
    given = {
        "home": world.home, "number": text.number, "member": world.member(member), "what": "price",
        "cents": 500_000, "on": TODAY, "passphrase": PASSPHRASE, "by": MACHINE,
    }  # fmt: skip
    return payments.state(**(given | changes))


def dues(world: World, of: str = "oh") -> dict[str, tuple[int, int, int, int]]:
    found = due_actions.dues(of=world.member(of), by=MACHINE)
    return {one.what: (one.owed, one.stated, one.received, one.open) for one in found}


def to_pay(world: World, text: Agreement) -> list[int]:
    grants = [(text, text.until, grant_of(text))]
    found = sharing.owed(home=world.home, of=world.member("rivera"), grants=grants, now=TODAY, by=MACHINE)
    return [one.cents for one in found if one.what == "pay"]


def test_only_the_owners_own_word_settles_what_is_due(world: World, text: Agreement) -> None:
    assert dues(world) == {"price": (500_000, 0, 0, 500_000), "royalty": (12_000, 0, 0, 12_000)}
    state(world, text, "rivera", cents=400_000)
    state(world, text, "wa", what="royalty", cents=12_000)
    assert dues(world) == {"price": (500_000, 400_000, 0, 500_000), "royalty": (12_000, 12_000, 0, 12_000)}
    assert to_pay(world, text) == [500_000]
    state(world, text, "oh", cents=400_000)
    assert dues(world)["price"] == (500_000, 400_000, 400_000, 100_000) and to_pay(world, text) == [100_000]
    state(world, text, "oh", cents=100_000)
    assert dues(world)["price"][3] == 0 and to_pay(world, text) == []
    assert dues(world, "rivera") == dues(world) and dues(world, "national") == {}
    leaves = [bytes(one.leaf) for log in ("oh", "rivera") for one in Journal.objects.filter(log=log)]
    assert sum(b'"payment.stated"' in leaf for leaf in leaves) == 8, "four statements in both logs"
    assert not any(b"4000.00" in leaf for leaf in leaves)


def test_who_states_and_what(world: World, text: Agreement) -> None:
    for member, changes in (("national", {}), ("rivera", {"number": 999})):
        with pytest.raises(Unknown):
            state(world, text, member, **changes)
    with pytest.raises(Unknown):
        state(world, text, "rivera", by=Actor.of(world.user("bob")))
    ahead = TODAY + timedelta(days=2)
    for changes in ({"on": ahead}, {"cents": 0}, {"what": "tip"}, {"passphrase": "wrong"}):
        with pytest.raises(Refusal):
            state(world, text, "rivera", **changes)
    assert not Payment.objects.exists()


def test_a_changed_byte_settles_nothing(world: World, text: Agreement) -> None:
    made = state(world, text, "oh", cents=100)
    Payment.objects.update(document=bytes(made.document).replace(b"1.00", b"5000.00"))
    assert dues(world)["price"] == (500_000, 0, 0, 500_000)


def test_a_wrong_statement_is_taken_back_by_whoever_signed_it(world: World, text: Agreement) -> None:
    made = state(world, text, "oh", cents=500_000)
    assert dues(world)["price"][3] == 0
    back = {"home": world.home, "statement": made.document_hash, "passphrase": PASSPHRASE, "by": MACHINE}
    with pytest.raises(Unknown):
        payments.take_back(member=world.member("rivera"), **back)
    payments.take_back(member=world.member("oh"), **back)
    assert dues(world)["price"] == (500_000, 0, 0, 500_000) and to_pay(world, text) == [500_000]
    with pytest.raises(Refusal, match="already"):
        payments.take_back(member=world.member("oh"), **back)
    told = due_actions.account(number=text.number, of=world.member("rivera"), by=MACHINE).stated
    assert [one.taken_back for one in told] == [True], "what was said stays to be read"


def test_who_is_licensed_on_reads_its_own_part_alone(world: World, text: Agreement) -> None:
    state(world, text, "rivera", cents=400_000)
    state(world, text, "wa", what="royalty", cents=5_000)
    found = due_actions.account(number=text.number, of=world.member("wa"), by=MACHINE)
    assert found.licence is not None and not found.dues
    assert (found.licence.owed, found.licence.stated, found.open) == (12_000, 5_000, {"royalty": 7_000})
    assert [one.said.cents for one in found.stated] == [5_000]
    assert [one.owed for one in due_actions.licensed(of=world.member("wa"), by=MACHINE)] == [12_000]
    assert due_actions.licensed(of=world.member("rivera"), by=MACHINE) == []


def test_both_sides_state_and_read_it_on_pages(
    world: World, text: Agreement, alice: Client, bob: Client, charlie: Client
) -> None:
    page = f"/give-and-get/payments/{text.number}"
    assert bob.get(page).status_code == 404
    said = {"what": "price", "amount": "$4,000.00", "on": f"{TODAY:%Y-%m-%d}", "passphrase": PASSPHRASE}
    assert 'value="5000.00"' in charlie.get(page).content.decode()
    assert charlie.post(f"{page}/state", said | {"passphrase": "wrong"}).status_code == 400
    assert charlie.post(f"{page}/state", said | {"on": ""}).status_code == 400
    assert charlie.post(f"{page}/state", said).status_code == 302
    for client in (alice, charlie):
        listed = client.get("/give-and-get/").content.decode()
        assert "What is due" in listed and "not confirmed" in listed and page in listed
    assert 'value="4000.00"' in alice.get(page).content.decode(), "what was stated is offered to be confirmed"
    assert alice.post(f"{page}/state", said).status_code == 302
    assert "4,000.00" in charlie.get(page).content.decode() and dues(world)["price"][2:] == (400_000, 100_000)
    back = {"statement": Payment.objects.get(member=world.member("oh")).document_hash}
    assert charlie.post("/give-and-get/payments/back", back | {"passphrase": PASSPHRASE}).status_code == 404
    assert alice.post("/give-and-get/payments/back", back | {"passphrase": PASSPHRASE}).status_code == 302
    assert "taken back" in charlie.get(page).content.decode() and dues(world)["price"][2] == 0
