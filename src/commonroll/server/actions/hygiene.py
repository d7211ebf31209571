"""List hygiene between two members: match their rolls, say what each learns, leave alone and take it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc
from django.db import transaction
from django.utils import timezone

from commonroll import flow
from commonroll.agreements.grant import Grant
from commonroll.errors import Refusal
from commonroll.flow import Learned
from commonroll.identity import across, across_persons, judged, judgements
from commonroll.identity.across import Run
from commonroll.identity.hygiene import APPLIED, CHANNELS, SMALLEST
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.suppression import HYGIENE
from commonroll.server import journal, stops
from commonroll.server.actions.loads import vault
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.matches import sides_of, sweep
from commonroll.server.models import Member
from commonroll.server.permits import DatabasePermits
from commonroll.server.receipts import DatabaseReceipts


def match(*, home: Home, one: Member, other: Member, by: Actor) -> Run:
    """Match the rolls of two members under their agreements for list hygiene; both logs have it first.

    Where both also granted `persons.person_id`, one person gets one id on both rolls, once each is linked.
    """
    if one == other or not (one.state and other.state):
        raise Refusal("two members with a roll each are matched", next_step="name two owners of a roll")
    asking = by.require_either("load", one, other)
    sides = sides_of(home, one, other)
    theirs = Actor(f"a match asked for by {asking.name}")
    receipts = {
        member.key: DatabaseReceipts(home=home, viewer=member, by=by if member == asking else theirs)
        for member in (one, other)
    }
    vaults = vault(home, one), vault(home, other)
    said = judgements.merged(judged.rows_today(held) for held in vaults)
    run = flow.match(sides, DatabasePermits(home), receipts, home.identity, judged=said, work=home.tmp)
    if run.persons and all(kept.linked(held.catalogue) for held in vaults):
        across_persons.join(
            vaults,
            across.pairs(home.identity, run),
            secret=home.reference_secret(),
            now=timezone.now(),
            work=home.tmp,
        )
        stops.follow(home)
    return run


def check(*, home: Home, one: Member, other: Member, by: Actor) -> None:
    """Refuse now what a match in the background would refuse later, for whoever asks for one."""
    by.require_either("load", one, other)
    flow.may_match(sides_of(home, one, other), timezone.now())


# What a member learns


@dataclass(frozen=True)
class Partner:
    """Another owner, the agreements between the two, and what was learned, or why nothing was.

    `given` is the agreement by which the other reads this member's roll, `got` the other way round.
    """

    member: Member
    given: Grant | None
    got: Grant | None
    learned: Learned | None
    refusal: Refusal | None

    def as_dict(self) -> dict[str, Any]:
        """One partner, JSON-ready."""
        found = self.learned
        return {
            "member": self.member.key,
            "state": self.member.state,
            "agreement_given": self.given.number if self.given else None,
            "agreement_got": self.got.number if self.got else None,
            "matched_at": found.run.matched_at if found else None,
            "registrations": [told.as_dict() for told in found.told] if found else [],
            "gaps": list(found.run.gaps) if found else [],
            "refused": str(self.refusal) if self.refusal else None,
        }


def partners(*, home: Home, of: Member, by: Actor) -> list[Partner]:
    """Every owner with which the member has an agreement for list hygiene, and what it learns of each.

    Each count is in the other's log before it is said.
    """
    by.require("count", of)
    if not of.state:
        raise Refusal(f"{of.name} owns no state's file", next_step="see what owners of rolls learn")
    found = [
        _partner(home, of, other, by)
        for other in Member.objects.filter(left_at=None).exclude(state="").exclude(pk=of.pk)
    ]
    return [partner for partner in found if partner.given or partner.got]


def _partner(home: Home, me: Member, other: Member, by: Actor) -> Partner:
    sides = sides_of(home, me, other)
    given, got = (None if side.owned.suspended else side.owned.grant for side in sides.both)
    if not (given or got):
        return Partner(other, given, got, None, None)
    permits = DatabasePermits(home)
    receipts = DatabaseReceipts(home=home, viewer=me, by=by)
    try:
        learned = flow.learn(permits.own(me, timezone.now()), sides, permits, receipts, home.identity)
    except Refusal as refusal:
        sweep(home)
        return Partner(other, given, got, None, refusal)
    return Partner(other, given, got, learned, None)


# Leaving registrations alone


def apply(
    *, home: Home, of: Member, other: Member, kinds: Sequence[str], channels: Sequence[str], by: Actor
) -> int:
    """Leave the member's own registrations of these kinds alone on these channels; how many there are.

    Reversible (`undo`), in the member's own vault, and in its log first. A number that is withheld is not
    applied either.
    """
    by.require("protect", of)
    _check(kinds, APPLIED, "kind of registration")
    _check(channels, CHANNELS, "channel")
    permits, receipts = DatabasePermits(home), DatabaseReceipts(home=home, viewer=of, by=by)
    me, sides = permits.own(of, timezone.now()), sides_of(home, of, other)
    ids = {one for kind in kinds for one in flow.heed(me, sides, permits, receipts, home.identity, kind)}
    if not ids:
        raise Refusal(
            f"of {other.name} there are fewer than {SMALLEST} such registrations",
            next_step="nothing was changed; smaller numbers are withheld and not applied",
        )
    said = {"with": other.key, "kinds": sorted(kinds), "channels": sorted(channels), "rows": str(len(ids))}
    with transaction.atomic():
        journal.operator(of, "hygiene.applied", said)
        for channel in channels:
            vault(home, of).suppress(ids, HYGIENE, channel=channel)
    return len(ids)


def _check(given: Sequence[str], known: Sequence[str], what: str) -> None:
    if not given or set(given) - set(known):
        raise Refusal(f"name a {what}", next_step=f"there are: {', '.join(known)}")


def applied(*, home: Home, of: Member, by: Actor) -> dict[str, int]:
    """Channel -> the member's registrations that list hygiene leaves alone on it."""
    by.require("count", of)
    held = vault(home, of).suppressed()
    mine = held.filter(pc.equal(held["reason"], HYGIENE))
    return {row["values"]: row["counts"] for row in pc.value_counts(mine["channel"]).to_pylist()}


def undo(*, home: Home, of: Member, by: Actor) -> int:
    """Take back every suppression that list hygiene made; how many registrations were left alone."""
    by.require("protect", of)
    held = vault(home, of).suppressed()
    mine = held.filter(pc.equal(held["reason"], HYGIENE))
    channels = sorted(set(mine["channel"].to_pylist()))
    voters = len(set(mine["state_voter_id"].to_pylist()))
    if not voters:
        raise Refusal("list hygiene leaves nobody alone", next_step="there is nothing to take back")
    with transaction.atomic():
        journal.operator(of, "hygiene.undone", {"channels": channels, "rows": str(voters)})
        for channel in channels:
            ids = mine.filter(pc.equal(mine["channel"], channel))["state_voter_id"].to_pylist()
            vault(home, of).lift(ids, HYGIENE, channel=channel)
    return voters
