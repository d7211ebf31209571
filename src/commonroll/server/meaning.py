"""What the stored bytes of an agreement mean: terms, grant, plain English, signatures, events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from commonroll.agreements import signing
from commonroll.agreements.compile import compile_terms
from commonroll.agreements.english import sentences as english
from commonroll.agreements.events import Event, verify_event
from commonroll.agreements.grant import Grant
from commonroll.agreements.law import packs_for
from commonroll.agreements.profile import Terms
from commonroll.agreements.signing import KeyRecord
from commonroll.agreements.terms import message, read
from commonroll.notes import parse_canonical
from commonroll.server.models import Agreement, Member, MemberKey

RECIPIENT_KIND = {
    "state": "party",
    "national": "committee",
    "campaign": "campaign",
    "group": "civic",
    "vendor": "vendor",
}
"""Kinds of member as law packs name those who ask."""


def compiled(
    terms: Terms, *, owner: Member, recipient: Member, number: int | None = None, signed: bool = False
) -> Grant:
    """The grant that the terms mean today under the owner's state's law; `Refusal` where they mean none."""
    return _compiled(terms, owner.state, RECIPIENT_KIND[recipient.kind], number, signed)


def _compiled(terms: Terms, state: str, recipient_kind: str, number: int | None, signed: bool) -> Grant:
    return compile_terms(
        terms,
        law=packs_for(state),
        state=state,
        recipient_kind=recipient_kind,
        signed=signed,
        number=number,
    )


def grant_of(agreement: Agreement) -> Grant:
    """What an agreement means today; signed ones are narrowed by new law, drafts are refused by it."""
    return _grant(
        bytes(agreement.document),
        agreement.owner.state,
        RECIPIENT_KIND[agreement.recipient.kind],
        agreement.number,
        agreement.state in (Agreement.State.FINAL, Agreement.State.ENDED),
    )


@lru_cache(maxsize=1024)
def _grant(document: bytes, state: str, recipient_kind: str, number: int, signed: bool) -> Grant:
    """Meaning of bytes: the same bytes under the same program and law mean the same."""
    return _compiled(read(document), state, recipient_kind, number, signed)


def sentences(agreement: Agreement) -> list[str]:
    """The agreement in plain English, rendered from what is enforced."""
    names = {m.key: m.name for m in (agreement.owner, agreement.recipient)}
    return english(grant_of(agreement), names)


def document_of(agreement: Agreement) -> dict[str, Any]:
    """The stored ODRL object; refused when a byte of it was changed."""
    return cast(dict[str, Any], parse_canonical(bytes(agreement.document)))


def signed_message(agreement: Agreement) -> dict[str, Any]:
    """The Dataspace Protocol message around the agreement, with the signed note where both signed."""
    return message(document_of(agreement), note=agreement.note or None)


@dataclass(frozen=True)
class Step:
    """One step in an agreement's life."""

    at: datetime
    what: str


def timeline(agreement: Agreement) -> list[Step]:
    """What happened to an agreement, oldest first; what is still to come carries its date."""
    steps = [Step(agreement.drafted_at, f"drafted by {agreement.drafted_by}")]
    steps += [Step(s.at, f"signed for {s.member.name} by {s.by}") for s in agreement.signatures.all()]
    if agreement.finalized_at:
        steps.append(Step(agreement.finalized_at, "binding: both have signed"))
    for event in agreement.events.all():
        steps.append(Step(event.issued, f"revoked by {event.by} ({event.cause})"))
        steps.append(Step(event.effective, "no longer in force"))
    if agreement.state == Agreement.State.FINAL:
        steps.append(Step(agreement.until, "runs out"))
    return sorted(steps, key=lambda step: step.at.replace(microsecond=0))


def standing(*, owner: Member, recipient: Member) -> list[Grant]:
    """The grants of signed agreements between two members, each until the event that ends it."""
    signed = Agreement.objects.filter(owner=owner, recipient=recipient, state=Agreement.State.FINAL)
    grants = []
    for other in signed.select_related("owner", "recipient").prefetch_related("events"):
        grant = grant_of(other)
        ends = [grant.until, *(event.effective for event in other.events.all())]
        grants.append(replace(grant, until=min(ends)))
    return grants


def signatures_stand(agreement: Agreement, now: datetime) -> bool:
    """Whether both parties' signatures verify over the stored bytes and neither key is withdrawn today."""
    signed = {s.member_id: s.vkey for s in agreement.signatures.all()}
    if set(signed) != {agreement.owner_id, agreement.recipient_id}:
        return False
    keys = {k.vkey: k for k in MemberKey.objects.filter(vkey__in=signed.values())}
    if len(keys) != 2:
        return False
    records = {v: KeyRecord(v, k.valid_from, k.withdrawn_at) for v, k in keys.items()}
    return signing.signatures_stand(
        bytes(agreement.document),
        agreement.note,
        records[signed[agreement.owner_id]],
        records[signed[agreement.recipient_id]],
        now,
    )


def events_of(agreement: Agreement) -> list[Event]:
    """The verified events that end an agreement; an event that does not verify counts as an end at once."""
    vkeys = {s.member_id: s.vkey for s in agreement.signatures.all()}
    return [
        verify_event(
            bytes(event.document),
            event.note,
            bytes(agreement.document),
            vkeys[agreement.owner_id],
            vkeys[agreement.recipient_id],
        )
        for event in agreement.events.all()
    ]
