"""What happens to a signed agreement: revoked, suspended, resumed, run out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from commonroll.agreements import events
from commonroll.agreements.events import CAUSES, Cause, Event, Window
from commonroll.agreements.negotiation import OutOfTurn
from commonroll.agreements.reading import TermsRefused
from commonroll.agreements.terms import read
from commonroll.errors import Refusal
from commonroll.notes import canonical, load_plain_key, parse_canonical
from commonroll.server import cuts
from commonroll.server.actions.agreements import keep_event, unlock
from commonroll.server.actions.federation import current_vkey, federation
from commonroll.server.actions.negotiations import locked, role_of, trying
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.meaning import document_of, events_of
from commonroll.server.models import Agreement, AgreementEvent, Member

State = Agreement.State


def blackout(agreement: Agreement) -> Window | None:
    """The signed window before an election in which nothing is cut without cause; None where none is."""
    return read(bytes(agreement.document)).blackout


def revocation(*, agreement: Agreement, member: Member, cause: str, at_once: bool = False) -> dict[str, Any]:
    """The event that ends an agreement, to be signed by `member` here or offline.

    `at_once` cuts without the notice that was promised; the cut works and the log shows it.
    """
    terms = read(bytes(agreement.document))
    return events.revocation(
        document_of(agreement),
        by=member.key,
        cause=_cause(cause),
        issued=_now(),
        notice=timedelta(days=terms.notice_days),
        at_once=at_once,
        blackout=blackout(agreement),
    )


def suspension(*, agreement: Agreement, member: Member, cause: str) -> dict[str, Any]:
    """The event by which the owner suspends from now on, to be signed here or offline."""
    return events.suspension(
        document_of(agreement), by=member.key, cause=_cause(cause), issued=_now(), events=events_of(agreement)
    )


def resumption(*, agreement: Agreement, member: Member) -> dict[str, Any]:
    """The event that lifts the suspension that stands, to be signed here or offline."""
    return events.resumption(
        document_of(agreement), by=member.key, issued=_now(), events=events_of(agreement)
    )


def _now() -> datetime:
    return timezone.now().replace(microsecond=0)


def _cause(cause: str) -> Cause:
    if cause not in CAUSES:
        raise Refusal("there is no such cause", next_step=f"causes: {', '.join(CAUSES)}")
    return cause


def revoke(
    *,
    home: Home,
    agreement: Agreement,
    member: Member,
    cause: str,
    passphrase: str,
    by: Actor,
    at_once: bool = False,
) -> AgreementEvent:
    """End a signed agreement by the member's own signature, with the key kept here."""
    by.require("revoke", member)
    with trying("revocation", agreement, by):
        event = revocation(agreement=agreement, member=member, cause=cause, at_once=at_once)
    return _signed(home, agreement, member, event, passphrase, by)


def suspend(
    *, home: Home, agreement: Agreement, member: Member, cause: str, passphrase: str, by: Actor
) -> AgreementEvent:
    """Suspend a signed agreement at once; it can be resumed."""
    by.require("revoke", member)
    with trying("suspension", agreement, by):
        event = suspension(agreement=agreement, member=member, cause=cause)
    return _signed(home, agreement, member, event, passphrase, by)


def resume(*, home: Home, agreement: Agreement, member: Member, passphrase: str, by: Actor) -> AgreementEvent:
    """Lift a suspension."""
    by.require("revoke", member)
    with trying("resumption", agreement, by):
        event = resumption(agreement=agreement, member=member)
    return _signed(home, agreement, member, event, passphrase, by)


def _signed(
    home: Home, agreement: Agreement, member: Member, event: dict[str, Any], passphrase: str, by: Actor
) -> AgreementEvent:
    with trying("event", agreement, by):
        note = events.sign_event(event, unlock(home, member, passphrase))
    return enter(agreement=agreement, document=canonical(event), note=note, by=by)


def enter(*, agreement: Agreement, document: bytes, note: str, by: Actor) -> AgreementEvent:
    """Enter an event that one party signed, made here or offline.

    Refused, with the attempt in the owner's log and nothing changed: an event that was entered before or
    comes in another order than it was signed in, a signature of another or a former key, an event of another
    agreement, of the future, or after the end.
    """
    with trying("event", agreement, by):
        text = locked(agreement)
        event = _verified(text, document, note)
        by.require("revoke", {m.key: m for m in (text.owner, text.recipient)}[event.by])
        if text.state != State.FINAL:
            raise OutOfTurn(
                f"agreement {text.number} is {text.get_state_display()}; nothing happens to it any more",
                next_step="take a draft back instead; what has ended stays ended",
            )
        events.check_event(event, events_of(text), now=timezone.now())
        events.check_blackout(event, blackout(text))
        made = keep_event(text, event, document, note, by)
    if event.kind != "Resumed" and event.effective <= timezone.now():
        cuts.sweep(settings.HOME)
    return made


def _verified(text: Agreement, document: bytes, note: str) -> Event:
    event = events.verify_event(
        document, note, bytes(text.document), current_vkey(text.owner), current_vkey(text.recipient), ""
    )
    if not event.by:
        raise TermsRefused(
            "An amendment is entered by signing the new agreement, an expiry by the node.",
            where="event.event",
            next_step="Sign the agreement that takes this one's place.",
        )
    return event


def enter_signed(
    *, agreement: Agreement, member: Member, document: bytes, note: str, by: Actor
) -> AgreementEvent:
    """As `enter`, for a party's file that was made offline."""
    role_of(member, agreement)
    return enter(agreement=agreement, document=canonical(parse_canonical(document)), note=note, by=by)


def record_expired(home: Home) -> int:
    """Note for every agreement that has run out that it has; how many. The clock enforces it, not this."""
    over = Agreement.objects.filter(state=State.FINAL, until__lte=timezone.now())
    found = sum(_expire(home, agreement) for agreement in over.select_related("owner", "recipient"))
    if found:
        cuts.sweep(home)
    return found


@transaction.atomic
def _expire(home: Home, agreement: Agreement) -> bool:
    text = locked(agreement)
    if text.state != State.FINAL:
        return False
    event = events.expiry(document_of(text), until=text.until)
    signer = load_plain_key(home.log_key(text.owner.key), federation().log_origin(text.owner.key))
    document, note = canonical(event), events.sign_event(event, signer)
    read = events.parse_event(event, document_of(text))
    try:
        events.check_event(read, events_of(text))
    except events.OutOfOrder:
        text.state = State.ENDED
        text.save(update_fields=["state"])
        return True
    keep_event(text, read, document, note, Actor("this node"))
    return True
