"""What must not come in: each is refused with its reason, nothing is changed, the attempt is in the log."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World, agree, wishes

from commonroll.agreements import events as documents
from commonroll.agreements.universe import AllOf, OneOf
from commonroll.errors import Refusal
from commonroll.notes import canonical, generate
from commonroll.server import meaning
from commonroll.server.actions import (
    agreement_events,
    agreements,
    federation,
    negotiations,
    proposals,
    signing_keys,
)
from commonroll.server.actions.negotiations import Changes
from commonroll.server.models import (
    Addressee,
    Agreement,
    AgreementEvent,
    Journal,
    Member,
    MemberKey,
    Negotiation,
    NegotiationStep,
    Proposal,
    Signature,
)

pytestmark = pytest.mark.django_db

KEPT: tuple[type[Model], ...] = (
    Agreement, Signature, AgreementEvent, Negotiation, NegotiationStep, Proposal, Addressee, MemberKey,
)  # fmt: skip
Attempt = Callable[[], object]
Case = Callable[[World], Attempt]


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every row on agreements, whole."""
    return {kind.__name__: list(kind._default_manager.order_by("pk").values()) for kind in KEPT}


def a_draft(world: World, **changes: object) -> Agreement:
    return agreements.draft(
        owner=world.member("oh"), recipient=world.member("rivera"), wishes=wishes(**changes), by=MACHINE
    )


def signing(world: World, text: Agreement, member: str, passphrase: str = PASSPHRASE) -> Attempt:
    return lambda: agreements.sign(
        home=world.home, agreement=text, member=world.member(member), passphrase=passphrase, by=MACHINE
    )


def an_offer(world: World) -> Agreement:
    text: Agreement = signing(world, a_draft(world), "oh")()  # type: ignore[assignment]
    return text


def countering(world: World, text: Agreement, changes: Changes, member: str = "rivera") -> Attempt:
    terms = changes.of(negotiations.terms_in(text))
    return lambda: negotiations.counter(answered=text, member=world.member(member), terms=terms, by=MACHINE)


def left(world: World, member: str) -> None:
    Member.objects.filter(key=member).update(left_at=timezone.now())


# Terms


def drafting(**changes: object) -> Case:
    return lambda world: lambda: a_draft(world, **changes)


def stored(before: bytes, after: bytes) -> Case:
    """A text whose bytes somebody changed in the database, brought to be signed."""

    def case(world: World) -> Attempt:
        text = a_draft(world)
        data = bytes(text.document)
        assert before in data
        text.document = data.replace(before, after, 1)
        text.save(update_fields=["document"])
        return signing(world, text, "oh")

    return case


def reversed_in_the_answer(world: World) -> Attempt:
    text = an_offer(world)
    return countering(world, text, Changes(start=text.until, until=text.start))


def forbidden_in_washington(world: World) -> Attempt:
    """Fundraising from Washington's roll."""
    asked = wishes(purposes=["fundraising"], columns=["district"])
    return lambda: agreements.draft(
        owner=world.member("wa"), recipient=world.member("rivera"), wishes=asked, by=MACHINE
    )


def ten_thousand_clauses(world: World) -> Attempt:
    text = a_draft(world)
    document = json.loads(bytes(text.document))
    constraints = document["permission"][0]["constraint"]
    document["permission"][0]["constraint"] = constraints + [constraints[0]] * 10_000
    text.document = canonical(document)
    text.save(update_fields=["document"])
    return signing(world, text, "oh")


MANY = AllOf(tuple(OneOf("voters.county_fips", (f"{number:05}",)) for number in range(10_000)))


# Who left


def draft_with_one_that_left(world: World) -> Attempt:
    left(world, "rivera")
    return lambda: a_draft(world)


def offer_to_one_that_left(world: World) -> Attempt:
    text = a_draft(world)
    left(world, "rivera")
    return lambda: negotiations.offer(text=text, member=world.member("oh"), by=MACHINE)


def answer_to_one_that_left(world: World) -> Attempt:
    text = negotiations.offer(text=a_draft(world), member=world.member("rivera"), by=MACHINE)
    left(world, "rivera")
    return countering(world, Agreement.objects.get(pk=text.pk), Changes(notice_days=30), "oh")


def signature_for_one_that_left(world: World) -> Attempt:
    text = a_draft(world)
    left(world, "rivera")
    return signing(world, Agreement.objects.get(pk=text.pk), "oh")


