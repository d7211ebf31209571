"""How two members stand for one purpose, in a word, a mark and an end: the cells of the matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from django.db.models import Q

from commonroll.agreements.events import TERMINAL
from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import PURPOSES
from commonroll.agreements.terms import read
from commonroll.errors import Refusal
from commonroll.server import meaning
from commonroll.server.models import Agreement, Member
from commonroll.server.overriding import Overrides
from commonroll.server.pages.agreements import suspended
from commonroll.server.permits import floors_of_logs, in_force_grant
from commonroll.server.register import Register

State = Literal["force", "soon", "suspended", "rests", "later", "offered", "draft", "ended", "law", "none"]
WORDS: Mapping[State, str] = {
    "force": "in force",
    "soon": "ends soon",
    "suspended": "suspended",
    "rests": "rests",
    "later": "begins later",
    "offered": "offered",
    "draft": "draft",
    "ended": "ended",
    "law": "law forbids",
    "none": "none",
}
"""What stands in a cell, the weightiest first: of several agreements the first of these is shown."""
MEANT: Mapping[State, str] = {
    "force": "signed by both, and may be used now",
    "soon": "in force, and ends within 30 days",
    "suspended": "signed, but gives nothing until the owner or the federation resumes it",
    "rests": "signed, but gives nothing: a key was withdrawn, or the law took it out",
    "later": "signed by both, begins on the day shown",
    "offered": "one side waits for the other",
    "draft": "written, not yet offered",
    "ended": "ran out, was revoked or replaced",
    "law": "the law of the owner's state refuses this purpose",
    "none": "no agreement",
}
ORDER = tuple(WORDS)
SOON = timedelta(days=30)
OPEN = (Agreement.State.DRAFT, Agreement.State.OFFERED)


@dataclass(frozen=True)
class Stood:
    """One agreement as it stands now: where, until when, and its grant where one is in force.

    `law`: what owners have set aside of the law, as it was when it was looked at.
    """

    agreement: Agreement
    state: State
    end: datetime
    purposes: frozenset[str]
    law: Overrides
    grant: Grant | None = None

    @property
    def words(self) -> str:
        return WORDS[self.state]

    @property
    def when(self) -> datetime:
        """The day that matters: the beginning where it begins later, else the end."""
        return self.agreement.start if self.state == "later" else self.end


@dataclass(frozen=True)
class Cell:
    """One owner, one recipient, one purpose; the weightiest agreement first."""

    owner: Member
    recipient: Member
    purpose: str
    state: State
    found: tuple[Stood, ...] = ()

    @property
    def words(self) -> str:
        return WORDS[self.state]

    @property
    def first(self) -> Stood | None:
        return self.found[0] if self.found else None


def stand(agreements: Iterable[Agreement], now: datetime) -> Iterator[Stood]:
    """How each agreement stands, those left out that were taken back or answered with other terms."""
    register, floors, law = Register.today(), floors_of_logs(), Overrides.all()
    for agreement in agreements:
        if agreement.state in (Agreement.State.WITHDRAWN, Agreement.State.ANSWERED):
            continue
        ends = (e.effective for e in agreement.events.all() if e.event in TERMINAL)
        end = min([agreement.until, *ends])
        grant = None
        if agreement.state == Agreement.State.FINAL and agreement.start <= now < end:
            grant = in_force_grant(agreement, now, register=register, floors=floors, overrides=law)
        state = _state(agreement, grant, end, now)
        purposes = grant.purposes if grant else asked_for(bytes(agreement.document))
        yield Stood(agreement, state, end, purposes, law, grant)


@lru_cache(maxsize=4096)
def asked_for(document: bytes) -> frozenset[str]:
    """The purposes that the text names; the same bytes name the same."""
    return frozenset(read(document).purposes)


def _state(agreement: Agreement, grant: Grant | None, end: datetime, now: datetime) -> State:
    if end <= now or agreement.state == Agreement.State.ENDED:
        return "ended"
    if agreement.state in OPEN:
        return "offered" if agreement.state == "offered" or agreement.signatures.all() else "draft"
    if grant is not None:
        return "soon" if end - now <= SOON else "force"
    if suspended(agreement) or agreement.owner.suspended_at or agreement.recipient.suspended_at:
        return "suspended"
    return "later" if agreement.start > now else "rests"


def of_member(me: Member, now: datetime) -> list[Stood]:
    """Every agreement to which the member is a party: nobody else is told that it exists."""
    mine = (
        Agreement.objects.filter(Q(owner=me) | Q(recipient=me))
        .select_related("owner", "recipient")
        .prefetch_related("signatures", "events")
    )
    return list(stand(mine, now))


def cell(
    owner: Member, recipient: Member, purpose: str, stood: Iterable[Stood], refused: frozenset[str]
) -> Cell:
    """The cell of two members and a purpose, the weightiest agreement first, then the newest."""
    parties = owner.pk, recipient.pk
    found = [
        s
        for s in stood
        if (s.agreement.owner_id, s.agreement.recipient_id) == parties and purpose in s.purposes
    ]
    found.sort(key=lambda s: (ORDER.index(s.state), -s.agreement.number))
    if found:
        return Cell(owner, recipient, purpose, found[0].state, tuple(found))
    return Cell(owner, recipient, purpose, "law" if purpose in refused else "none")


def refused(owner: Member, recipient: Member, overrides: Overrides, now: datetime) -> frozenset[str]:
    """Purposes that the law of the owner's state refuses, but for what the owner has set aside."""
    if not owner.state:
        return frozenset()
    law = meaning.law_over(owner, recipient, None, overrides, now)
    rules = (rule for pack in law for rule in pack.rules)
    return frozenset(p for rule in rules if rule.does == "refuse_purpose" for p in rule.value) & set(PURPOSES)


def meant(stood: Stood) -> Grant | None:
    """The grant that is in force, or what the text would mean today; None where it means nothing."""
    try:
        return stood.grant or meaning.grant_of(stood.agreement, overrides=stood.law)
    except Refusal:
        return None
