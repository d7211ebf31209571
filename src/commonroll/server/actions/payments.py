"""Payments that the sides of an agreement state, and what an owner is due: owed, stated, received, open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from commonroll.agreements import payment as documents
from commonroll.agreements.onward import money
from commonroll.agreements.terms import read
from commonroll.errors import Refusal
from commonroll.notes import canonical, sha256_text
from commonroll.server import journal, wall
from commonroll.server.actions import onward
from commonroll.server.actions.agreements import unlock
from commonroll.server.actions.federation import current_vkey
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.meaning import document_of
from commonroll.server.models import Agreement, Member, Payment
from commonroll.server.register import Register


@wall.node()
def state(
    *,
    home: Home,
    number: int,
    member: Member,
    what: str,
    cents: int,
    on: datetime,
    passphrase: str,
    by: Actor,
) -> Payment:
    """Sign, as a payer, that a price or royalty was paid, or as the owner that it was received.

    Of agreements that have ended, too: what was owed is owed still.
    """
    by.require("sign", member)
    text = _of(number, member)
    now = timezone.now().replace(microsecond=0)
    document = documents.statement(
        document_of(text), by=member.key, what=what, cents=cents, on=on, issued=now
    )
    data, note = canonical(document), documents.sign(document, unlock(home, member, passphrase))
    documents.verify(data, note, current_vkey(member))
    return _enter(text, member, data, note, by, now)


def _of(number: int, member: Member) -> Agreement:
    text = Agreement.objects.select_related("owner", "recipient").filter(number=number).first()
    if text is None or text.finalized_at is None or not _has_part(member, text):
        raise Unknown(
            "no agreement of this number has you as a side", next_step="see `commonroll agreement list`"
        )
    return text


def _has_part(member: Member, text: Agreement) -> bool:
    return member in (text.owner, text.recipient) or member.key in read(bytes(text.document)).onward


@transaction.atomic
def _enter(
    text: Agreement, member: Member, data: bytes, note: str, by: Actor, issued: datetime
) -> Payment:  # fmt: skip
    if Payment.objects.filter(document_hash=sha256_text(data)).exists():
        raise Refusal("this was stated already", next_step="nothing is left to do")
    made = Payment.objects.create(
        agreement=text, member=member, document=data, document_hash=sha256_text(data), note=note, by=by.label,
        issued=issued,
    )  # fmt: skip
    said = {"agreement": text.urn, "statement": made.document_hash, "by": member.urn}
    for log in {text.owner, text.recipient}:
        if log.left_at is None:
            journal.operator(log, "payment.stated", said)
    return made


def _read(row: Payment, keys: Register) -> documents.Payment | None:
    """The statement if a key of its member that counts today signed it about this very text."""
    for vkey in keys.signing_at(row.member_id, row.issued):
        try:
            found = documents.verify(bytes(row.document), row.note, vkey)
        except Refusal:
            continue
        same = (found.agreement, found.terms_hash, found.by) == (
            row.agreement.urn, row.agreement.document_hash, row.member.key,
        )  # fmt: skip
        return found if same and not keys.withdrawn(vkey) else None
    return None


@dataclass(frozen=True)
class Due:
    """What one agreement owes its owner for the price or as royalty, in cents.

    `stated`: payers signed that they paid it. `received`: the owner signed that it came; only that settles.
    """

    agreement: Agreement
    what: str
    owed: int
    stated: int
    received: int
    by: datetime | None

    @property
    def open(self) -> int:
        return max(self.owed - self.received, 0)

    @property
    def late(self) -> bool:
        return bool(self.open and self.by is not None and self.by < timezone.now())

    @property
    def unconfirmed(self) -> int:
        return max(self.stated - self.received, 0)

    @property
    def dollars(self) -> dict[str, str]:
        amounts = {"owed": self.owed, "stated": self.stated, "received": self.received, "open": self.open}
        return {name: money(cents) for name, cents in amounts.items()}


def dues(*, of: Member, by: Actor) -> list[Due]:
    """What agreements that `of` gave or received owe their owners, by agreement and kind; alike for both."""
    entries = onward.account(of=of, by=by)
    owed: dict[tuple[int, str], int] = {}
    first: dict[tuple[int, str], datetime] = {}
    texts = {one.agreement.pk: one.agreement for one in entries}
    for one in entries:
        key = (one.agreement.pk, "price" if one.kind == "price" else "royalty")
        owed[key] = owed.get(key, 0) + (one.owed if one.counts else 0)
        if one.due is not None:
            first[key] = min(one.due, first.get(key, one.due))
    stated, received = _sums(texts.values())
    keys = sorted({*owed, *stated, *received}, key=lambda key: (texts[key[0]].number, key[1]))
    found = (
        Due(texts[pk], what, owed.get((pk, what), 0), stated.get((pk, what), 0),
            received.get((pk, what), 0), first.get((pk, what)))
        for pk, what in keys
    )  # fmt: skip
    return [due for due in found if due.owed or due.stated or due.received]


Sums = dict[tuple[int, str], int]


@wall.node()
def _sums(texts: Iterable[Agreement]) -> tuple[Sums, Sums]:
    """What payers and what owners signed, in cents by agreement and kind."""
    keys, stated, received = Register.today(), Sums(), Sums()
    rows = Payment.objects.filter(agreement__in=[text.pk for text in texts])
    for row in rows.select_related("agreement", "member"):
        found = _read(row, keys)
        if found is not None:
            to = received if row.member_id == row.agreement.owner_id else stated
            key = (row.agreement_id, found.what)
            to[key] = to.get(key, 0) + found.cents
    return stated, received


def received(agreement: Agreement, what: str) -> int:
    """Cents that the owner signed to have received for this."""
    return _sums([agreement])[1].get((agreement.pk, what), 0)
