"""Money and onward licences: what agreements owe their owners, and statements of those who take rows on."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from commonroll.agreements import onward as documents
from commonroll.agreements.grant import Duty, Grant
from commonroll.agreements.onward import Onward, money, share
from commonroll.errors import Refusal
from commonroll.notes import canonical, sha256_text
from commonroll.server import journal, wall
from commonroll.server.actions.agreements import unlock
from commonroll.server.actions.federation import current_vkey
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.meaning import document_of, grant_of
from commonroll.server.models import Agreement, Member, OnwardStatement
from commonroll.server.permits import in_force_grant
from commonroll.server.register import Register
from commonroll.views.export import harmless


@wall.node()
def state(
    *, home: Home, number: int, member: Member, cents: int, until: datetime, passphrase: str, by: Actor
) -> OnwardStatement:
    """Sign, as a member that the agreement names, what is paid for rows licensed on and until when."""
    by.require("sign", member)
    text = _named(number, member)
    now = timezone.now().replace(microsecond=0)
    if until > text.until:
        raise Refusal(
            f"agreement {text.number} ends on {text.until:%Y-%m-%d}, and nothing licensed on outlives it",
            next_step="name a day no later than that",
        )
    document = documents.statement(document_of(text), by=member.key, cents=cents, issued=now, until=until)
    note = documents.sign(document, unlock(home, member, passphrase))
    return _enter(text, member, canonical(document), note, by)


def _named(number: int, member: Member) -> Agreement:
    text = Agreement.objects.select_related("owner", "recipient").filter(number=number).first()
    grant = in_force_grant(text) if text is not None else None
    if text is None or grant is None or member.key not in grant.onward:
        raise Unknown(
            "no agreement in force of this number names you", next_step="ask the recipient for its number"
        )
    return text


@transaction.atomic
def _enter(text: Agreement, member: Member, document: bytes, note: str, by: Actor) -> OnwardStatement:
    read = documents.verify(document, note, current_vkey(member))
    made = OnwardStatement.objects.create(
        agreement=text,
        member=member,
        document=document,
        document_hash=sha256_text(document),
        note=note,
        by=by.label,
        issued=read.issued,
    )
    said = {"agreement": text.urn, "statement": made.document_hash, "by": member.urn}
    journal.operator(text.owner, "onward.stated", said)
    return made


def _read(row: OnwardStatement, keys: Register) -> Onward | None:
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


# The account


@dataclass(frozen=True)
class Entry:
    """One line of an owner's account: an agreement's price, or its share of one onward licence.

    `paid` and `owed` are cents: what the licence costs whoever takes it, and the owner's part of it.
    """

    agreement: Agreement
    kind: str
    taken_by: str
    paid: int
    percent: int
    owed: int
    due: datetime | None
    credit: bool
    counts: bool

    @property
    def paid_dollars(self) -> str:
        return money(self.paid)

    @property
    def owed_dollars(self) -> str:
        return money(self.owed)


def account(*, of: Member, by: Actor) -> list[Entry]:
    """What agreements that `of` gave or received owe their owners: one entry for each price and licence.

    An onward licence that nobody has stated owes nothing yet and is listed as one that does not count.
    """
    by.require("read", of)
    texts = Agreement.objects.filter(Q(owner=of) | Q(recipient=of), finalized_at__isnull=False)
    keys, found = Register.today(), []
    for text in texts.select_related("owner", "recipient"):
        try:
            grant = grant_of(text)
        except Refusal:  # nothing of it is left under the law
            continue
        rows = list(OnwardStatement.objects.filter(agreement=text).select_related("agreement", "member"))
        found += _entries(text, grant, keys, rows)
    return found


@wall.node()
def licences(*, of: Member, by: Actor) -> list[Entry]:
    """Licences that `of` took on and stated under agreements of others, and what they owe the owners."""
    by.require("read", of)
    mine: dict[int, list[OnwardStatement]] = {}
    rows = OnwardStatement.objects.filter(member=of).select_related(
        "agreement__owner", "agreement__recipient", "member"
    )
    for row in rows:
        mine.setdefault(row.agreement_id, []).append(row)
    keys, found = Register.today(), []
    for stated in mine.values():
        text = stated[0].agreement
        try:
            grant = grant_of(text)
        except Refusal:  # nothing of it is left under the law
            continue
        found += [e for e in _entries(text, grant, keys, stated) if e.kind == "onward licence" and e.due]
    return found


def _entries(text: Agreement, grant: Grant, keys: Register, rows: list[OnwardStatement]) -> list[Entry]:
    price, percent = _duty(grant, "compensate"), _duty(grant, "royalty")
    credit = _duty(grant, "attribute") is not None
    found = []
    if price is not None and price.price is not None:
        cents, due = price.price.cents, text.start + (price.within or timedelta(0))
        found.append(Entry(text, "price", text.recipient.name, cents, 100, cents, due, credit, True))
    royalty = percent.percent if percent is not None else 0
    stated = {row.member.key for row in rows}
    names = dict(Member.objects.filter(key__in=grant.onward).values_list("key", "name"))
    for row in rows:
        read = _read(row, keys)
        counts = read is not None and read.by in grant.onward
        paid = read.cents if read is not None and counts else 0
        owed = share(paid, royalty)
        found.append(
            Entry(text, "onward licence", row.member.name, paid, royalty, owed, row.issued, credit, counts)
        )
    for key in grant.onward:
        if key not in stated:
            name = names.get(key, key)
            found.append(Entry(text, "onward licence", name, 0, royalty, 0, None, credit, False))
    if not found and (royalty or credit):
        found.append(Entry(text, "licence", text.recipient.name, 0, royalty, 0, None, credit, True))
    return found


def _duty(grant: Grant, action: str) -> Duty | None:
    return next((duty for duty in grant.duties if duty.action == action), None)


HEAD = ("agreement", "owner", "recipient", "kind", "taken by", "paid USD", "percent", "owed USD", "on",
        "credit", "counts")  # fmt: skip


def statement_of_account(entries: list[Entry]) -> str:
    """The entries as CSV: exact decimals, days as YYYY-MM-DD, `no` for licences that nobody has signed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEAD)
    for one in entries:
        day = one.due.strftime("%Y-%m-%d") if one.due else ""
        writer.writerow(
            (one.agreement.number, harmless(one.agreement.owner.name), harmless(one.agreement.recipient.name),
             one.kind, harmless(one.taken_by), money(one.paid), one.percent, money(one.owed), day,
             "named wherever used" if one.credit else "", "yes" if one.counts else "no")
        )  # fmt: skip
    return out.getvalue()
