"""Saved lists and folders: those of the key's member, for the key's purpose."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from commonroll.server.actions import list_folders, lists
from commonroll.server.models import ListFolder, SavedList
from commonroll.server.van.asked import Asked, all_paged, one, paged
from commonroll.server.van.errors import not_found
from commonroll.server.van.routes import serves

MOST = 100
"""Lists on one page."""


def of_key(asked: Asked) -> QuerySet[SavedList]:
    """Lists that the key may read, the oldest first."""
    found = SavedList.objects.filter(member=asked.key.member, purpose=asked.key.purpose, deleted_at=None)
    return found.order_by("pk")


def list_of(asked: Asked, pk: int) -> SavedList:
    """One of them; a list for another purpose is not there for this key."""
    found = lists.list_of(member=asked.key.member, pk=pk, by=asked.by)
    if found.purpose != asked.key.purpose:
        raise not_found()
    return found


def told(listed: SavedList) -> dict[str, Any]:
    """A SavedList. Persons as the last look was let see them; doors are not worked out: at most so many."""
    persons = listed.rows if listed.shown is None else listed.shown
    return {
        "savedListId": listed.pk,
        "name": listed.name,
        "description": listed.definition.get("where") or None,
        "listCount": persons,
        "doorCount": persons,
    }


@serves("GET", "savedLists", act="count")
def saved_lists(asked: Asked) -> HttpResponse:
    """Lists, those of one folder, or none that has more persons than asked for."""
    shown = asked.page(default=50, most=MOST)
    found = of_key(asked)
    folder = asked.query.integer("folderId", least=1)
    if folder is not None:
        list_folders.folder_of(member=asked.key.member, pk=folder, by=asked.by)
        found = found.filter(folder=folder)
    if (most := most_of(asked)) is not None:
        found = found.filter(shown__lte=most)
    count = found.count()
    return paged(asked, shown, [told(each) for each in shown.of(list(found))], count)


def most_of(asked: Asked) -> int | None:
    """The most persons that a list may have to be told of."""
    said = [asked.query.integer(name) for name in ("maxPeopleCount", "maxDoorCount")]
    return min((one for one in said if one is not None), default=None)


@serves("GET", "savedLists/{id}", act="count")
def saved_list(asked: Asked) -> HttpResponse:
    return one(told(list_of(asked, asked.id())))


def _folder(folder: ListFolder) -> dict[str, Any]:
    return {"folderId": folder.pk, "name": folder.name}


@serves("GET", "folders", act="count")
def folders(asked: Asked) -> HttpResponse:
    found = ListFolder.objects.filter(member=asked.key.member, deleted_at=None).order_by("pk")
    return all_paged(asked, [_folder(each) for each in found])


@serves("GET", "folders/{id}", act="count")
def folder(asked: Asked) -> HttpResponse:
    return one(_folder(list_folders.folder_of(member=asked.key.member, pk=asked.id(), by=asked.by)))
