"""Exports that wait for an owner's word: nothing leaves before it, and what was said stays said."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from world import MACHINE, World, agree

from commonroll.errors import Refusal
from commonroll.server.actions import approvals, questions
from commonroll.server.actor import Actor, Unknown
from commonroll.server.meaning import sentences
from commonroll.server.models import Extract, Journal
from commonroll.server.receipts import WordWanted
from commonroll.transparency import leaves

pytestmark = pytest.mark.django_db


def asked(world: World) -> Extract:
    with pytest.raises(WordWanted, match="waits for the word of Ohio"):
        questions.export(
            home=world.home, viewer=world.member("rivera"), purpose="gotv", where="", format="csv",
            columns=("last_name",), by=MACHINE,
        )  # fmt: skip
    return Extract.objects.get()


def say(world: World, extract: Extract, **changes: Any) -> Extract:
    given = {"pk": str(extract.pk), "owner": world.member("oh"), "yes": True, "by": MACHINE}
    return approvals.say(**(given | changes))


def test_nothing_leaves_before_the_owner_has_said_yes(world: World) -> None:
    agree("oh", "rivera", approval=True)
    extract = asked(world)

    assert extract.state == Extract.State.HELD and not list(world.home.extracts.iterdir())
    assert not Journal.objects.filter(type="export.intent").exists()
    (waits,) = approvals.waiting(owner=world.member("oh"), by=MACHINE)
    assert waits == extract and waits.rows_by_owner["oh"] > 0
    with pytest.raises(Refusal, match="waits for a decision"):
        approvals.finish(home=world.home, extract=extract, by=MACHINE)

    said = say(world, extract)
    approvals.finish(home=world.home, extract=said, by=MACHINE)
    assert said.state == Extract.State.DONE
    assert said.rows_by_owner["oh"] == waits.rows_by_owner["oh"]
    assert not approvals.waiting(owner=world.member("oh"), by=MACHINE)


def test_a_word_is_for_one_export(world: World) -> None:
    agree("oh", "rivera", approval=True)
    first = say(world, asked(world))
    approvals.finish(home=world.home, extract=first, by=MACHINE)
    with pytest.raises(WordWanted):
        questions.export(
            home=world.home, viewer=world.member("rivera"), purpose="gotv", where="", format="csv",
            columns=("last_name",), by=MACHINE,
        )  # fmt: skip


def test_a_no_ends_it_and_nobody_else_answers(world: World) -> None:
    agree("oh", "rivera", approval=True)
    extract = asked(world)
    with pytest.raises(Unknown):
        say(world, extract, owner=world.member("wa"))
    with pytest.raises(Refusal):
        say(world, extract, by=Actor.of(world.user("violet")))
    with pytest.raises(Refusal, match="a no needs a reason"):
        say(world, extract, yes=False)
    ended = say(world, extract, yes=False, reason="not before the primary")
    assert ended.message == "Ohio said no: not before the primary"
    assert ended.state == Extract.State.REFUSED
    with pytest.raises(Unknown):
        say(world, extract)
    with pytest.raises(Refusal):
        approvals.finish(home=world.home, extract=ended, by=MACHINE)
    said = [leaves.check_leaf(bytes(row.leaf)) for row in Journal.objects.filter(log="oh", type="operator")]
    assert said[-1]["action"] == "export.declined"


def test_both_sides_pages(world: World, alice: Client, charlie: Client, bob: Client) -> None:
    agree("oh", "rivera", approval=True)
    extract = asked(world)
    (row,) = approvals.asked(owner=world.member("oh"), by=MACHINE)
    assert row.clause and "Each export waits" in sentences(row.agreement)[row.clause - 1]

    shown = alice.get("/extracts/waiting").content.decode()
    assert "Rivera" in shown and f"Clause {row.clause} of agreement" in shown and f"{row.rows:,}" in shown
    assert "Rivera" not in bob.get("/extracts/waiting").content.decode()
    assert "Ohio: has not answered yet" in charlie.get(f"/extracts/{extract.pk}").content.decode()
    assert charlie.post(f"/extracts/{extract.pk}/finish").status_code == 400
    assert bob.post(f"/extracts/{extract.pk}/finish").status_code == 404
    assert charlie.post(f"/extracts/{extract.pk}/word", {"word": "yes"}).status_code == 404

    assert alice.post(f"/extracts/{extract.pk}/word", {"word": "no"}).status_code == 400
    assert alice.post(f"/extracts/{extract.pk}/word", {"word": "yes"}).status_code == 302
    assert "Every owner has said yes" in charlie.get(f"/extracts/{extract.pk}").content.decode()
    assert charlie.post(f"/extracts/{extract.pk}/finish").status_code == 302
    assert charlie.post(f"/extracts/{extract.pk}/finish").status_code == 400, "once"


def test_an_owner_reads_on_every_page_that_an_export_waits(world: World, alice: Client, bob: Client) -> None:
    agree("oh", "rivera", approval=True)
    assert "wait for your word" not in alice.get("/").content.decode()
    extract = asked(world)
    first, other = alice.get("/").content.decode(), alice.get("/log/").content.decode()
    assert "1 export waits for your word" in first and 'href="/extracts/waiting"' in first
    assert "1 waits for your word" in other
    assert "for your word" not in bob.get("/").content.decode()
    say(world, extract)
    assert "for your word" not in alice.get("/").content.decode()
