"""Before an agreement binds: put before the other side, answered with other terms, amended.

Every message is a step that the owner's log holds; what may follow what is `agreements.negotiation`'s.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from commonroll.agreements import events, negotiation
from commonroll.agreements.negotiation import Move, OutOfTurn, Role
from commonroll.agreements.profile import Mask, Terms
from commonroll.agreements.terms import read, to_document
from commonroll.errors import Refusal
from commonroll.notes import canonical, parse_canonical, sha256_text
from commonroll.server import journal, wall
from commonroll.server.actions.attempts import Foreign, attempt
from commonroll.server.actions.wishes import expand
from commonroll.server.actor import Actor
from commonroll.server.meaning import compiled
from commonroll.server.models import (
    Addressee,
    Agreement,
    Federation,
    Member,
    MemberGroup,
    Negotiation,
    NegotiationStep,
)

State = Agreement.State
OPEN = (State.DRAFT, State.OFFERED)


def role_of(member: Member, text: Agreement | Negotiation) -> Role:
    """Provider or consumer; `Foreign` for whoever is neither."""
    if member.pk == text.owner_id:
        return "provider"
    if member.pk == text.recipient_id:
        return "consumer"
    raise Foreign("there is no such agreement", next_step="act for its owner or its recipient")


def here(*members: Member) -> None:
    """Refuse a dealing with a member that left."""
    for member in members:
        if member.left_at is not None:
            raise Refusal(
                f"{member.name} left on {member.left_at:%Y-%m-%d}", next_step="choose a member that is here"
            )


def counter(*, answered: Agreement, member: Member, terms: Terms, by: Actor) -> Agreement:
    """Answer an offer with other terms: a new text of the same negotiation, put before the other side.

    The text that was answered stays as it was, and takes no signature any more.
    """
    with trying("counter-offer", answered, by):
        by.require("draft", member)
        role = role_of(member, answered)
        text = locked(answered)
        if text.negotiation is None or text.state != State.OFFERED:
            raise OutOfTurn(
                f"agreement {text.number} is {text.get_state_display()}; no terms are put against it",
                next_step="draft new terms, or change the draft itself",
            )
        move = negotiation.of_offer(stands(text.negotiation), role)
        made = written(fresh(terms), text.negotiation, by, text.amends)
        text.state = State.ANSWERED
        text.save(update_fields=["state"])
        return _put(made, move, by)


def amend(*, agreement: Agreement, terms: Terms, by: Actor) -> Agreement:
    """A draft that takes the place of an agreement in force once both have signed it."""
    by.require_either("draft", agreement.owner, agreement.recipient)
    with trying("amendment", agreement, by):
        return written(fresh(terms), None, by, agreement)


def offer(*, text: Agreement, member: Member, by: Actor) -> Agreement:
    """Put a draft before the other side, unsigned as yet."""
    with trying("offer", text, by):
        by.require("draft", member)
        role = role_of(member, text)
        found = locked(text)
        here(found.owner, found.recipient)
        if found.state != State.DRAFT:
            raise OutOfTurn(
                f"agreement {found.number} is {found.get_state_display()}",
                next_step="answer it with other terms, sign it, or take it back",
            )
        return _put(found, negotiation.of_offer(stands(found.negotiation), role), by)


def trying(what: str, text: Agreement, by: Actor) -> AbstractContextManager[None]:
    """As `attempt`, for a text that exists."""
    return attempt(what=what, owner=text.owner, recipient=text.recipient, by=by, agreement=text.urn)


def locked(agreement: Agreement) -> Agreement:
    """The agreement as it stands, with its owner's row locked: one step at a time between two members."""
    Member.objects.select_for_update().get(pk=agreement.owner_id)
    found = Agreement.objects.select_for_update(of=("self",)).select_related(
        "owner", "recipient", "negotiation"
    )
    return found.get(pk=agreement.pk)


def stands(of: Negotiation | None) -> negotiation.State | None:
    """The protocol's state; None before the first message."""
    return None if of is None else next((s for s in negotiation.STATES if s == of.state), None)


def fresh(terms: Terms) -> Terms:
    """The same terms as a text of their own, as of now."""
    return replace(terms, id=f"urn:uuid:{uuid.uuid4()}", timestamp=timezone.now().replace(microsecond=0))


def terms_in(text: Agreement | Addressee) -> Terms:
    """The terms of a stored text, to be changed with `dataclasses.replace`."""
    return read(bytes(text.document))


