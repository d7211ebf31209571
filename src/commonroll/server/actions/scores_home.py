"""Scores that a gatherer's models made of an owner's voters, on their way to the owner."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow.dataset as ds

from commonroll.server.actions import score_places
from commonroll.server.actions.handed_over import Place, Thing, credited
from commonroll.server.home import Home
from commonroll.server.models import CameHome, Member, ScoreUpdate

_COMPLETED = ScoreUpdate.State.COMPLETED


def things(member: Member, owner: str) -> Iterator[Thing]:
    """Every load that counts or counted until a newer one, the oldest first."""
    found = ScoreUpdate.objects.filter(score__member=member, state=_COMPLETED).select_related("score__member")
    for update in found.order_by("processed_at", "pk"):
        if update.processed_at is not None:
            code = credited(member.key, update.score.code, update.score.pk)
            yield Thing(
                CameHome.Kind.SCORES.value, str(update.score.pk), code, update.score.name, str(update.pk),
                update.processed_at.date(),
            )  # fmt: skip


def rows(home: Home, thing: Thing, owner: str) -> int:
    """How many of the owner's voters the load has a value of."""
    path = home.scores / _update(thing.version).file
    return int(ds.dataset(path).count_rows(filter=ds.field("owner") == owner))


def stand(home: Home, row: CameHome, before: str) -> None:
    """Let the values count with the owner; those of the load `before` no more."""
    earlier = _place(row, _update(before)).key if before else ""
    update = _update(row.version)
    score_places.stand(home, update, _place(row, update), earlier)


def fall(home: Home, row: CameHome, by: str, reason: str) -> None:
    """Let the values count with the owner no more."""
    score_places.fall(home, _place(row, _update(row.version)), by=by, reason=reason)


def gone(row: CameHome) -> bool:
    """Whether the gatherer took back what stands with the owner."""
    return not ScoreUpdate.objects.filter(pk=row.version, state=_COMPLETED).exists()


def _update(number: str) -> ScoreUpdate:
    return ScoreUpdate.objects.select_related("score__member", "job").get(pk=int(number))


def _place(row: CameHome, update: ScoreUpdate) -> Place:
    return score_places.at_home(update, row.owner.key, row.agreement)
