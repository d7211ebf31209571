"""Who has rows of an owner, what came back, and what a recipient owes: totals, from database and engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from django.db.models import Count, Max, QuerySet, Sum

from commonroll.agreements.grant import Duty, Grant
from commonroll.insight.came_back import KINDS, RETURNED, CameBack, Outstanding, came_back, outstanding
from commonroll.roll.schema import ATTEMPTS, RESPONSES
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import dues
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import ROWS_LEFT, Agreement, Journal, Lent, Member, Recall


@dataclass(frozen=True)
class Out:
    """What one recipient took of an owner's rows: ever, and what of it no signed statement says is deleted.

    `recalled` counts extracts that an open recall names; `due` is when the first of them must be gone.
    """

    recipient: str
    extracts: int
    rows: int
    still: int
    still_rows: int
    last: datetime
    recalled: int = 0
    due: datetime | None = None


def out(*, of: Member, by: Actor) -> list[Out]:
    """One line for each recipient that ever took rows, by what is still out, the largest first."""
    by.require("read", of)
    taken = Journal.objects.filter(log=of.key, type__in=ROWS_LEFT).exclude(recipient="")
    ever = taken.values("recipient").annotate(n=Count("id"), all=Sum("rows"), last=Max("at"))
    met = Recall.objects.filter(agreement__owner=of, met_at__isnull=False).values("pk")
    lent = Lent.objects.filter(agreement__owner=of)
    gone = _by_recipient(lent.filter(recall__in=met))
    named = _by_recipient(lent.filter(touched=True).exclude(recall__in=met))
    waits = _with_parties(Recall.objects.filter(agreement__owner=of, met_at=None))
    due = {recall.agreement.recipient.key: recall.due for recall in reversed(waits)}
    found = []
    for row in ever:
        key = row["recipient"]
        extracts, rows = gone.get(key, (0, 0))
        recalled = named.get(key, (0, 0))[0] if key in due else 0
        # what left before extracts were noted one by one is out too
        still = row["n"] - extracts, (row["all"] or 0) - rows
        found.append(Out(key, row["n"], row["all"] or 0, *still, row["last"], recalled, due.get(key)))
    return sorted(found, key=lambda one: (-one.still_rows, -one.rows, one.recipient))


def _by_recipient(lent: QuerySet[Lent]) -> dict[str, tuple[int, int]]:
    """Extracts and rows by recipient."""
    grouped = lent.values("agreement__recipient__key").annotate(n=Count("id"), all=Sum("rows"))
    return {row["agreement__recipient__key"]: (row["n"], row["all"] or 0) for row in grouped}


def _with_parties(recalls: QuerySet[Recall]) -> list[Recall]:
    """The first due first."""
    return list(recalls.select_related("agreement__owner", "agreement__recipient").order_by("due"))


@dataclass(frozen=True)
class Back:
    """What one recipient brought an owner, and by kind what it holds and has not; `within` days by kind."""

    recipient: str
    brought: CameBack | None
    waits: dict[str, Outstanding]
    within: dict[str, int]


def back(
    *, home: Home, of: Member, grants: Iterable[tuple[str, Grant]], now: datetime, by: Actor
) -> list[Back]:
    """What came back and what is late: for each recipient of `grants`, and whoever else brought any."""
    by.require("read", of)
    mine = Vault(home.vaults, of.key)
    brought = came_back({table: mine.event_files(table) for table in RETURNED}, owner=of.key)
    terms: dict[str, dict[str, int]] = {}
    waits: dict[str, date] = {}
    for recipient, grant in grants:
        _later(waits, recipient, release_of(grant))
        for kind, days in returns(grant).items():
            known = terms.setdefault(recipient, {})
            known[kind] = min(days, known.get(kind, days))

    def outstanding_of(key: str) -> dict[str, Outstanding]:
        return waiting(home, of.key, key, terms.get(key, {}), now, waits.get(key))

    return [
        Back(key, brought.get(key), outstanding_of(key), terms.get(key, {}))
        for key in sorted({*terms, *brought})
    ]


def _later(waits: dict[str, date], key: str, release: date | None) -> None:
    if release is not None:
        waits[key] = max(release, waits.get(key, release))


def returns(grant: Grant) -> dict[str, int]:
    """What comes back under a grant, and within how many days."""
    found: dict[str, int] = {}
    for duty in grant.duties:
        if duty.action == "return_responses" and duty.within is not None:
            found |= dict.fromkeys(duty.returns or ("responses",), duty.within.days)
    return found


def release_of(grant: Grant) -> date | None:
    """The day until which the terms let answers wait."""
    return next((duty.release for duty in grant.duties if duty.release is not None), None)


WAIT = frozenset({RESPONSES.name, ATTEMPTS.name})
"""Kinds that wait with whoever gathered them for the day of the terms; the others go at once."""


def waiting(
    home: Home, owner: str, gatherer: str, terms: dict[str, int], now: datetime, release: date | None = None
) -> dict[str, Outstanding]:
    """What the gatherer holds about the owner's voters and the owner has not: answers, and what else the
    terms say comes back. Before `release` nothing of WAIT is late."""
    within = {"responses": 0} | {kind: days for kind, days in terms.items() if kind in KINDS}
    theirs, mine = Vault(home.vaults, gatherer), Vault(home.vaults, owner)
    due = {kind: now - timedelta(days=days) for kind, days in within.items()}
    if release is not None and now < _midnight(release) + timedelta(days=within["responses"]):
        due |= dict.fromkeys(WAIT & due.keys(), datetime.min.replace(tzinfo=UTC))
    return outstanding(
        {table: theirs.event_files(table) for table in RETURNED},
        {table: mine.event_files(table) for table in RETURNED},
        owner=owner,
        gathered_by=gatherer,
        due=due,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


# The recipient's side


@dataclass(frozen=True)
class Owed:
    """One thing that a recipient owes an owner, and by when; `late` once that has passed.

    `kind`: which of what comes back (`came_back.KINDS`), where something has to be returned.
    """

    owner: str
    what: Literal["return", "delete", "delete at the end", "pay"]
    by: datetime
    late: bool
    agreement: int | None = None
    number: int = 0
    cents: int = 0
    recall: str = ""
    kind: str = ""


def owed(
    *, home: Home, of: Member, grants: Iterable[tuple[Agreement, datetime, Grant]], now: datetime, by: Actor
) -> list[Owed]:
    """What the member owes, the most urgent first. `grants`: agreements signed, their end and meaning."""
    by.require("read", of)
    found = [*_recalled(of, now)]
    holding = set(
        Lent.objects.filter(agreement__recipient=of, recall=None).values_list("agreement", flat=True)
    )
    terms: dict[str, dict[str, int]] = {}
    later: dict[str, date] = {}
    for agreement, end, grant in grants:
        _later(later, agreement.owner.key, release_of(grant))
        found += _of_grant(agreement, end, grant, agreement.pk in holding, now)
        known = terms.setdefault(agreement.owner.key, {})
        for kind, days in returns(grant).items():
            known[kind] = min(days, known.get(kind, days))
    for owner, within in terms.items():
        wait = later.get(owner)
        for kind, waits in waiting(home, owner, of.key, within, now, wait).items():
            if waits.missing and waits.oldest is not None:
                due = waits.oldest + timedelta(days=within.get(kind, 0))
                if wait is not None and kind in WAIT:
                    due = max(due, _midnight(wait) + timedelta(days=within.get(kind, 0)))
                found.append(Owed(owner, "return", due, due < now, number=waits.missing, kind=kind))
    return sorted(found, key=lambda one: (one.by, one.owner))


def _recalled(of: Member, now: datetime) -> Iterator[Owed]:
    for recall in _with_parties(Recall.objects.filter(agreement__recipient=of, met_at=None)):
        yield Owed(
            recall.agreement.owner.key, "delete", recall.due, recall.due <= now,
            agreement=recall.agreement.number, recall=str(recall.pk),
        )  # fmt: skip


def _of_grant(
    agreement: Agreement, end: datetime, grant: Grant, holds: bool, now: datetime
) -> Iterator[Owed]:
    owner, number = agreement.owner.key, agreement.number
    for duty in grant.duties:
        due = _due(duty, grant.start, end)
        if due is not None and duty.action == "compensate" and duty.price is not None:
            if still := max(duty.price.cents - dues.received(agreement, "price"), 0):
                yield Owed(owner, "pay", due, due < now, agreement=number, cents=still)
        elif due is not None and duty.action == "delete" and holds:
            yield Owed(owner, "delete at the end", due, due < now, agreement=number)


def _due(duty: Duty, start: datetime, end: datetime) -> datetime | None:
    if duty.within is None:
        return None
    return (start if duty.action == "compensate" else end) + duty.within
