"""What agreements owe their owners, and what the sides signed of it: owed, stated, received, open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from commonroll.agreements import payment as documents
from commonroll.agreements.onward import money
from commonroll.agreements.terms import read
from commonroll.errors import Refusal
from commonroll.server import wall
from commonroll.server.actions import onward
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import Agreement, Member, Payment
from commonroll.server.register import Register


def of_side(number: int, member: Member) -> Agreement:
    text = Agreement.objects.select_related("owner", "recipient").filter(number=number).first()
    if text is None or text.finalized_at is None or not _has_part(member, text):
        raise Unknown(
            "no agreement of this number has you as a side", next_step="see `commonroll agreement list`"
        )
    return text


def _has_part(member: Member, text: Agreement) -> bool:
    return member in (text.owner, text.recipient) or member.key in read(bytes(text.document)).onward


def read_statement(row: Payment, keys: Register) -> documents.Payment | documents.TakenBack | None:
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


@dataclass(frozen=True)
class Stated:
    """A statement as its member signed it; `taken_back` by the same member, so that it counts no more."""

    row: Payment
    said: documents.Payment
    received: bool
    taken_back: bool

    @property
    def dollars(self) -> str:
        return money(self.said.cents)


def statements(texts: Iterable[Agreement]) -> list[Stated]:
    """What was stated under these agreements with a signature that counts, the oldest first."""
    keys, found = Register.today(), []
    gone: set[tuple[int, str]] = set()
    rows = Payment.objects.filter(agreement__in=[text.pk for text in texts])
    for row in rows.select_related("agreement", "member"):
        said = read_statement(row, keys)
        if isinstance(said, documents.TakenBack):
            gone.add((row.member_id, said.statement))
        elif said is not None:
            found.append((row, said))
    return [
        Stated(row, said, row.member_id == row.agreement.owner_id, (row.member_id, row.document_hash) in gone)
        for row, said in found
    ]


@wall.node()
def _sums(texts: Iterable[Agreement]) -> tuple[Sums, Sums]:
    """What payers and what owners signed, in cents by agreement and kind."""
    stated, received = Sums(), Sums()
    for one in statements(texts):
        to, key = received if one.received else stated, (one.row.agreement_id, one.said.what)
        to[key] = to.get(key, 0) + (0 if one.taken_back else one.said.cents)
    return stated, received


def received(agreement: Agreement, what: str) -> int:
    """Cents that the owner signed to have received for this."""
    return _sums([agreement])[1].get((agreement.pk, what), 0)


# One agreement


@dataclass(frozen=True)
class Licence:
    """What one member's own licences under an agreement of others owe the owner, in cents; and what it paid.

    What the owner received names nobody, so it is not told here.
    """

    agreement: Agreement
    owed: int
    stated: int

    @property
    def open(self) -> int:
        return max(self.owed - self.stated, 0)

    @property
    def dollars(self) -> dict[str, str]:
        return {"owed": money(self.owed), "stated": money(self.stated), "open": money(self.open)}


@dataclass(frozen=True)
class Account:
    """The payments of one agreement as one of its sides may read them."""

    agreement: Agreement
    owns: bool
    dues: list[Due]
    licence: Licence | None
    stated: list[Stated]

    @property
    def open(self) -> dict[str, int]:
        """Cents that are still open, by what they are for; of a payer, those that it has not yet stated."""
        if self.licence is not None:
            return {"royalty": self.licence.open}
        return {
            due.what: due.open if self.owns else max(due.owed - max(due.stated, due.received), 0)
            for due in self.dues
        }


@wall.node()
def licensed(*, of: Member, by: Actor) -> list[Licence]:
    """What licences that `of` took on owe the owners, by agreement."""
    owed: dict[int, int] = {}
    texts: dict[int, Agreement] = {}
    for one in onward.licences(of=of, by=by):
        texts[one.agreement.pk] = one.agreement
        owed[one.agreement.pk] = owed.get(one.agreement.pk, 0) + (one.owed if one.counts else 0)
    paid = dict.fromkeys(texts, 0)
    for stated in statements(texts.values()):
        if stated.row.member_id == of.pk and not stated.taken_back:
            paid[stated.row.agreement_id] += stated.said.cents
    return [Licence(texts[pk], owed[pk], paid[pk]) for pk in owed]


@wall.node()
def account(*, number: int, of: Member, by: Actor) -> Account:
    """What one agreement owes and who stated what; whoever is licensed on reads its own part alone."""
    by.require("read", of)
    text = of_side(number, of)
    stated = statements([text])
    if of in (text.owner, text.recipient):
        mine = [one for one in dues(of=of, by=by) if one.agreement.pk == text.pk]
        return Account(text, of == text.owner, mine, None, stated)
    licence = next((one for one in licensed(of=of, by=by) if one.agreement.pk == text.pk), None)
    own = [one for one in stated if one.row.member_id == of.pk]
    return Account(text, False, [], licence or Licence(text, 0, 0), own)
