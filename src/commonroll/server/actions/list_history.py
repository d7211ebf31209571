"""What was done to lists and universes, step by step; into folders, away, and back again."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import ListFolder, ListStep, Member, SavedList, SavedUniverse

SEE = "see the lists of the member you act for"
Step = ListStep.Step


def history(listed: SavedList | SavedUniverse) -> list[ListStep]:
    """Every step of a list or universe, the newest first."""
    return list(listed.steps.all())[::-1]


def step_of(listed: SavedList, pk: int) -> ListStep:
    """A step of this list's own history."""
    found = listed.steps.filter(pk=pk).first()
    if found is None:
        raise Unknown("this list has no such step", next_step="see its history")
    return found


def step_dict(step: ListStep) -> dict[str, Any]:
    """A step as one JSON document."""
    return {
        "id": step.pk,
        "step": step.step,
        "name": step.name,
        "purpose": step.purpose,
        "definition": step.definition,
        "versions": step.versions,
        "digest": step.digest,
        "rows": step.rows,
        "by": step.by,
        "at": step.at.isoformat(),
    }


def note(of: SavedList | SavedUniverse, step: str, by: Actor) -> ListStep:
    """A step in the history of a list or universe, as it is from now on."""
    common = {"member": of.member, "step": step, "name": of.name, "purpose": of.purpose, "by": by.label}
    if isinstance(of, SavedUniverse):
        definition = {"kind": "where", "where": of.where}
        return ListStep.objects.create(**common, universe=of, definition=definition, at=timezone.now())
    return ListStep.objects.create(
        **common, listed=of, definition=of.definition, versions=of.versions, file=of.file, digest=of.digest,
        rows=of.rows, at=of.made_at if step in (Step.MADE, Step.FILLED) else timezone.now(),
    )  # fmt: skip


def move(*, of: SavedList | SavedUniverse, folder: ListFolder | None, by: Actor) -> None:
    """Into a folder, or out of every folder."""
    by.require("count", of.member)
    of.folder = folder
    with transaction.atomic():
        of.save(update_fields=["folder"])
        note(of, Step.MOVED, by)


def delete(*, of: SavedList | SavedUniverse, by: Actor) -> None:
    """Put away; `restore` takes it back."""
    by.require("count", of.member)
    of.deleted_at = timezone.now()
    with transaction.atomic():
        of.save(update_fields=["deleted_at"])
        note(of, Step.DELETED, by)


def restore(*, member: Member, pk: int, kind: str = "list", by: Actor) -> SavedList | SavedUniverse:
    """Take back what was deleted; refused where its name is taken by now."""
    by.require("count", member)
    model: Any = SavedUniverse if kind == "universe" else SavedList
    found: SavedList | SavedUniverse | None
    found = model.objects.filter(member=member, pk=pk).exclude(deleted_at=None).first()
    if found is None:
        raise Unknown("nothing of that number was deleted", next_step=SEE)
    found.deleted_at = None
    try:
        with transaction.atomic():
            found.save(update_fields=["deleted_at"])
            note(found, Step.RESTORED, by)
    except IntegrityError as error:
        raise Refusal(
            "there is another of this name by now", next_step="rename that one, then take this back"
        ) from error
    return found
