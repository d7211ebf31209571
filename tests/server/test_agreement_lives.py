"""Suspended, resumed, amended, run out: seen by the next read, in the owner's log; wrong ones refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World, agree, wishes

from commonroll.agreements import events as documents
from commonroll.errors import Refusal
from commonroll.notes import Signer, canonical, generate
from commonroll.server import meaning
from commonroll.server.actions import agreement_events, agreements, federation, negotiations
from commonroll.server.actions.wishes import terms_of
from commonroll.server.actor import Unknown
from commonroll.server.models import Agreement, AgreementEvent, Journal, LogHead
from commonroll.server.permits import grants_in_force

pytestmark = pytest.mark.django_db


def in_force(world: World, at: datetime | None = None) -> set[int | None]:
    """Numbers of the agreements by which the campaign reads Ohio."""
    found = grants_in_force(world.member("rivera"), "gotv", at or timezone.now())
    return {grant.number for grant in found.values()}


def suspend(world: World, text: Agreement, cause: str = "breach", member: str = "oh") -> AgreementEvent:
    return agreement_events.suspend(
        home=world.home, agreement=text, member=world.member(member), cause=cause, passphrase=PASSPHRASE,
        by=MACHINE,
    )  # fmt: skip


def resume(world: World, text: Agreement) -> AgreementEvent:
    return agreement_events.resume(
        home=world.home, agreement=text, member=world.member("oh"), passphrase=PASSPHRASE, by=MACHINE
    )


def key_of(world: World, member: str) -> Signer:
    return agreements.unlock(world.home, world.member(member), PASSPHRASE)


def entered(world: World, text: Agreement, event: dict[str, Any], *signers: Signer) -> AgreementEvent:
    return agreement_events.enter(
        agreement=text, document=canonical(event), note=documents.sign_event(event, *signers), by=MACHINE
    )


def refusals(log: str = "oh") -> list[str]:
    leaves = Journal.objects.filter(log=log, type="denied").values_list("leaf", flat=True)
    return [json.loads(bytes(leaf))["reason"] for leaf in leaves]


def test_suspended_gives_nothing_at_once_and_resumed_gives_again(world: World) -> None:
    text = agree("oh", "rivera")
    suspend(world, text)
    assert in_force(world) == set()
    resume(world, text)
    assert in_force(world) == {text.number}
    told = [json.loads(bytes(r.leaf))["event"] for r in Journal.objects.filter(type="agreement.event")]
    assert told[-2:] == ["Suspended", "Resumed"]
    words = [step.what for step in meaning.timeline(text)]
    assert "suspended by command line (breach)" in words
    assert "resumed by command line" in words


def test_a_suspended_agreement_can_be_revoked_and_then_not_resumed(world: World) -> None:
    text = agree("oh", "rivera")
    suspend(world, text)
    agreement_events.revoke(
        home=world.home, agreement=text, member=world.member("oh"), cause="breach", passphrase=PASSPHRASE,
        by=MACHINE,
    )  # fmt: skip
    with pytest.raises(Refusal):
        resume(world, text)
    assert in_force(world) == set()


def test_the_recipient_cannot_suspend(world: World) -> None:
    text = agree("oh", "rivera")
    with pytest.raises(Refusal, match="owner alone"):
        suspend(world, text, member="rivera")
    assert in_force(world) == {text.number}
    assert refusals()[-1] == "terms"


def test_a_clock_set_back_does_not_lift_a_suspension_or_an_end(world: World) -> None:
    text = agree("oh", "rivera", start=timezone.now().replace(microsecond=0) - timedelta(days=9))
    before = timezone.now() - timedelta(days=2)
    suspend(world, text)
    assert in_force(world, before) == set()
    resume(world, text)
    assert in_force(world, before) == {text.number}
    LogHead.objects.filter(log="oh").update(last_at=text.until)
    assert in_force(world) == set()


def replayed(world: World, text: Agreement) -> None:
    made = suspend(world, text)
    resume(world, text)
    agreement_events.enter(agreement=text, document=bytes(made.document), note=made.note, by=MACHINE)


def too_early(world: World, text: Agreement) -> None:
    """The resumption of a suspension that has not been entered."""
    held = agreement_events.suspension(agreement=text, member=world.member("oh"), cause="law")
    read = documents.parse_event(held, meaning.document_of(text))
    event = documents.resumption(meaning.document_of(text), by="oh", issued=read.issued, events=[read])
    entered(world, text, event, key_of(world, "oh"))


def by_the_other(world: World, text: Agreement) -> None:
    event = agreement_events.suspension(agreement=text, member=world.member("oh"), cause="law")
    entered(world, text, event, key_of(world, "rivera"))


def by_an_unknown_key(world: World, text: Agreement) -> None:
    event = agreement_events.suspension(agreement=text, member=world.member("oh"), cause="law")
    entered(world, text, event, generate(federation.federation().key_name("oh")))


def of_another_agreement(world: World, text: Agreement) -> None:
    other = agree("oh", "rivera", purposes=["persuasion"])
    event = agreement_events.suspension(agreement=other, member=world.member("oh"), cause="law")
    entered(world, text, event, key_of(world, "oh"))


def from_the_future(world: World, text: Agreement) -> None:
    event = documents.suspension(
        meaning.document_of(text), by="oh", cause="law",
        issued=timezone.now().replace(microsecond=0) + timedelta(hours=1),
    )  # fmt: skip
    entered(world, text, event, key_of(world, "oh"))


def an_amendment_alone(world: World, text: Agreement) -> None:
    now = timezone.now().replace(microsecond=0)
    other = agree("oh", "rivera", purposes=["persuasion"])
    event = documents.amendment(
        meaning.document_of(text), meaning.document_of(other), issued=now, effective=now
    )
    entered(world, text, event, key_of(world, "oh"), key_of(world, "rivera"))


def an_expiry_by_a_party(world: World, text: Agreement) -> None:
    event = documents.expiry(meaning.document_of(text), until=text.until)
    entered(world, text, event, key_of(world, "oh"))


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (replayed, "order"),
        (too_early, "order"),
        (by_the_other, "signature"),
        (by_an_unknown_key, "signature"),
        (of_another_agreement, "terms"),
        (from_the_future, "order"),
        (an_amendment_alone, "terms"),
        (an_expiry_by_a_party, "signature"),
    ],
)
def test_a_wrong_message_changes_nothing_and_stays_in_the_log(
    world: World, message: Callable[[World, Agreement], None], reason: str
) -> None:
    text = agree("oh", "rivera")
    before = in_force(world)
    with pytest.raises(Refusal):
        message(world, text)
    assert in_force(world) == before == {text.number}
    assert refusals()[-1] == reason


def test_an_event_changed_in_the_database_ends_what_it_is_about(world: World) -> None:
    text = agree("oh", "rivera")
    made = suspend(world, text)
    resume(world, text)
    AgreementEvent.objects.filter(pk=made.pk).update(
        document=bytes(made.document).replace(b"breach", b"safety")
    )
    assert in_force(world) == set()


# Amended


def amended(world: World, text: Agreement, **changes: object) -> Agreement:
    terms = negotiations.terms_in(text)
    new = negotiations.amend(
        agreement=text,
        terms=replace(terms, **changes),
        by=MACHINE,  # type: ignore[arg-type]
    )
    for member in ("oh", "rivera"):
        new = agreements.sign(
            home=world.home, agreement=new, member=world.member(member), passphrase=PASSPHRASE, by=MACHINE
        )
    return new


def test_an_amendment_ends_the_old_and_begins_the_new_in_one_step(world: World) -> None:
    text = agree("oh", "rivera")
    new = amended(world, text, purposes=("gotv", "persuasion"))
    assert in_force(world) == {new.number}
    text.refresh_from_db()
    assert text.state == Agreement.State.ENDED
    assert f"replaced by agreement {new.number}" in [step.what for step in meaning.timeline(text)]


def test_an_amendment_for_later_leaves_the_old_in_force_until_then(world: World) -> None:
    text = agree("oh", "rivera")
    begins = text.start + timedelta(days=30)
    new = amended(world, text, start=begins)
    assert in_force(world) == {text.number}
    assert in_force(world, begins) == {new.number}


def test_until_both_have_signed_the_old_terms_hold(world: World) -> None:
    text = agree("oh", "rivera")
    terms = replace(negotiations.terms_in(text), purposes=("gotv", "persuasion"))
    new = negotiations.amend(agreement=text, terms=terms, by=MACHINE)
    agreements.sign(
        home=world.home, agreement=new, member=world.member("rivera"), passphrase=PASSPHRASE, by=MACHINE
    )
    assert in_force(world) == {text.number}


def test_what_was_revoked_meanwhile_is_not_amended(world: World) -> None:
    text = agree("oh", "rivera")
    new = negotiations.amend(agreement=text, terms=negotiations.terms_in(text), by=MACHINE)
    agreements.sign(
        home=world.home, agreement=new, member=world.member("rivera"), passphrase=PASSPHRASE, by=MACHINE
    )
    agreement_events.revoke(
        home=world.home, agreement=text, member=world.member("oh"), cause="breach", passphrase=PASSPHRASE,
        by=MACHINE,
    )  # fmt: skip
    with pytest.raises(Refusal, match="not in force any more"):
        agreements.sign(
            home=world.home, agreement=new, member=world.member("oh"), passphrase=PASSPHRASE, by=MACHINE
        )
    assert in_force(world) == set()
    assert not Agreement.objects.get(pk=new.pk).signatures.filter(member__key="oh").exists()


# Run out


def test_what_has_run_out_is_recorded_once_by_the_node(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now().replace(microsecond=0)
    text = agree("oh", "rivera", start=now - timedelta(days=3), until=now + timedelta(days=1))
    assert agreement_events.record_expired(world.home) == 0
    monkeypatch.setattr(timezone, "now", lambda: text.until)
    assert agreement_events.record_expired(world.home) == 1
    assert agreement_events.record_expired(world.home) == 0
    text.refresh_from_db()
    assert text.state == Agreement.State.ENDED
    assert [event.kind for event in meaning.events_of(text)] == ["Expired"]


# The blackout before election day


def test_no_cut_without_cause_inside_a_signed_blackout(world: World) -> None:
    now = timezone.now().replace(microsecond=0)
    window = (wishes().start, now + timedelta(days=20))
    asked = wishes(modes=["count", "view"], blackout=window)
    drafted = terms_of(owner=world.member("oh"), recipient=world.member("rivera"), wishes=asked)
    with transaction.atomic():
        text = negotiations.written(drafted, None, MACHINE, None)
    for member in ("oh", "rivera"):
        text = agreements.sign(
            home=world.home, agreement=text, member=world.member(member), passphrase=PASSPHRASE, by=MACHINE
        )
    event = agreement_events.revoke(
        home=world.home, agreement=text, member=world.member("oh"), cause="convenience",
        passphrase=PASSPHRASE, at_once=True, by=MACHINE,
    )  # fmt: skip
    assert event.effective == window[1]
    assert in_force(world, window[1] - timedelta(seconds=1)) == {text.number}
    assert in_force(world, window[1]) == set()
    with pytest.raises(Refusal, match="without cause"):
        suspend(world, text, cause="convenience")
    suspend(world, text, cause="law")
    assert in_force(world) == set()


def test_nobody_outside_an_agreement_has_one(world: World) -> None:
    text = agree("oh", "rivera")
    with pytest.raises(Unknown):
        agreement_events.enter_signed(
            agreement=text, member=world.member("wa"), document=b"{}", note="", by=MACHINE
        )
