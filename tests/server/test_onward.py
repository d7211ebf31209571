"""Prices, royalties and onward licences: what counts, what is owed to the cent, and who may state it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from world import MACHINE, PASSPHRASE, World, agree

from commonroll.agreements.onward import money, share
from commonroll.agreements.profile import Price
from commonroll.errors import Refusal
from commonroll.server.actions import onward
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import Agreement, Journal, MemberKey, OnwardStatement

pytestmark = pytest.mark.django_db

SOON = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=20)


@pytest.mark.parametrize(
    ("paid", "percent", "owed"),
    [
        ("1200.00", 10, "120.00"),
        ("0.05", 10, "0.01"),
        ("0.04", 10, "0.00"),
        ("0.10", 15, "0.02"),
        ("999999999.99", 100, "999999999.99"),
        ("10.00", 0, "0.00"),
    ],
)
def test_the_written_rule(paid: str, percent: int, owed: str) -> None:
    assert money(share(int(paid.replace(".", "")), percent)) == owed


@pytest.fixture
def text(world: World) -> Agreement:
    """Ohio licenses Rivera for money, which may license on to Washington for a tenth."""
    return agree("oh", "rivera", onward=["wa"], price=Price(500_000, 30), royalty_percent=10, credit=True)


def state(world: World, text: Agreement, **changes: Any) -> OnwardStatement:
    given = {
        "home": world.home, "number": text.number, "member": world.member("wa"), "cents": 120_005,
        "until": SOON, "passphrase": PASSPHRASE, "by": MACHINE,
    }  # fmt: skip
    return onward.state(**(given | changes))


def lines(world: World, of: str) -> list[dict[str, str]]:
    entries = onward.account(of=world.member(of), by=MACHINE)
    return list(csv.DictReader(io.StringIO(onward.statement_of_account(entries))))


def test_a_licence_counts_once_it_is_signed(world: World, text: Agreement) -> None:
    price, licence = lines(world, "oh")
    assert (price["kind"], price["owed USD"], price["counts"]) == ("price", "5000.00", "yes")
    assert (licence["taken by"], licence["owed USD"], licence["counts"]) == ("Washington", "0.00", "no")
    state(world, text)
    _, licence = lines(world, "oh")
    assert licence["paid USD"] == "1200.05" and licence["percent"] == "10"
    assert licence["owed USD"] == "120.01" and licence["counts"] == "yes" and licence["credit"]
    assert lines(world, "rivera") == lines(world, "oh") and not lines(world, "national")
    assert Journal.objects.filter(log="oh", type="operator").count() >= 1


def test_who_may_state_and_until_when(world: World, text: Agreement) -> None:
    other = agree("oh", "wa", purposes=["research"])
    for changes in ({"member": world.member("national")}, {"number": 999}, {"number": other.number}):
        with pytest.raises(Unknown):
            state(world, text, **changes)
    with pytest.raises(Unknown):
        state(world, text, by=Actor.of(world.user("alice")))
    with pytest.raises(Refusal, match="outlives"):
        state(world, text, until=text.until + timedelta(days=1))
    with pytest.raises(Refusal):
        state(world, text, passphrase="wrong")
    assert not OnwardStatement.objects.exists()


def test_a_changed_byte_or_a_withdrawn_key_does_not_count(world: World, text: Agreement) -> None:
    made = state(world, text)
    OnwardStatement.objects.update(document=bytes(made.document).replace(b"1200.05", b"1.00"))
    assert lines(world, "oh")[1]["counts"] == "no"
    OnwardStatement.objects.update(document=bytes(made.document))
    assert lines(world, "oh")[1]["counts"] == "yes"
    MemberKey.objects.filter(member__key="wa").update(withdrawn_at=datetime.now(UTC))
    assert lines(world, "oh")[1]["counts"] == "no"


def test_the_page_and_the_file(world: World, text: Agreement, alice: Client, bob: Client) -> None:
    state(world, text)
    shown = alice.get("/give-and-get/").content.decode()
    assert "120.01" in shown and "5000.00" in shown and "rounded half up" in shown
    file = alice.get("/give-and-get/account.csv")
    assert file["Content-Type"].startswith("text/csv") and b"120.01" in file.content
    assert b"120.01" not in bob.get("/give-and-get/account.csv").content
