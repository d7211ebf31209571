"""Saved universes: definitions that are counted afresh each time, and their history."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server.actions import list_history, questions
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import ListFolder, Member, SavedUniverse

Step = list_history.Step


@transaction.atomic
def save(
    *, member: Member, name: str, purpose: str, where: str, folder: ListFolder | None = None, by: Actor
) -> SavedUniverse:
    """Keep a WHERE under a name; that of the same name is replaced, and stays in its history."""
    by.require("count", member)
    if not name.strip():
        raise Refusal("a universe needs a name", next_step="write a name beside it, then save")
    questions.question(viewer=member, purpose=purpose, mode="count", where=where)
    values = {"purpose": purpose, "where": where, "by": by.label} | ({"folder": folder} if folder else {})
    made, new = SavedUniverse.objects.update_or_create(
        member=member, name=name.strip()[:120], deleted_at=None, defaults=values
    )
    list_history.note(made, Step.MADE if new else Step.CHANGED, by)
    return made


def universe_of(*, member: Member, pk: int, by: Actor) -> SavedUniverse:
    """A universe of the member one acts for; nobody else's exists."""
    by.require("count", member)
    found = SavedUniverse.objects.filter(member=member, pk=pk, deleted_at=None).first()
    if found is None:
        raise Unknown("there is no such universe", next_step="see the list of saved universes")
    return found


def named(*, member: Member, name: str, by: Actor) -> SavedUniverse:
    """The universe of a name."""
    found = SavedUniverse.objects.filter(member=member, name=name, deleted_at=None).first()
    return universe_of(member=member, pk=found.pk if found else 0, by=by)


def counted(universe: SavedUniverse, total: int) -> None:
    """Note how many they were when somebody last asked."""
    SavedUniverse.objects.filter(pk=universe.pk).update(counted=total, counted_at=timezone.now())


def delete(*, member: Member, pk: int, by: Actor) -> SavedUniverse:
    """Put away; `list_history.restore` takes it back."""
    found = universe_of(member=member, pk=pk, by=by)
    list_history.delete(of=found, by=by)
    return found
