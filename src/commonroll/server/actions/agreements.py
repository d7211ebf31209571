"""An agreement's life until it binds: drafted, signed by both sides, or taken back."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from commonroll.agreements import events, negotiation, signing
from commonroll.agreements.compile import check_overlap
from commonroll.agreements.negotiation import Move, OutOfTurn
from commonroll.agreements.signing import SignatureRefused
from commonroll.agreements.terms import read
from commonroll.errors import Refusal
from commonroll.notes import Signer, load_key, parse_canonical, sha256_text
from commonroll.server import cuts, duties, journal
from commonroll.server.actions import equal_terms, negotiations
from commonroll.server.actions.attempts import attempt
from commonroll.server.actions.federation import current_key, current_vkey, federation
from commonroll.server.actions.negotiations import OPEN, here, note_steps, role_of, stands, trying
from commonroll.server.actions.votes import check_ratified
from commonroll.server.actions.wishes import Wishes, terms_of
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.meaning import compiled, document_of, events_of, signatures_stand, standing
from commonroll.server.models import Agreement, AgreementEvent, Member, Signature
from commonroll.transparency import leaves

NEXT_KEY = "signing.key.next"
"""Beside the key in use while another is about to follow it."""


def draft(*, owner: Member, recipient: Member, wishes: Wishes, by: Actor) -> Agreement:
    """A draft between two members; either side may write it, and it must compile before anybody sees it."""
    by.require_either("draft", owner, recipient)
    with attempt(what="draft", owner=owner, recipient=recipient, by=by):
        here(owner, recipient)
        if not owner.state:
            raise Refusal(
                f"{owner.name} owns no state's file", next_step="choose the member that owns the voters"
            )
        terms = terms_of(owner=owner, recipient=recipient, wishes=wishes)
        return negotiations.written(terms, None, by, None)


def withdraw(*, agreement: Agreement, by: Actor) -> Agreement:
    """Take a draft or offer back before both have signed; the negotiation is closed."""
    with trying("withdrawal", agreement, by):
        member = by.require_either("draft", agreement.owner, agreement.recipient)
        text = negotiations.locked(agreement)
        if text.state not in OPEN:
            raise OutOfTurn(f"agreement {text.number} is {text.get_state_display()}", next_step="revoke it")
        text.state = Agreement.State.WITHDRAWN
        text.save(update_fields=["state"])
        begun = stands(text.negotiation)
        if begun is not None:
            role = role_of(member, text)
            note_steps(text, [Move(role, "termination", negotiation.after(begun, role, "termination"))], by)
        return text


def visible(*, number: int, by: Actor) -> Agreement:
    """An agreement by its number, for people of its two parties alone."""
    found = Agreement.objects.select_related("owner", "recipient").filter(number=number).first()
    if found is None or not (by.may("read", found.owner) or by.may("read", found.recipient)):
        raise Unknown("there is no such agreement", next_step="see the list of your agreements")
    return found


# Signing


def text_to_sign(agreement: Agreement) -> str:
    """The signed note's text, rebuilt from the stored bytes."""
    return signing.agreement_text(document_of(agreement))


def amendment_of(agreement: Agreement) -> dict[str, Any] | None:
    """The event that is signed with an agreement that takes another's place."""
    found = None if agreement.amendment is None else parse_canonical(bytes(agreement.amendment))
    return found if isinstance(found, dict) else None


def texts_to_sign(agreement: Agreement) -> list[str]:
    """What a party signs, a line each: the agreement, and the amendment that goes with it."""
    event = amendment_of(agreement)
    return [text_to_sign(agreement), *([events.event_text(event)] if event else [])]


def sign(*, home: Home, agreement: Agreement, member: Member, passphrase: str, by: Actor) -> Agreement:
    """Sign for one party with the key kept here, opened by its passphrase for this one signature."""
    by.require("sign", member)
    with trying("signature", agreement, by):
        signer = unlock(home, member, passphrase)
        lines = "\n".join(signer.line(text) for text in texts_to_sign(agreement))
    return add_line(agreement=agreement, member=member, line=lines, by=by)


def unlock(home: Home, member: Member, passphrase: str) -> Signer:
    """The member's signer; refused when the passphrase is wrong or the key was withdrawn."""
    signer = load_key(home.signing_key(member.key), federation().key_name(member.key), passphrase)
    if signer.vkey != current_vkey(member):  # a rotation may have stopped before its file was in place
        signer = _next_key(home, member, passphrase) or signer
    if signer.vkey != current_vkey(member):
        raise Refusal("the key kept here is not the key in use", next_step="sign offline with the key in use")
    return signer


def _next_key(home: Home, member: Member, passphrase: str) -> Signer | None:
    path = home.signing_key(member.key)
    beside = path.with_name(NEXT_KEY)
    if not beside.exists():
        return None
    signer = load_key(beside, federation().key_name(member.key), passphrase)
    if signer.vkey != current_vkey(member):
        return None
    beside.replace(path)
    return signer


