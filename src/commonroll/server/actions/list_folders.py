"""Folders of a member's lists and universes."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import ListFolder, Member


def make(*, member: Member, name: str, by: Actor) -> ListFolder:
    by.require("count", member)
    name = name.strip()[:120]
    if not name:
        raise Refusal("a folder needs a name", next_step="write a name, then make it")
    try:
        with transaction.atomic():
            return ListFolder.objects.create(member=member, name=name, by=by.label)
    except IntegrityError as error:
        raise Refusal("there is a folder of this name already", next_step="choose another name") from error


def folder_of(*, member: Member, pk: int, by: Actor) -> ListFolder:
    """A folder of the member one acts for; nobody else's exists."""
    by.require("count", member)
    found = ListFolder.objects.filter(member=member, pk=pk, deleted_at=None).first()
    if found is None:
        raise Unknown("there is no such folder", next_step="see the lists of the member you act for")
    return found


def named(*, member: Member, name: str, by: Actor) -> ListFolder:
    """The folder of a name."""
    found = ListFolder.objects.filter(member=member, name=name, deleted_at=None).first()
    if found is None:
        by.require("count", member)
        raise Unknown("there is no such folder", next_step="make it with `commonroll list folder`")
    return folder_of(member=member, pk=found.pk, by=by)


def delete(*, folder: ListFolder, by: Actor) -> None:
    """Put a folder away: what lies in it lies in no folder, until the folder is taken back."""
    by.require("count", folder.member)
    folder.deleted_at = timezone.now()
    folder.save(update_fields=["deleted_at"])


def restore(*, member: Member, pk: int, by: Actor) -> ListFolder:
    by.require("count", member)
    found = ListFolder.objects.filter(member=member, pk=pk).exclude(deleted_at=None).first()
    if found is None:
        raise Unknown("no folder of that number was deleted", next_step="see your lists")
    found.deleted_at = None
    try:
        with transaction.atomic():
            found.save(update_fields=["deleted_at"])
    except IntegrityError as error:
        raise Refusal("there is another folder of this name by now", next_step="give that one up") from error
    return found
