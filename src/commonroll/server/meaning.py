"""What the stored bytes of an agreement mean: terms, grant, plain English, signatures, events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import product
from typing import Any, cast

from django.conf import settings
from django.utils import timezone

from commonroll.agreements import signing
from commonroll.agreements.compile import compile_terms
from commonroll.agreements.english import sentences as english
from commonroll.agreements.events import TERMINAL, Event, verify_event
from commonroll.agreements.grant import Grant
from commonroll.agreements.law import LawPack, packs_for
from commonroll.agreements.overrides import Override, lift
from commonroll.agreements.profile import Terms
from commonroll.agreements.terms import message, read
from commonroll.errors import Refusal
from commonroll.notes import parse_canonical
from commonroll.server.models import Agreement, AgreementEvent, Federation, Member
from commonroll.server.overriding import Overrides
from commonroll.server.register import Register
from commonroll.transparency.handover import read_handovers

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
    overrides = Overrides.of(owner).standing(owner.key, timezone.now())
    return _compiled(terms, owner.state, RECIPIENT_KIND[recipient.kind], number, signed, overrides)


def _compiled(
    terms: Terms,
    state: str,
    recipient_kind: str,
    number: int | None,
    signed: bool,
    overrides: tuple[Override, ...],
) -> Grant:
    return compile_terms(
        terms,
        law=packs_for(state),
        state=state,
        recipient_kind=recipient_kind,
        signed=signed,
        number=number,
        overrides=overrides,
    )


def grant_of(agreement: Agreement, now: datetime | None = None, overrides: Overrides | None = None) -> Grant:
    """What an agreement means now; signed ones are narrowed by new law, drafts are refused by it.

    `overrides` may be given where many are asked for: they are looked up at each call otherwise.
    """
    owner = agreement.owner
    found = overrides or Overrides.of(owner)
    return _grant(
        bytes(agreement.document),
        agreement.owner.state,
        RECIPIENT_KIND[agreement.recipient.kind],
        agreement.number,
        agreement.state in (Agreement.State.FINAL, Agreement.State.ENDED),
        found.standing(owner.key, now or timezone.now()),
    )


@lru_cache(maxsize=1024)
def _grant(
    document: bytes,
    state: str,
    recipient_kind: str,
    number: int,
    signed: bool,
    overrides: tuple[Override, ...],
) -> Grant:
    """Meaning of bytes: the same bytes under the same program, law and overrides mean the same."""
    return _compiled(read(document), state, recipient_kind, number, signed, overrides)


def law_over(
    owner: Member, viewer: Member, grant: Grant | None, overrides: Overrides, now: datetime
) -> tuple[LawPack, ...]:
    """The law above what `viewer` may see of `owner`, without what the owner has set aside for it."""
    law, _ = lift(
        packs_for(owner.state),
        overrides.standing(owner.key, now),
        agreement=grant.agreement if grant else "",
        owner=owner.key,
        recipient_kind=RECIPIENT_KIND[viewer.kind],
    )
    return law


def sentences(agreement: Agreement) -> list[str]:
    """The agreement in plain English, rendered from what is enforced."""
    names = dict(Member.objects.values_list("key", "name"))
    return english(grant_of(agreement), names)


def document_of(agreement: Agreement) -> dict[str, Any]:
    """The stored ODRL object; refused when a byte of it was changed."""
    return cast(dict[str, Any], parse_canonical(bytes(agreement.document)))


def signed_message(agreement: Agreement) -> dict[str, Any]:
    """The Dataspace Protocol message around the agreement, with the signed note where both signed."""
    return message(document_of(agreement), note=agreement.note or None)


def exported(agreement: Agreement) -> dict[str, Any]:
    """As `signed_message`, with what a party needs to sign it on a machine of its own: see `offline`."""
    names = Federation.objects.get()
    wrapped = signed_message(agreement)
    if agreement.amendment is not None:
        wrapped["cr:amendment"] = parse_canonical(bytes(agreement.amendment))
    return wrapped | {
        "cr:keyNames": {m.key: names.key_name(m.key) for m in (agreement.owner, agreement.recipient)}
    }


@dataclass(frozen=True)
class Step:
    """One step in an agreement's life."""

    at: datetime
    what: str


