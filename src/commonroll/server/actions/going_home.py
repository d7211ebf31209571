"""What goes home on which day, as its gatherer sees it, and what an owner may expect from whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import MADE
from commonroll.server.actions import handing_over, releasing, sharing
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.meaning import grant_of
from commonroll.server.models import Agreement, CameHome, Member
from commonroll.server.permits import in_force_grant


@dataclass(frozen=True)
class Going:
    """One thing of a gatherer's, or all answers or attempts that wait: whose voters, of how many, and when.

    `on`: the day on which it goes, the first of them; `row`: what of it stands with the owner already.
    """

    owner: str
    kind: str
    name: str
    rows: int
    on: date
    agreement: int | None
    row: CameHome | None = None

    @property
    def there(self) -> bool:
        """Whether the owner has all of it."""
        return self.row is not None


def going(*, home: Home, of: Member, now: datetime, by: Actor) -> list[Going]:
    """What the member gathered or made and owes, that which goes first at the top."""
    by.require("read", of)
    found = [
        one
        for owner, grant in releasing.owed(of).items()
        for one in (*_gathered(home, of, grant, now), *_made(home, of, owner, grant))
    ]
    return sorted(found, key=lambda one: (one.there, one.on, one.owner, one.kind, one.name))


def _gathered(home: Home, of: Member, grant: Grant, now: datetime) -> Iterator[Going]:
    within = sharing.returns(grant)
    for kind, waits in sharing.waiting(home, grant.owner, of.key, within, now).items():
        if kind in sharing.WAIT and waits.missing and waits.oldest is not None:
            on = releasing.goes_on(grant, waits.oldest.date(), kind)
            yield Going(grant.owner, kind, "", waits.missing, on, grant.number)


def _made(home: Home, of: Member, owner: str, grant: Grant) -> Iterator[Going]:
    there = {(row.kind, row.source): row for row in CameHome.objects.filter(member=of, owner__key=owner)}
    for kind in MADE:
        maker = handing_over.MAKERS[kind]
        last = {one.source: one for one in maker.things(of, owner)} if kind in sharing.returns(grant) else {}
        for thing in last.values():
            row = there.get((kind, thing.source))
            kept = row if row and (row.kept_out_at or (row.stands and row.version == thing.version)) else None
            on = releasing.goes_on(grant, thing.of_day, kind)
            if rows := maker.rows(home, thing, owner):
                yield Going(owner, kind, thing.name, rows, on, grant.number, kept)


@dataclass(frozen=True)
class Coming:
    """What the terms of an agreement bring an owner: kinds, and the day, None for that after the election."""

    recipient: str
    kinds: tuple[str, ...]
    on: date | None
    agreement: int | None


def coming(*, of: Member, by: Actor) -> list[Coming]:
    """By agreement in force, whose terms name what the recipient makes."""
    by.require("read", of)
    signed = Agreement.objects.filter(owner=of, state=Agreement.State.FINAL)
    found = []
    for one in signed.select_related("owner", "recipient").order_by("number"):
        grant = grant_of(one) if in_force_grant(one) is not None else None
        if grant is not None and (kinds := tuple(k for k in MADE if k in sharing.returns(grant))):
            found.append(Coming(one.recipient.key, kinds, sharing.release_of(grant), one.number))
    return found
