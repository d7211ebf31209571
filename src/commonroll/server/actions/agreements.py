"""An agreement's life: drafted, signed by both sides, ended; and an owner's statement on protected voters."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from commonroll.agreements import signing
from commonroll.agreements.compile import check_overlap, compile_terms
from commonroll.agreements.english import sentences as english
from commonroll.agreements.grant import Grant
from commonroll.agreements.law import packs_for
from commonroll.agreements.profile import ContactQuota, Mask, Terms, columns_of
from commonroll.agreements.signing import KeyRecord, Revoked
from commonroll.agreements.terms import message, read, to_document
from commonroll.errors import Refusal
from commonroll.notes import Signer, canonical, load_key, parse_canonical, sha256_text
from commonroll.roll.schema import CLASSES, GRANTABLE
from commonroll.server import journal
from commonroll.server.actions.federation import current_vkey, federation
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Agreement, AgreementEvent, Member, MemberKey, Signature, Statement
from commonroll.transparency import leaves

RECIPIENT_KIND = {
    "state": "party",
    "national": "committee",
    "campaign": "campaign",
    "group": "civic",
    "vendor": "vendor",
}
"""Kinds of member as law packs name those who ask."""


DEFAULT_CONTACT = ContactQuota(3, "household", 30)


@dataclass(frozen=True)
class Wishes:
    """What a person asks for in a draft; column classes are a shortcut and are expanded before signing."""

    purposes: Sequence[str]
    modes: Sequence[str]
    columns: Sequence[str]
    start: datetime
    until: datetime
    masks: Mapping[str, Mask] = field(default_factory=dict)
    rows: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rows_per_export: int = 0
    exports_per_day: int = 0
    contact: ContactQuota = DEFAULT_CONTACT
    return_within_days: int = 7
    delete_within_days: int = 7
    breach_within_hours: int = 48
    notice_days: int = 14


def qualified(column: str) -> str:
    """`party` as `voters.party`; a qualified name stays."""
    return column if "." in column else f"voters.{column}"


def expand(columns: Sequence[str]) -> tuple[str, ...]:
    """Column names with classes replaced by their columns; refused when a word is neither."""
    found: set[str] = set()
    for word in columns:
        if qualified(word) in GRANTABLE:
            found.add(qualified(word))
        elif word in CLASSES:
            found.update(columns_of([word]))
        else:
            raise Refusal(
                f"there is no column or class {word!r}", next_step="see the reference for columns and classes"
            )
    return tuple(sorted(found))


def terms_of(*, owner: Member, recipient: Member, wishes: Wishes) -> Terms:
    """Typed terms for a new agreement between two members, as of now."""
    return Terms(
        id=f"urn:uuid:{uuid.uuid4()}",
        owner=owner.key,
        recipient=recipient.key,
        purposes=tuple(sorted(set(wishes.purposes))),
        modes=tuple(sorted(set(wishes.modes))),
        columns=expand(wishes.columns),
        masks=dict(wishes.masks),
        rows={column: tuple(sorted(set(values))) for column, values in wishes.rows.items() if values},
        start=wishes.start.astimezone(UTC),
        until=wishes.until.astimezone(UTC),
        timestamp=timezone.now().replace(microsecond=0),
        rows_per_export=wishes.rows_per_export,
        exports_per_day=wishes.exports_per_day,
        contact=wishes.contact if {"contact", "export"} & set(wishes.modes) else None,
        law_packs=tuple(sorted(pack.id for pack in packs_for(owner.state))),
        return_within_days=wishes.return_within_days,
        delete_within_days=wishes.delete_within_days,
        breach_within_hours=wishes.breach_within_hours,
        notice_days=wishes.notice_days,
    )


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


@transaction.atomic
def draft(*, owner: Member, recipient: Member, wishes: Wishes, by: Actor) -> Agreement:
    """A draft between two members; either side may write it, and it must compile before anybody sees it."""
    by.require_either("draft", owner, recipient)
    if not owner.state:
        raise Refusal(
            f"{owner.name} owns no state's file", next_step="choose the member that owns the voters"
        )
    terms = terms_of(owner=owner, recipient=recipient, wishes=wishes)
    compiled(terms, owner=owner, recipient=recipient)
    document = canonical(to_document(terms))
    last = Agreement.objects.select_for_update().aggregate(Max("number"))["number__max"]
    return Agreement.objects.create(
        number=(last or 0) + 1,
        urn=terms.id,
        owner=owner,
        recipient=recipient,
        document=document,
        document_hash=sha256_text(document),
        start=terms.start,
        until=terms.until,
        drafted_by=by.label,
    )


def visible(*, number: int, by: Actor) -> Agreement:
    """An agreement by its number, for people of its two parties alone."""
    found = Agreement.objects.select_related("owner", "recipient").filter(number=number).first()
    if found is None or not (by.may("read", found.owner) or by.may("read", found.recipient)):
        raise Unknown("there is no such agreement", next_step="see the list of your agreements")
    return found


def text_to_sign(agreement: Agreement) -> str:
    """The signed note's text, rebuilt from the stored bytes."""
    return signing.agreement_text(document_of(agreement))


