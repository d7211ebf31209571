"""Payments that the sides of an agreement state, and take back: documents that one of them signed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from commonroll.agreements import payment as documents
from commonroll.errors import Refusal
from commonroll.notes import canonical, sha256_text
from commonroll.server import journal, wall
from commonroll.server.actions.agreements import unlock
from commonroll.server.actions.dues import of_side, read_statement, statements
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
    text = of_side(number, member)
    now = timezone.now().replace(microsecond=0)
    document = documents.statement(
        document_of(text), by=member.key, what=what, cents=cents, on=on, issued=now
    )
    return _signed(home, text, member, document, passphrase, by, now)


@wall.node()
def take_back(*, home: Home, statement: str, member: Member, passphrase: str, by: Actor) -> Payment:
    """Sign that one's own statement, named by its hash, was wrong: it settles nothing from now on."""
    by.require("sign", member)
    row = (
        Payment.objects.select_related("agreement__owner", "agreement__recipient", "member")
        .filter(document_hash=statement, member=member)
        .first()
    )
    if row is None or not isinstance(read_statement(row, Register.today()), documents.Payment):
        raise Unknown("you made no such statement", next_step="see `commonroll agreement payments`")
    if statement in {one.row.document_hash for one in statements([row.agreement]) if one.taken_back}:
        raise Refusal("this was taken back already", next_step="nothing is left to do")
    now = timezone.now().replace(microsecond=0)
    document = documents.taking_back(
        document_of(row.agreement), by=member.key, statement=statement, issued=now
    )
    return _signed(home, row.agreement, member, document, passphrase, by, now)


def _signed(
    home: Home, text: Agreement, member: Member, document: dict[str, Any], passphrase: str, by: Actor,
    now: datetime,
) -> Payment:  # fmt: skip
    data, note = canonical(document), documents.sign(document, unlock(home, member, passphrase))
    documents.verify(data, note, current_vkey(member))
    return _enter(text, member, data, note, by, now)


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