def amendment_with_one_that_left(world: World) -> Attempt:
    text = agree("oh", "rivera")
    left(world, "rivera")
    terms = negotiations.terms_in(text)
    return lambda: negotiations.amend(agreement=text, terms=terms, by=MACHINE)


def proposal_for_one_that_left(world: World) -> Attempt:
    left(world, "national")
    return lambda: proposed(world)


# Signatures and keys


def line_by_another_key(world: World) -> Attempt:
    text = a_draft(world)
    line = generate(federation.federation().key_name("oh")).line(agreements.text_to_sign(text))
    return lambda: agreements.add_line(agreement=text, member=world.member("oh"), line=line, by=MACHINE)


def line_by_the_other_party(world: World) -> Attempt:
    text = a_draft(world)
    line = agreements.unlock(world.home, world.member("rivera"), PASSPHRASE).line(
        agreements.text_to_sign(text)
    )
    return lambda: agreements.add_line(agreement=text, member=world.member("oh"), line=line, by=MACHINE)


def line_by_the_former_key(world: World) -> Attempt:
    old = agreements.unlock(world.home, world.member("oh"), PASSPHRASE)
    signing_keys.rotate(home=world.home, member=world.member("oh"), passphrase=PASSPHRASE, by=MACHINE)
    text = a_draft(world)
    line = old.line(agreements.text_to_sign(text))
    return lambda: agreements.add_line(agreement=text, member=world.member("oh"), line=line, by=MACHINE)


def the_same_signature_twice(world: World) -> Attempt:
    text = an_offer(world)
    line = text.signatures.get().line
    return lambda: agreements.add_line(agreement=text, member=world.member("oh"), line=line, by=MACHINE)


def line_of_another_text(world: World) -> Attempt:
    line = an_offer(world).signatures.get().line
    text = a_draft(world)
    return lambda: agreements.add_line(agreement=text, member=world.member("oh"), line=line, by=MACHINE)


def a_wrong_passphrase(world: World) -> Attempt:
    return signing(world, a_draft(world), "oh", "not this one")


def an_end_with_a_wrong_passphrase(world: World) -> Attempt:
    text = agree("oh", "rivera")
    return lambda: agreement_events.revoke(
        home=world.home, agreement=text, member=world.member("oh"), cause="breach", passphrase="no",
        by=MACHINE,
    )  # fmt: skip


def a_rotation_with_a_wrong_passphrase(world: World) -> Attempt:
    return lambda: signing_keys.rotate(
        home=world.home, member=world.member("oh"), passphrase="no", by=MACHINE
    )


def signing_again_with_a_wrong_passphrase(world: World) -> Attempt:
    ohio = world.member("oh")
    agree("oh", "rivera")
    former = federation.current_vkey(ohio)
    signing_keys.rotate(home=world.home, member=ohio, passphrase=PASSPHRASE, by=MACHINE)
    signing_keys.withdraw(member=ohio, vkey=former, by=MACHINE)
    return lambda: signing_keys.sign_again(home=world.home, member=ohio, passphrase="no", by=MACHINE)


# Messages out of order


def suspended(world: World, text: Agreement) -> AgreementEvent:
    return agreement_events.suspend(
        home=world.home, agreement=text, member=world.member("oh"), cause="law", passphrase=PASSPHRASE,
        by=MACHINE,
    )  # fmt: skip


def a_replayed_suspension(world: World) -> Attempt:
    text = agree("oh", "rivera")
    made = suspended(world, text)
    agreement_events.resume(
        home=world.home, agreement=text, member=world.member("oh"), passphrase=PASSPHRASE, by=MACHINE
    )
    data = bytes(made.document)
    return lambda: agreement_events.enter(agreement=text, document=data, note=made.note, by=MACHINE)


def a_resumption_before_its_suspension(world: World) -> Attempt:
    text = agree("oh", "rivera")
    signer = agreements.unlock(world.home, world.member("oh"), PASSPHRASE)
    document = meaning.document_of(text)
    now = timezone.now().replace(microsecond=0)
    held = documents.parse_event(documents.suspension(document, by="oh", cause="law", issued=now), document)
    event = documents.resumption(document, by="oh", issued=now, events=[held])
    note = documents.sign_event(event, signer)
    return lambda: agreement_events.enter(agreement=text, document=canonical(event), note=note, by=MACHINE)


def an_answer_to_a_closed_negotiation(world: World) -> Attempt:
    return countering(world, agree("oh", "rivera"), Changes(purposes=["persuasion"]))


