"""Who is in the federation, as questions ask it: read once, and anew when a row of it changes (`turns`)."""

from __future__ import annotations

from collections.abc import Mapping

from commonroll.server import turns
from commonroll.server.models import Member, Statement


def every() -> Mapping[str, Member]:
    """All members by key, by name in order; nobody changes what is in it."""
    return turns.kept("members", lambda: {one.key: one for one in Member.objects.all()})


def of_key(key: str) -> Member:
    """A member. Raises Member.DoesNotExist."""
    try:
        return every()[key]
    except KeyError:
        raise Member.DoesNotExist(key) from None


def with_rolls() -> list[Member]:
    """Members of a state that have not left, by name."""
    return [one for one in every().values() if one.left_at is None and one.state]


def names() -> dict[str, str]:
    return {one.key: one.name for one in every().values()}


def readers() -> dict[str, str]:
    """To whom what is sealed is sealed, by key."""
    return {one.key: one.reader for one in every().values()}


def stated() -> frozenset[str]:
    """Keys of members that signed the statement on protected voters."""
    return turns.kept("stated", lambda: frozenset(Statement.objects.values_list("member__key", flat=True)))


def told_to(viewer: Member) -> frozenset[str]:
    """Gatherers whose answers, once home, `viewer` may read where the owner's terms give it answers.

    Never a campaign another campaign's, and nothing crosses the line between who acts coordinated and who
    acts independently.
    """
    campaign = Member.Kind.CAMPAIGN
    return frozenset(
        one.key
        for one in every().values()
        if one.conduct == viewer.conduct and not (one.kind == viewer.kind == campaign and one != viewer)
    )