def timeline(agreement: Agreement) -> list[Step]:
    """What happened to an agreement, oldest first; what is still to come carries its date."""
    steps = [Step(agreement.drafted_at, f"drafted by {agreement.drafted_by}")]
    for said in agreement.steps.select_related("member").exclude(message="finalized"):
        steps.append(Step(said.at, f"{said.member.name}: {STEP_WORDS[said.message]} ({said.by})"))
    steps += [Step(s.at, f"signed for {s.member.name} by {s.by}") for s in agreement.signatures.all()]
    if agreement.finalized_at:
        steps.append(Step(agreement.finalized_at, "binding: both have signed"))
    for event in agreement.events.all():
        steps += _told(event)
    if agreement.state == Agreement.State.FINAL:
        steps.append(Step(agreement.until, "runs out"))
    return sorted(steps, key=lambda step: step.at.replace(microsecond=0))


STEP_WORDS = {
    "request": "asked for these terms",
    "offer": "offered these terms",
    "accepted": "accepted",
    "agreement": "agreed",
    "verification": "checked both signatures",
    "termination": "took the terms back",
}


def _told(event: AgreementEvent) -> list[Step]:
    cause = f" ({event.cause})" if event.cause else ""
    if event.event == "Expired":
        return [Step(event.effective, "ran out")]
    if event.event == "Amended":
        new = event.agreement.amendments.filter(
            state__in=(Agreement.State.FINAL, Agreement.State.ENDED)
        ).first()
        return [Step(event.effective, f"replaced by agreement {new.number}" if new else "replaced")]
    word = {"Revoked": "revoked", "Suspended": "suspended", "Resumed": "resumed"}[event.event]
    said = [Step(event.issued, f"{word} by {event.by}{cause}")]
    return [*said, Step(event.effective, "no longer in force")] if event.event == "Revoked" else said


def standing(*, owner: Member, recipient: Member, but: Agreement | None = None) -> list[Grant]:
    """The grants of signed agreements between two members, each until the event that ends it.

    `but` is left out: the agreement that the one in question takes the place of.
    """
    signed = Agreement.objects.filter(owner=owner, recipient=recipient, state=Agreement.State.FINAL)
    if but is not None:
        signed = signed.exclude(pk=but.pk)
    grants = []
    for other in signed.select_related("owner", "recipient").prefetch_related("events"):
        grant = grant_of(other)
        ends = [grant.until, *(e.effective for e in other.events.all() if e.event in TERMINAL)]
        grants.append(replace(grant, until=min(ends)))
    return grants


def signatures_stand(agreement: Agreement, now: datetime, register: Register | None = None) -> bool:
    """Whether both parties' signatures verify over the stored bytes and neither key is withdrawn today."""
    keys = register or Register.today()
    signed = {s.member_id: s.vkey for s in agreement.signatures.all()}
    if set(signed) != {agreement.owner_id, agreement.recipient_id}:
        return False
    owner, recipient = (
        keys.record(member, signed[member]) for member in (agreement.owner_id, agreement.recipient_id)
    )
    if owner is None or recipient is None:
        return False
    return signing.signatures_stand(bytes(agreement.document), agreement.note, owner, recipient, now)


def events_of(agreement: Agreement, register: Register | None = None) -> list[Event]:
    """The verified events of an agreement; raises Refusal if one does not verify: then nothing is in force.

    A resumption by a key that was withdrawn since does not count.
    """
    rows = list(agreement.events.all())
    if not rows:
        return []
    keys = register or Register.today()
    return [event for row in rows if (event := _event_of(agreement, row, keys)) is not None]


def _event_of(agreement: Agreement, row: AgreementEvent, keys: Register) -> Event | None:
    parties = agreement.owner_id, agreement.recipient_id
    pairs = product(
        *(keys.signing_at(party, row.issued) or ("",) for party in parties), _nodes(agreement.owner)
    )
    refusal: Refusal | None = None
    for owner, recipient, node in pairs:
        try:
            event = _read_event(
                bytes(row.document),
                row.note,
                bytes(agreement.document),
                owner,
                recipient,
                node,
            )
        except Refusal as error:
            refusal = error
            continue
        return None if event.kind == "Resumed" and keys.withdrawn(owner) else event
    raise refusal or Refusal("an event of this agreement carries no signature of a known key")


def _nodes(owner: Member) -> list[str]:
    """The keys of the owner's log, which sign what falls due by the clock: the one of today, former ones."""
    former = [one.old for one in reversed(read_handovers(settings.HOME.logs / owner.key))]
    return [owner.log_vkey, *former]


@lru_cache(maxsize=1024)
def _read_event(data: bytes, note: str, agreement: bytes, owner: str, recipient: str, node: str) -> Event:
    return verify_event(data, note, agreement, owner, recipient, node)
