"""An agreement's life: drafted, signed by both sides, ended."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from commonroll.agreements import events, signing
from commonroll.agreements.compile import check_overlap
from commonroll.agreements.terms import read, to_document
from commonroll.errors import Refusal
from commonroll.notes import Signer, canonical, load_key, sha256_text
from commonroll.server import journal, matches
from commonroll.server.actions.federation import current_vkey, federation
from commonroll.server.actions.wishes import Wishes, terms_of
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.meaning import compiled, document_of, events_of, signatures_stand, standing
from commonroll.server.models import Agreement, AgreementEvent, Member, Signature
from commonroll.transparency import leaves


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
    if cause not in events.CAUSES:
        raise Refusal("there is no such cause", next_step=f"causes: {', '.join(events.CAUSES)}")
    event = events.revocation(
        document_of(agreement),
        by=member.key,
        cause=cause,
        issued=timezone.now().replace(microsecond=0),
        notice=timedelta(days=read(bytes(agreement.document)).notice_days),
        at_once=at_once,
    )
    note = events.sign_event(event, unlock(home, member, passphrase))
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
    event = events.verify_event(
        document,
        note,
        bytes(agreement.document),
        vkeys[agreement.owner_id],
        vkeys[agreement.recipient_id],
    )
    by.require("revoke", {m.key: m for m in (agreement.owner, agreement.recipient)}[event.by])
    events.check_event(event, events_of(agreement))
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
        matches.sweep(settings.HOME)
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
