"""Lists of a member's own people: brought by a program's file, read by the key's member for one purpose."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import QuerySet

from commonroll.errors import Refusal
from commonroll.server import journal
from commonroll.server.actor import Actor
from commonroll.server.models import Contact, ContactList, ContactListed, ListFolder, Member

_BATCH = 5_000


def of(member: Member, purpose: str) -> QuerySet[ContactList]:
    """The member's lists for a purpose, the oldest first."""
    return ContactList.objects.filter(member=member, purpose=purpose)


def people(listed: ContactList) -> QuerySet[Contact]:
    """Who is on a list, by number."""
    return Contact.objects.filter(on_lists__listed=listed, erased_at=None).order_by("number")


def is_taken(member: Member, name: str, but: int | None = None) -> bool:
    others = ContactList.objects.filter(member=member, name=name)
    return (others if but is None else others.exclude(pk=but)).exists()


@transaction.atomic
def keep(
    *, member: Member, name: str, purpose: str, persons: Iterable[int], folder: int | None, over: int | None,
    by: Actor,
) -> ContactList:  # fmt: skip
    """Keep people (by their rows' keys) as a new list, or in place of those of another."""
    by.require("answers", member)
    if is_taken(member, name, over):
        raise Refusal("there is a list of this name already", next_step="choose another name")
    into = ListFolder.objects.filter(member=member, pk=folder, deleted_at=None).first() if folder else None
    if over is None:
        listed = ContactList.objects.create(
            member=member, name=name, purpose=purpose, folder=into, by=by.label
        )
    else:
        listed = of(member, purpose).get(pk=over)
        listed.name, listed.folder = name, into or listed.folder
        listed.save(update_fields=["name", "folder"])
        listed.entries.all().delete()
    rows = [ContactListed(listed=listed, person_id=pk) for pk in dict.fromkeys(persons)]
    ContactListed.objects.bulk_create(rows, batch_size=_BATCH)
    journal.operator(member, "contacts.listed", {"list": str(listed.pk), "rows": str(len(rows))})
    return listed


def leaves(*, listed: ContactList, numbers: Sequence[int], by: Actor) -> None:
    """People of a list leave as a file: a leaf of the member's log, before it can be fetched."""
    by.require("export", listed.member)
    digest = hashlib.sha256("\n".join(map(str, numbers)).encode()).hexdigest()
    told = {"list": str(listed.pk), "rows": str(len(numbers)), "contacts": f"sha256:{digest}"}
    with transaction.atomic():
        journal.operator(listed.member, "contacts.read", told | {"purpose": listed.purpose})