@dataclass(frozen=True)
class Changes:
    """What is asked for in place of a text's terms; None leaves a term as it is, and so does every other."""

    purposes: Sequence[str] | None = None
    modes: Sequence[str] | None = None
    columns: Sequence[str] | None = None
    masks: Mapping[str, Mask] | None = None
    rows: Mapping[str, Sequence[str]] | None = None
    start: datetime | None = None
    until: datetime | None = None
    notice_days: int | None = None

    def of(self, terms: Terms) -> Terms:
        """`terms` with these changes; masks of columns that are not granted any more go."""
        columns = terms.columns if self.columns is None else expand(self.columns)
        masks = terms.masks if self.masks is None else self.masks
        rows = terms.rows if self.rows is None else self.rows
        return replace(
            terms,
            purposes=_sorted(self.purposes, terms.purposes),
            modes=_sorted(self.modes, terms.modes),
            columns=columns,
            masks={name: mask for name, mask in masks.items() if name in columns},
            rows={name: tuple(sorted(set(values))) for name, values in rows.items() if values},
            start=self.start or terms.start,
            until=self.until or terms.until,
            notice_days=terms.notice_days if self.notice_days is None else self.notice_days,
        )


def _sorted(asked: Sequence[str] | None, before: tuple[str, ...]) -> tuple[str, ...]:
    return before if asked is None else tuple(sorted(set(asked)))


def written(terms: Terms, within: Negotiation | None, by: Actor, amends: Agreement | None) -> Agreement:
    """A new text, compiled first; inside the caller's transaction."""
    owner, recipient = (Member.objects.get(key=key) for key in (terms.owner, terms.recipient))
    here(owner, recipient)
    _check_group(terms)
    compiled(terms, owner=owner, recipient=recipient)
    document = to_document(terms)
    data = canonical(document)
    Federation.objects.select_for_update().get()  # numbers are given out one at a time
    with wall.node():
        last = Agreement.objects.aggregate(Max("number"))["number__max"]
    text = Agreement.objects.create(
        number=(last or 0) + 1,
        urn=terms.id,
        owner=owner,
        recipient=recipient,
        negotiation=within or _opened(owner, recipient, by),
        amends=amends,
        amendment=_amendment(amends, terms, document) if amends else None,
        document=data,
        document_hash=sha256_text(data),
        start=terms.start,
        until=terms.until,
        drafted_by=by.label,
    )
    _log_step(text, "DRAFTED")
    return text


def _check_group(terms: Terms) -> None:
    """A text that says to be a group's is of a version that has the recipient in it."""
    if terms.group is None:
        return
    key, _, version = terms.group.rpartition("-v")
    found = MemberGroup.objects.filter(key=key, version=int(version) if version.isdecimal() else 0).first()
    if found is None or terms.recipient not in found.members:
        raise Refusal(
            f"{terms.recipient} is not in the group {terms.group}",
            where="cr:group",
            next_step="see `commonroll group list` for groups with their versions",
        )


def _opened(owner: Member, recipient: Member, by: Actor) -> Negotiation:
    return Negotiation.objects.create(
        urn=f"urn:uuid:{uuid.uuid4()}",
        consumer_pid=f"urn:uuid:{uuid.uuid4()}",
        owner=owner,
        recipient=recipient,
        opened_by=by.label,
        opened_at=timezone.now(),
    )


def _amendment(amends: Agreement, terms: Terms, document: dict[str, object]) -> bytes:
    """The event that both sign with the new text: from its start, or now, the old agreement is over."""
    if (amends.owner.key, amends.recipient.key) != (terms.owner, terms.recipient):
        raise Refusal("an agreement is amended by its own two parties", next_step="draft a new agreement")
    if amends.state != State.FINAL:
        raise Refusal(
            f"agreement {amends.number} is {amends.get_state_display()}; only one in force is amended",
            next_step="draft a new agreement",
        )
    effective = max(terms.start, terms.timestamp)
    if effective >= amends.until:
        raise Refusal(
            f"agreement {amends.number} has run out before the new terms begin",
            next_step="draft a new agreement for the time after it",
        )
    old = parse_canonical(bytes(amends.document))
    return canonical(events.amendment(old, document, issued=terms.timestamp, effective=effective))


def _put(text: Agreement, move: Move, by: Actor) -> Agreement:
    text.state = State.OFFERED
    text.save(update_fields=["state"])
    note_steps(text, [move], by)
    return text


def note_steps(text: Agreement, moves: Iterable[Move], by: Actor) -> None:
    """Note messages of a negotiation, the last of which gives its state; inside the caller's transaction."""
    within = text.negotiation
    assert within is not None
    for move in moves:
        NegotiationStep.objects.create(
            negotiation=within,
            agreement=text,
            member=text.owner if move.by == "provider" else text.recipient,
            message=move.message,
            state=move.to,
            by=by.label,
            at=timezone.now(),
        )
        within.state = move.to
        if move.to != "FINALIZED":  # the leaf `agreement.finalized` says that
            _log_step(text, move.to)
    within.save(update_fields=["state"])


def _log_step(text: Agreement, step: str) -> None:
    within = text.negotiation
    assert within is not None
    journal.record(
        log=text.owner.key,
        type="agreement.step",
        keys={
            "agreement": text.urn,
            "terms": text.document_hash,
            "negotiation": within.urn,
            "step": step,
        },
        owner=text.owner.key,
        recipient=text.recipient.key,
    )
