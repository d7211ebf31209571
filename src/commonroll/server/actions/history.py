"""A member's roll over time, for the member: two snapshots compared, every period counted, one voter."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from commonroll.agreements.law import next_election
from commonroll.agreements.profile import PURPOSES
from commonroll.errors import Refusal
from commonroll.roll.changes import one_voter, timeline
from commonroll.roll.changes.diff import diff
from commonroll.roll.changes.diff_report import DiffReport
from commonroll.roll.changes.one_voter import Timeline
from commonroll.roll.changes.timeline import Period
from commonroll.roll.vault.vault import Snapshot, Vault
from commonroll.server import journal
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Journal, Member
from commonroll.server.receipts import ensure_fresh
from commonroll.transparency import leaves

LOOKS_AN_HOUR = 30
"""Voters whom a member's people may look at one by one in an hour."""
LONGEST_ID = 60


def own_vault(home: Home, of: Member) -> Vault:
    """The vault of a member that has a roll, whether or not one was loaded."""
    if not of.state:
        raise Refusal(f"{of.name} owns no state's file", next_step="act for a member that owns the voters")
    return Vault(home.vaults, of.key)


def difference(*, home: Home, of: Member, old: str = "", new: str = "", by: Actor) -> DiffReport:
    """What changed between two snapshots, each a number or the day (YYYY-MM-DD) on which it was the roll.

    The newest and the one kept before it unless named.
    """
    by.require("read", of)
    held = own_vault(home, of)
    kept = held.snapshots()
    after = _named(held, new) or next(iter(kept), None)
    earlier = [one for one in kept if after is not None and one.number < after.number]
    before = _named(held, old) or next(iter(earlier), None)
    if before is None or after is None:
        raise Refusal(
            f"{of.name} has fewer than two snapshots to compare", next_step="load another delivery first"
        )
    return diff(held, before, after)


def _named(held: Vault, said: str) -> Snapshot | None:
    if not said:
        return None
    if said.isascii() and said.isdecimal() and len(said) <= 9:
        return held.snapshot(int(said))
    return timeline.current_on(held, day_of(said))


def day_of(said: str) -> date:
    """A day as people type it; refused where it is none."""
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise Refusal(
            "this is neither a snapshot's number nor a day",
            next_step="write a number of the list of snapshots, or a day as 2026-11-24",
        ) from error


def periods(*, home: Home, of: Member, by: Actor, within: float | None = None) -> tuple[list[Period], int]:
    """What changed from each kept snapshot to the next, oldest first, and how many are still to be counted.

    Counting goes on for about `within` seconds.
    """
    by.require("read", of)
    return timeline.periods(own_vault(home, of), within=within)


# One voter


def look(
    *,
    home: Home,
    of: Member,
    voter: str,
    by_county_id: bool = False,
    county: str = "",
    purpose: str,
    further: tuple[str, ...] = (),
    by: Actor,
) -> Timeline:
    """How one of the member's own voters stood in every kept snapshot: for its owners, receipt first.

    `voter` is the state's id, or the county's. Who is protected is shown to nobody. `further` are the
    qualified columns that the caller reads of the voter afterwards: the receipt names them too.
    """
    by.require("raw", of)
    held = own_vault(home, of)
    voter, county = voter.strip(), county.strip()
    if not voter or len(voter) > LONGEST_ID:
        raise Refusal("no voter's id was given", next_step="write the id as the state's file has it")
    if purpose not in PURPOSES:
        raise Refusal("there is no such purpose", next_step=f"purposes: {', '.join(sorted(PURPOSES))}")
    if held.current() is None:
        raise Refusal("there is no roll yet", next_step="load the state's file first")
    asked = {"voter": voter, "county": county, "asked_by": by.label}
    _receipt(home, of, held, purpose, asked, sorted({*one_voter.COLUMNS, *further}))
    known = one_voter.state_id(held, voter, county) if by_county_id else voter
    return one_voter.look(held, known, election=next_election(of.state, timezone.now().date()))


def _receipt(
    home: Home, of: Member, held: Vault, purpose: str, asked: dict[str, Any], columns: list[str]
) -> None:
    """The look's row in the owner's log; the log learns neither who was looked at nor by whom."""
    ensure_fresh(home)
    snapshots = held.snapshots()
    seen = {"columns": columns, "snapshots": [str(one.number) for one in snapshots]}
    salts = [secrets.token_bytes(leaves.SALT_BYTES) for _ in (seen, asked)]
    keys: dict[str, Any] = {
        "purpose": purpose,
        "mode": "view",
        "columns": columns,
        "snapshot": str(snapshots[0].number),
        "rows": "1",
        "detail": leaves.commit(seen, salts[0]),
        "strategy": leaves.commit(asked, salts[1]),
    }
    with transaction.atomic():
        _limit(of)
        journal.record(
            log=of.key,
            type="view",
            keys=keys,
            owner=of.key,
            rows=1,
            sealed_shared=leaves.seal(seen, salts[0], [of.reader]),
            sealed_strategy=leaves.seal(asked, salts[1], [of.reader]),
        )


def _limit(of: Member) -> None:
    """Raise Refusal beyond the looks of an hour: a list is a question to the view, not many looks."""
    since = timezone.now() - timedelta(hours=1)
    # the owner's own views that name a number of rows are looks at one voter
    looks = Journal.objects.filter(log=of.key, type="view", recipient="", rows=1, at__gt=since).count()
    if looks >= LOOKS_AN_HOUR:
        raise Refusal(
            f"{of.name} has looked at {LOOKS_AN_HOUR} voters one by one within an hour",
            next_step="wait a while, or ask for rows with a universe",
        )