def add_line(*, agreement: Agreement, member: Member, line: str, by: Actor) -> Agreement:
    """Enter one party's signature, made here or offline; both together put the agreement in force.

    `line` has a line for each of `texts_to_sign`.
    """
    by.require("sign", member)
    with trying("signature", agreement, by):
        role = role_of(member, agreement)
        text = negotiations.locked(agreement)
        here(text.owner, text.recipient)
        _check_signable(text, member)
        if role == "consumer":
            check_ratified(text)
        vkey = _key_of_age(text, member)
        own, amending = _checked_lines(text, line, vkey)
        Signature.objects.create(
            agreement=text,
            member=member,
            vkey=vkey,
            line=own,
            amendment_line=amending,
            by=by.label,
            at=timezone.now(),
        )
        if text.state == Agreement.State.DRAFT:
            note_steps(text, [negotiation.of_offer(stands(text.negotiation), role)], by)
            text.state = Agreement.State.OFFERED
        both = text.signatures.count() == 2
        state = stands(text.negotiation)
        moves = negotiation.of_signature(state, role, both) if state else []
        note_steps(text, moves, by)
        if both:
            _finalize(text)
        text.save()
    if text.amends is not None and both:
        cuts.sweep(settings.HOME)
    return text


def _check_signable(text: Agreement, member: Member) -> None:
    if text.state not in OPEN:
        raise OutOfTurn(
            f"agreement {text.number} is {text.get_state_display()}; it takes no signature",
            next_step="draft a new agreement for other terms",
        )
    if text.signatures.filter(member=member).exists():
        raise OutOfTurn(
            f"{member.name} has signed agreement {text.number} already",
            next_step="wait for the other party's signature",
        )


def _key_of_age(text: Agreement, member: Member) -> str:
    """The key in use; refused where it is younger than the text, for then the signature would not count."""
    key = current_key(member)
    if key.valid_from > read(bytes(text.document)).timestamp:
        raise SignatureRefused(
            f"agreement {text.number} was drafted before the key of {member.name} that is in use",
            next_step="put the same terms anew, then sign those",
        )
    return key.vkey


def _checked_lines(text: Agreement, lines: str, vkey: str) -> tuple[str, str]:
    """The party's line over the agreement and over its amendment; each verified with the key in use."""
    given = [line.strip() for line in lines.strip().split("\n") if line.strip()]
    texts = texts_to_sign(text)
    if len(given) != len(texts) or not all(map(signing.line_stands, texts, given, [vkey] * len(texts))):
        raise SignatureRefused(
            f"this signature does not fit agreement {text.number} and the key in use",
            next_step="sign the text of `commonroll agreement show` again",
        )
    return given[0], given[1] if len(given) > 1 else ""


def _finalize(agreement: Agreement) -> None:
    """Both signed: it must verify, compile today and overlap with nothing; then its leaf, then it binds."""
    owner, recipient = agreement.owner, agreement.recipient
    lines = {s.member_id: s for s in agreement.signatures.all()}
    signatures = lines[owner.pk], lines[recipient.pk]
    agreement.note = signing.note(document_of(agreement), *(s.line for s in signatures))
    if not signatures_stand(agreement, timezone.now()):
        raise SignatureRefused(
            f"the signatures of agreement {agreement.number} do not verify, or a key changed since its draft",
            next_step="draft and sign it anew",
        )
    grant = compiled(
        read(bytes(agreement.document)), owner=owner, recipient=recipient, number=agreement.number
    )
    if grant.until <= timezone.now():
        raise OutOfTurn(f"agreement {agreement.number} ran out before it was signed", next_step="draft anew")
    equal_terms.check_signed(agreement)
    check_overlap(grant, standing(owner=owner, recipient=recipient, but=agreement.amends))
    agreement.state, agreement.finalized_at = Agreement.State.FINAL, timezone.now()
    if agreement.amends is not None:
        note = events.event_text(amendment_of(agreement) or {})
        note += "\n" + "".join(f"{s.amendment_line}\n" for s in signatures)
        enter_amendment(agreement, note)
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


def enter_amendment(agreement: Agreement, note: str) -> None:
    """The old agreement ends in the same transaction in which the new one begins."""
    old = negotiations.locked(agreement.amends) if agreement.amends else None
    if old is None or old.state != Agreement.State.FINAL:
        raise OutOfTurn(
            "the agreement that was to be amended is not in force any more",
            next_step="draft a new agreement",
        )
    keys = [current_vkey(party) for party in (old.owner, old.recipient)]
    data = bytes(agreement.amendment or b"")
    event = events.verify_event(data, note, bytes(old.document), *keys)
    events.check_event(event, events_of(old), now=timezone.now())
    if (event.replaced_by, event.replaced_by_hash) != (agreement.urn, agreement.document_hash):
        raise SignatureRefused("the amendment names another agreement", next_step="draft it anew")
    keep_event(old, event, data, note, Actor("both parties"))


def keep_event(
    agreement: Agreement, event: events.Event, data: bytes, note: str, by: Actor
) -> AgreementEvent:
    """Store an event that was verified and is in order, with its leaf; inside the caller's transaction."""
    made = AgreementEvent.objects.create(
        agreement=agreement,
        event=event.kind,
        cause=event.cause,
        document=data,
        document_hash=sha256_text(data),
        note=note,
        by=by.label,
        issued=event.issued,
        effective=event.effective,
    )
    if event.ends and event.effective <= timezone.now():
        agreement.state = Agreement.State.ENDED
        agreement.save(update_fields=["state"])
    journal.record(
        log=agreement.owner.key,
        type="agreement.event",
        keys={
            "agreement": agreement.urn,
            "terms": agreement.document_hash,
            "event": event.kind,
            "eventHash": made.document_hash,
            "effective": leaves.instant(event.effective),
        },
        owner=agreement.owner.key,
        recipient=agreement.recipient.key,
    )
    if event.ends and event.effective <= timezone.now():
        duties.open_ended(agreement)
    return made
