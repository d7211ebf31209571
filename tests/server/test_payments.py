"""Payments: a payer states that it paid, the owner what it received; both read the same of what is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from world import MACHINE, PASSPHRASE, World, agree

from commonroll.agreements.profile import Price
from commonroll.errors import Refusal
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
    found = payments.dues(of=world.member(of), by=MACHINE)
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


def test_both_sides_read_it_on_the_page(
    world: World, text: Agreement, alice: Client, charlie: Client
) -> None:
    state(world, text, "rivera")
    for client in (alice, charlie):
        page = client.get("/give-and-get/").content.decode()
        assert "What is due" in page and "not confirmed" in page and "5000.00" in page
