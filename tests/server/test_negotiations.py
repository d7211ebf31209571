"""Two members come to terms: offers answered with other terms, out of turn, at the same moment."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from world import MACHINE, PASSPHRASE, World, agree, wishes

from commonroll.agreements.negotiation import OutOfTurn
from commonroll.errors import Refusal
from commonroll.server import meaning
from commonroll.server.actions import agreements, negotiations
from commonroll.server.actions.attempts import Foreign
from commonroll.server.actions.negotiations import Changes
from commonroll.server.models import Agreement, Journal

pytestmark = pytest.mark.django_db


def a_draft(world: World, **changes: object) -> Agreement:
    return agreements.draft(
        owner=world.member("oh"), recipient=world.member("rivera"), wishes=wishes(**changes), by=MACHINE
    )


def signed(world: World, text: Agreement, member: str) -> Agreement:
    return agreements.sign(
        home=world.home, agreement=text, member=world.member(member), passphrase=PASSPHRASE, by=MACHINE
    )


def countered(world: World, text: Agreement, member: str, changes: Changes) -> Agreement:
    return negotiations.counter(
        answered=text, member=world.member(member), terms=changes.of(negotiations.terms_in(text)), by=MACHINE
    )


def stands(text: Agreement) -> str:
    text.refresh_from_db()
    assert text.negotiation is not None
    text.negotiation.refresh_from_db()
    return text.negotiation.state


def logged(urn: str) -> list[str]:
    rows = Journal.objects.filter(agreement=urn, type="agreement.step").order_by("pk")
    return [json.loads(bytes(row.leaf))["step"] for row in rows]


def test_offered_by_the_owner_and_signed_by_both(world: World) -> None:
    text = signed(world, a_draft(world), "oh")
    assert stands(text) == "OFFERED"
    signed(world, text, "rivera")
    assert stands(text) == "FINALIZED"
    assert logged(text.urn) == ["DRAFTED", "OFFERED", "ACCEPTED", "AGREED", "VERIFIED"]
    assert Journal.objects.filter(agreement=text.urn, type="agreement.finalized").count() == 1


def test_asked_for_by_the_recipient_unsigned(world: World) -> None:
    text = negotiations.offer(text=a_draft(world), member=world.member("rivera"), by=MACHINE)
    assert stands(text) == "REQUESTED"
    assert stands(signed(world, text, "oh")) == "AGREED"
    assert stands(signed(world, text, "rivera")) == "FINALIZED"


def test_answered_with_other_terms_twice(world: World) -> None:
    first = signed(world, a_draft(world), "oh")
    second = countered(world, first, "rivera", Changes(purposes=["gotv", "persuasion"]))
    assert (stands(second), first.negotiation_id) == ("REQUESTED", second.negotiation_id)
    first.refresh_from_db()
    assert first.state == Agreement.State.ANSWERED
    assert first.signatures.count() == 1
    third = countered(world, second, "oh", Changes(until=second.until - timedelta(days=5)))
    assert stands(third) == "OFFERED"
    with pytest.raises(OutOfTurn):
        signed(world, first, "rivera")
    signed(world, signed(world, third, "rivera"), "oh")
    assert stands(third) == "FINALIZED"
    assert [step.what for step in meaning.timeline(third)][1].startswith("Ohio: offered these terms")


def test_one_does_not_answer_oneself(world: World) -> None:
    text = signed(world, a_draft(world), "oh")
    with pytest.raises(OutOfTurn, match="other side"):
        countered(world, text, "oh", Changes(purposes=["research"]))
    assert stands(text) == "OFFERED"
    denied = Journal.objects.filter(log="oh", type="denied", agreement=text.urn).get()
    assert json.loads(bytes(denied.leaf))["reason"] == "closed"


def test_a_closed_negotiation_takes_no_counter_offer(world: World) -> None:
    binding = agree("oh", "rivera")
    gone = agreements.withdraw(agreement=signed(world, a_draft(world, purposes=["research"],
        columns=["district"]), "oh"), by=MACHINE)  # fmt: skip
    assert stands(gone) == "TERMINATED"
    for text in (binding, gone):
        with pytest.raises(OutOfTurn):
            countered(world, text, "rivera", Changes(purposes=["persuasion"]))
        assert text.negotiation is not None and text.negotiation.texts.count() == 1


def test_no_third_member_answers(world: World) -> None:
    text = signed(world, a_draft(world), "oh")
    with pytest.raises(Foreign):
        countered(world, text, "national", Changes(purposes=["persuasion"]))
    assert stands(text) == "OFFERED"


def test_terms_that_do_not_compile_are_no_answer(world: World) -> None:
    text = signed(world, a_draft(world), "oh")
    with pytest.raises(Refusal):
        countered(world, text, "rivera", Changes(start=text.until, until=text.start))
    text.refresh_from_db()
    assert (stands(text), text.state) == ("OFFERED", Agreement.State.OFFERED)
    denied = Journal.objects.filter(log="oh", type="denied", agreement=text.urn).get()
    assert json.loads(bytes(denied.leaf))["reason"] == "terms"


def test_the_second_of_two_overlapping_offers_is_refused(world: World) -> None:
    one, two = (signed(world, a_draft(world), "oh") for _ in range(2))
    signed(world, one, "rivera")
    with pytest.raises(Refusal, match="covers"):
        signed(world, two, "rivera")
    assert stands(two) == "OFFERED"
    assert two.signatures.count() == 1


def test_the_page_answers_and_shows_what_changed(world: World, alice: Client, charlie: Client) -> None:
    text = signed(world, a_draft(world), "oh")
    page = charlie.get(f"/agreements/draft?answers={text.number}").content.decode()
    assert f'name="answers" value="{text.number}"' in page
    form = {
        "owner": "oh", "recipient": "rivera", "answers": text.number, "purposes": ["gotv", "persuasion"],
        "modes": ["count"], "columns": ["voters.party"], "start": f"{text.start:%Y-%m-%d}",
        "until": f"{text.until:%Y-%m-%d}", "rows_per_export": "10", "exports_per_day": "1", "contacts": "3",
        "contact_days": "30", "return_within_days": "7", "delete_within_days": "7",
        "breach_within_hours": "48", "notice_days": "14",
    }  # fmt: skip
    made = charlie.post("/agreements/draft/make", form)
    shown = alice.get(made["Location"]).content.decode()
    assert "Added: purpose" in shown
    assert f"agreement {text.number}" in shown
    assert "Answer with other terms" in shown
    of_others = agree("wa", "national", purposes=["research"], columns=["district"])
    assert charlie.get(f"/agreements/draft?answers={of_others.number}").status_code == 404


def test_a_suspension_from_the_page(world: World, alice: Client, charlie: Client) -> None:
    text = agree("oh", "rivera")
    address = f"/agreements/{text.number}/suspend"
    assert charlie.post(address, {"cause": "law", "passphrase": PASSPHRASE}).status_code == 400
    assert alice.post(address, {"cause": "law", "passphrase": "wrong"}).status_code == 400
    alice.post(address, {"cause": "law", "passphrase": PASSPHRASE})
    assert "suspended" in alice.get(f"/agreements/{text.number}").content.decode()
    alice.post(address, {"resume": "1", "passphrase": PASSPHRASE})
    assert "in force" in alice.get(f"/agreements/{text.number}").content.decode()


def test_numbers_are_given_out_once(world: World) -> None:
    with transaction.atomic():
        numbers = [a_draft(world).number for _ in range(3)]
    assert numbers == sorted(set(numbers))