def an_answer_to_what_was_taken_back(world: World) -> Attempt:
    text = agreements.withdraw(agreement=an_offer(world), by=MACHINE)
    return countering(world, text, Changes(notice_days=30))


# Proposals


def proposed(world: World, **changes: object) -> Proposal:
    asked = {"purposes": ["persuasion"], "modes": ["count"], "columns": ["district"]}
    return proposals.propose(
        author=world.member("oh"), recipient=world.member("national"), owners=[world.member("oh")],
        wishes=wishes(**(asked | changes)), deadline=timezone.now() + timedelta(days=9), by=MACHINE,
    )  # fmt: skip


def an_adoption_with_a_wrong_passphrase(world: World) -> Attempt:
    one = proposed(world).addressees.get()
    return lambda: proposals.adopt(home=world.home, addressee=one, passphrase="no", by=MACHINE)


def an_answer_after_the_deadline(world: World) -> Attempt:
    put = proposed(world)
    Proposal.objects.filter(pk=put.pk).update(deadline=timezone.now())
    one = put.addressees.select_related("proposal").get()
    one.proposal.refresh_from_db()
    return lambda: proposals.decline(addressee=one, by=MACHINE)


def a_proposal_of_nothing(world: World) -> Attempt:
    return lambda: proposed(world, purposes=[])


NOW = timezone.now().replace(microsecond=0)
BAD: list[tuple[Case, str, str]] = [
    (stored(b'"action":"use"', b'"action":"frobnicate"'), "terms", "action"),
    (stored(b'"rightOperand":"100000"', b'"rightOperand":100000'), "signature", "number"),
    (drafting(modes=["frobnicate"]), "terms", "mode"),
    (drafting(start=NOW, until=NOW - timedelta(days=1)), "terms", "ends before it begins"),
    (reversed_in_the_answer, "terms", "ends before it begins"),
    (drafting(purposes=[]), "terms", "No purpose is named"),
    (a_proposal_of_nothing, "terms", "No purpose is named"),
    (drafting(columns=["district", "provenance"]), "terms", "No agreement grants"),
    (drafting(columns=[]), "terms", "No column is named"),
    (drafting(columns=["voters.confidential"]), "closed", "column"),
    (forbidden_in_washington, "law-forbids", "RCW"),
    (drafting(universe=OneOf("voters.last_name", ("SMITH",))), "terms", "universe"),
    (drafting(universe=OneOf("voters.confidential", ("true",))), "terms", "universe"),
    (ten_thousand_clauses, "terms", "100"),
    (drafting(universe=MANY), "terms", "universe"),
    (draft_with_one_that_left, "closed", "left"),
    (offer_to_one_that_left, "closed", "left"),
    (answer_to_one_that_left, "closed", "left"),
    (signature_for_one_that_left, "closed", "left"),
    (amendment_with_one_that_left, "closed", "left"),
    (proposal_for_one_that_left, "closed", "left"),
    (line_by_another_key, "signature", "does not fit"),
    (line_by_the_other_party, "signature", "does not fit"),
    (line_by_the_former_key, "signature", "does not fit"),
    (line_of_another_text, "signature", "does not fit"),
    (the_same_signature_twice, "closed", "signed"),
    (a_wrong_passphrase, "signature", "passphrase"),
    (an_end_with_a_wrong_passphrase, "signature", "passphrase"),
    (a_rotation_with_a_wrong_passphrase, "signature", "passphrase"),
    (signing_again_with_a_wrong_passphrase, "signature", "passphrase"),
    (an_adoption_with_a_wrong_passphrase, "signature", "passphrase"),
    (a_replayed_suspension, "order", ""),
    (a_resumption_before_its_suspension, "order", ""),
    (an_answer_to_a_closed_negotiation, "closed", "no terms are put"),
    (an_answer_to_what_was_taken_back, "closed", "no terms are put"),
    (an_answer_after_the_deadline, "closed", "deadline"),
]


@pytest.mark.parametrize(("case", "reason", "says"), BAD)
def test_refused_with_the_reason_unchanged_and_in_the_log(
    world: World, case: Case, reason: str, says: str
) -> None:
    attempt = case(world)
    before, logged = rows(), Journal.objects.order_by("pk").last()
    with pytest.raises(Refusal) as refusal:
        attempt()
    assert says in str(refusal.value)
    assert rows() == before
    since = Journal.objects.filter(pk__gt=logged.pk if logged else 0)
    assert [(row.log, row.type) for row in since] == [(since[0].owner, "denied")]
    assert json.loads(bytes(since[0].leaf))["reason"] == reason
