"""What is out of an owner's rows, what a holder must delete, and its signed statement that it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone

from commonroll.agreements.negotiation import OutOfTurn
from commonroll.agreements.recall import Out, deletion, deletion_text, extracts_in, verify_deletion
from commonroll.errors import Refusal
from commonroll.notes import Signer, canonical, load_key, parse_canonical, sha256_text
from commonroll.server import duties
from commonroll.server.actions.attempts import attempt
from commonroll.server.actions.federation import current_vkey, federation
from commonroll.server.actions.negotiations import locked
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Lent, Member, Recall


@dataclass(frozen=True)
class Standing:
    """Where a duty stands: `open`, `overdue`, `met` or `met late`; whole days left, below 0 past due."""

    state: str
    days: int


def standing(recall: Recall, now: datetime | None = None) -> Standing:
    """Where a recall stands now; the log says `overdue` within seconds of it."""
    at = recall.met_at or now or timezone.now()
    days = (recall.due - at).days
    if recall.met_at is not None:
        return Standing("met late" if recall.met_at > recall.due else "met", days)
    return Standing("overdue" if at >= recall.due else "open", days)


def document_of(recall: Recall) -> dict[str, Any]:
    """The recall as both hold it."""
    return cast(dict[str, Any], parse_canonical(bytes(recall.document)))


def extracts_of(recall: Recall) -> tuple[Out, ...]:
    """The extracts that a recall names, with rows where some people are recalled."""
    return extracts_in(document_of(recall))


# Reading


def _all() -> QuerySet[Recall]:
    return Recall.objects.select_related("agreement__owner", "agreement__recipient").order_by(
        "met_at", "due", "pk"
    )


def of_owner(*, home: Home, of: Member, by: Actor) -> list[Recall]:
    """What the member recalled, what is open first; what is due to be opened is opened before."""
    by.require("read", of)
    duties.sweep(home)
    return sorted(_all().filter(agreement__owner=of), key=_order)


def of_holder(*, home: Home, of: Member, by: Actor) -> list[Recall]:
    """What the member is to delete or has deleted, what is open first."""
    by.require("read", of)
    duties.sweep(home)
    return sorted(_all().filter(agreement__recipient=of), key=_order)


def _order(recall: Recall) -> tuple[bool, datetime, str]:
    return recall.met_at is not None, recall.due, str(recall.pk)


@dataclass(frozen=True)
class Held:
    """An extract of an owner's rows: `out`, `some rows recalled`, `recalled` as a whole, `deleted`."""

    lent: Lent
    state: str


def held(*, of: Member, by: Actor) -> list[Held]:
    """Who has what: every extract with rows of the member, the newest first."""
    by.require("read", of)
    found = Lent.objects.filter(agreement__owner=of).select_related("agreement__recipient")
    met = dict(Recall.objects.filter(agreement__owner=of).values_list("pk", "met_at"))
    return [Held(one, _became(one, met)) for one in found.order_by("-at", "-pk")]


def _became(one: Lent, met: Mapping[Any, datetime | None]) -> str:
    if one.recall is None:
        return "some rows recalled" if one.touched else "out"
    return "deleted" if met.get(one.recall) else "recalled"


def one(*, pk: str, of: Member, by: Actor) -> Recall:
    """A recall by its id, for the people of its two parties alone."""
    by.require("read", of)
    found = _all().filter(pk=pk).first()
    if found is None or of.pk not in (found.agreement.owner_id, found.agreement.recipient_id):
        raise Unknown("there is no such recall", next_step="see the list of your recalls")
    return found


def as_dict(recall: Recall) -> dict[str, Any]:
    """A recall as one JSON document."""
    stands = standing(recall)
    return {
        "id": str(recall.pk),
        "agreement": recall.agreement.number,
        "owner": recall.agreement.owner.key,
        "recipient": recall.agreement.recipient.key,
        "about": recall.about,
        "state": stands.state,
        "days_left": stands.days,
        "due": recall.due.isoformat(),
        "recall": document_of(recall),
        "note": recall.note,
        "statement": parse_canonical(bytes(recall.statement)) if recall.statement else None,
        "statement_note": recall.statement_note,
    }


# The statement


def to_sign(*, recall: Recall, member: Member) -> dict[str, Any]:
    """The statement of deletion that the holder signs, here or offline."""
    return deletion(document_of(recall), by=member.key, issued=timezone.now().replace(microsecond=0))


def acknowledge(*, home: Home, recall: Recall, member: Member, passphrase: str, by: Actor) -> Recall:
    """State with the key kept here that every copy of what the recall names is deleted."""
    by.require("recall", member)
    _open_for(recall, member)
    said = to_sign(recall=recall, member=member)
    text = deletion_text(said)
    note = f"{text}\n{_signer(home, member, passphrase).line(text)}\n"
    return enter(recall=recall, member=member, document=canonical(said), note=note, by=by)


def _open_for(recall: Recall, member: Member) -> None:
    if member.pk != recall.agreement.recipient_id:
        raise Unknown("there is no such recall", next_step="the holder answers it")


def _vkey(member: Member) -> str:
    """The key that a statement is signed with: the one in use, for a member that left the last it used."""
    if member.left_at is None:
        return current_vkey(member)
    last = member.keys.filter(withdrawn_at=None).order_by("-valid_from", "-pk").first()
    return last.vkey if last else current_vkey(member)


def _signer(home: Home, member: Member, passphrase: str) -> Signer:
    signer = load_key(home.signing_key(member.key), federation().key_name(member.key), passphrase)
    if signer.vkey != _vkey(member):
        raise Refusal("the key kept here is not the key in use", next_step="sign offline with the key in use")
    return signer


def enter(*, recall: Recall, member: Member, document: bytes, note: str, by: Actor) -> Recall:
    """Enter a statement of deletion that was signed here or offline; it meets the duty.

    Refused, with the attempt in the owner's log and nothing changed: a second one, one for other extracts or
    another recall, one by another key or of the future.
    """
    by.require("recall", member)
    _open_for(recall, member)
    agreement = recall.agreement
    with attempt(
        what="statement of deletion",
        owner=agreement.owner,
        recipient=agreement.recipient,
        by=by,
        agreement=agreement.urn,
    ):
        locked(agreement)
        found = _all().get(pk=recall.pk)
        if found.met_at is not None:
            raise OutOfTurn(
                f"this recall was answered on {found.met_at:%Y-%m-%d}", next_step="there is nothing to do"
            )
        verify_deletion(document, note, document_of(found), _vkey(member), now=timezone.now())
        found.met_at, found.by = timezone.now(), by.label
        found.statement, found.statement_note = document, note
        found.statement_hash = sha256_text(document)
        found.save()
        duties.note_duty(found, "met", {"statement": found.statement_hash})
        return found