def sign(*, home: Home, agreement: Agreement, member: Member, passphrase: str, by: Actor) -> Agreement:
    """Sign for one party with the key kept here, opened by its passphrase for this one signature."""
    by.require("sign", member)
    signer = unlock(home, member, passphrase)
    line = signer.line(text_to_sign(agreement))
    return add_line(agreement=agreement, member=member, line=line, by=by)


def unlock(home: Home, member: Member, passphrase: str) -> Signer:
    """The member's signer; refused when the passphrase is wrong or the key was withdrawn."""
    signer = load_key(home.signing_key(member.key), federation().key_name(member.key), passphrase)
    if signer.vkey != current_vkey(member):
        raise Refusal("the key kept here is not the key in use", next_step="sign offline with the key in use")
    return signer


@transaction.atomic
def add_line(*, agreement: Agreement, member: Member, line: str, by: Actor) -> Agreement:
    """Enter one party's signature line, made here or offline; both together put the agreement in force."""
    by.require("sign", member)
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if member.pk not in (agreement.owner_id, agreement.recipient_id):
        raise Unknown("there is no such agreement", next_step="sign for the owner or the recipient")
    if agreement.state not in (Agreement.State.DRAFT, Agreement.State.OFFERED):
        raise Refusal(
            f"agreement {agreement.number} is {agreement.get_state_display()}; it takes no signature",
            next_step="draft a new agreement for other terms",
        )
    if agreement.signatures.filter(member=member).exists():
        raise Refusal(
            f"{member.name} has signed agreement {agreement.number} already",
            next_step="wait for the other party's signature",
        )
    vkey = current_vkey(member)
    _check_line(agreement, line, vkey)
    Signature.objects.create(
        agreement=agreement, member=member, vkey=vkey, line=line, by=by.label, at=timezone.now()
    )
    if agreement.signatures.count() == 2:
        _finalize(agreement)
    else:
        agreement.state = Agreement.State.OFFERED
        agreement.save(update_fields=["state"])
    return agreement


def _check_line(agreement: Agreement, line: str, vkey: str) -> None:
    data = bytes(agreement.document)
    if not signing.signed_by(data, signing.note(document_of(agreement), line), vkey):
        raise Refusal(
            f"this signature does not fit agreement {agreement.number} and the key in use",
            next_step="sign the text of `commonroll agreement show` again",
        )


def _finalize(agreement: Agreement) -> None:
    """Both signed: it must verify, compile today and overlap with nothing; then its leaf, then it binds."""
    owner, recipient = agreement.owner, agreement.recipient
    lines = {s.member_id: s.line for s in agreement.signatures.all()}
    agreement.note = signing.note(document_of(agreement), lines[owner.pk], lines[recipient.pk])
    if not signatures_stand(agreement, timezone.now()):
        raise Refusal(
            f"the signatures of agreement {agreement.number} do not verify, or a key was withdrawn",
            next_step="draft and sign it anew",
        )
    grant = compiled(
        read(bytes(agreement.document)), owner=owner, recipient=recipient, number=agreement.number
    )
    if grant.until <= timezone.now():
        raise Refusal(f"agreement {agreement.number} ran out before it was signed", next_step="draft anew")
    check_overlap(grant, standing(owner=owner, recipient=recipient))
    agreement.state, agreement.finalized_at = Agreement.State.FINAL, timezone.now()
    agreement.save()
    journal.record(
        log=owner.key,
        type="agreement.finalized",
        keys={
            "agreement": agreement.urn,
            "terms": agreement.document_hash,
            "until": leaves.instant(grant.until),
        },
        owner=owner.key,
        recipient=recipient.key,
    )


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


