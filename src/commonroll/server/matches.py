"""Matches of two members' rolls that are kept, and their end: with an agreement, a snapshot or a member."""

from __future__ import annotations

from django.utils import timezone

from commonroll.flow import Sides
from commonroll.identity import across
from commonroll.server import wall
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.server.permits import DatabasePermits


def sides_of(home: Home, me: Member, other: Member) -> Sides:
    """Two members as each may read the other for list hygiene now; `me` is the first."""
    one, two = DatabasePermits(home).between(me, other, timezone.now())
    return Sides(one, two, dict(Member.objects.values_list("key", "name")))


@wall.node()
def sweep(home: Home) -> int:
    """Delete the matches whose agreements or rolls are not today's any more; how many went.

    No reader waits for it: every read asks for itself whether a match is of today.
    """
    over = [pair for pair in across.matched(home.identity) if _is_over(home, *pair)]
    return sum(across.forget(home.identity, *pair) for pair in over)


def _is_over(home: Home, one: str, other: str) -> bool:
    members = {member.key: member for member in Member.objects.filter(key__in=(one, other))}
    run = across.kept(home.identity, one, other)
    if len(members) < 2 or run is None:
        return True
    sides = sides_of(home, members[one], members[other])
    ended = any(side.owned.suspended for side in sides.both)
    return ended or not run.of(sides.snapshots, sides.terms)


def forget(home: Home, member: str) -> int:
    """Delete every match with a member that leaves, or whose retained files are rewritten; how many went."""
    return len(across.forget_member(home.identity, member))