def events_of(agreement: Agreement) -> list[Revoked]:
    """The verified events that end an agreement; an event that does not verify counts as an end at once."""
    vkeys = {s.member_id: s.vkey for s in agreement.signatures.all()}
    return [
        signing.verify_event(
            bytes(event.document),
            event.note,
            bytes(agreement.document),
            vkeys[agreement.owner_id],
            vkeys[agreement.recipient_id],
        )
        for event in agreement.events.all()
    ]


@transaction.atomic
def withdraw(*, agreement: Agreement, by: Actor) -> Agreement:
    """Take a draft or offer back before both have signed."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    by.require_either("draft", agreement.owner, agreement.recipient)
    if agreement.state not in (Agreement.State.DRAFT, Agreement.State.OFFERED):
        raise Refusal(
            f"agreement {agreement.number} is {agreement.get_state_display()}", next_step="revoke it"
        )
    agreement.state = Agreement.State.WITHDRAWN
    agreement.save(update_fields=["state"])
    return agreement


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
    """End a signed agreement by the member's own signature.

    `at_once` cuts without the notice that was promised; the cut works and the log shows it.
    """
    by.require("revoke", member)
    if cause not in signing.CAUSES:
        raise Refusal("there is no such cause", next_step=f"causes: {', '.join(signing.CAUSES)}")
    event = signing.revocation(
        document_of(agreement),
        by=member.key,
        cause=cause,
        issued=timezone.now().replace(microsecond=0),
        notice=timedelta(days=read(bytes(agreement.document)).notice_days),
        at_once=at_once,
    )
    note = signing.sign_event(event, unlock(home, member, passphrase))
    return end(agreement=agreement, document=canonical(event), note=note, by=by)


@transaction.atomic
def end(*, agreement: Agreement, document: bytes, note: str, by: Actor) -> AgreementEvent:
    """Enter a signed event that ends an agreement, made here or offline."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if agreement.state != Agreement.State.FINAL:
        raise Refusal(
            f"agreement {agreement.number} is {agreement.get_state_display()}; nothing to end",
            next_step="take a draft back instead; what has ended stays ended",
        )
    vkeys = {s.member_id: s.vkey for s in agreement.signatures.all()}
    event = signing.verify_event(
        document,
        note,
        bytes(agreement.document),
        vkeys[agreement.owner_id],
        vkeys[agreement.recipient_id],
    )
    by.require("revoke", {m.key: m for m in (agreement.owner, agreement.recipient)}[event.by])
    signing.check_event(event, events_of(agreement))
    made = AgreementEvent.objects.create(
        agreement=agreement,
        event="Revoked",
        cause=event.cause,
        document=document,
        document_hash=sha256_text(document),
        note=note,
        by=by.label,
        issued=event.issued,
        effective=event.effective,
    )
    if event.effective <= timezone.now():
        agreement.state = Agreement.State.ENDED
        agreement.save(update_fields=["state"])
    journal.record(
        log=agreement.owner.key,
        type="agreement.event",
        keys={
            "agreement": agreement.urn,
            "terms": agreement.document_hash,
            "event": "Revoked",
            "eventHash": made.document_hash,
            "effective": leaves.instant(event.effective),
        },
        owner=agreement.owner.key,
        recipient=agreement.recipient.key,
    )
    return made


def make_statement(*, home: Home, member: Member, passphrase: str, by: Actor) -> Statement:
    """Sign, as an owner, that voters whose protection the state does not publish may be shown."""
    by.require("sign", member)
    now = timezone.now().replace(microsecond=0)
    document = canonical(
        {
            "@type": "cr:Statement",
            "member": member.urn,
            "says": "cr:statement/unknownIsUnprotected",
            "issued": leaves.instant(now),
        }
    )
    signer = unlock(home, member, passphrase)
    text = f"commonroll statement v1\n{member.urn}\nsha256 {sha256_text(document).removeprefix('sha256:')}\n"
    note = f"{text}\n{signer.line(text)}\n"
    return _keep_statement(member, document, note, by)


@transaction.atomic
def _keep_statement(member: Member, document: bytes, note: str, by: Actor) -> Statement:
    made, _ = Statement.objects.update_or_create(
        member=member,
        defaults={
            "document": document,
            "document_hash": sha256_text(document),
            "note": note,
            "by": by.label,
            "at": timezone.now(),
        },
    )
    journal.record(
        log=member.key,
        type="statement",
        keys={
            "about": "protected",
            "statement": made.document_hash,
            "effective": leaves.instant(timezone.now()),
        },
        owner=member.key,
    )
    return made
