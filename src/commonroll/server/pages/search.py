"""One person by any part of a name, an address, a number or an id; and one person, as it may be seen.

What somebody types is sent in a form, so that no address and no list of visited pages holds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET

from commonroll.errors import Refusal
from commonroll.roll.lookup.texts import ID, PHONE
from commonroll.roll.schema import CLASSES, COLUMNS
from commonroll.server import members
from commonroll.server.actions import search as actions
from commonroll.server.actions.search import Found, Person
from commonroll.server.models import Member
from commonroll.server.pages.shell import ActingRequest, member_page
from commonroll.server.person_words import KINDS, LABELS, address, born, name, spoken
from commonroll.views.question import NothingGranted


@sensitive_post_parameters("text")
@member_page("view")
def page(request: ActingRequest) -> HttpResponse:
    """The field, and with a text sent who is meant by it; nothing is looked for before."""
    text = request.POST.get("text", "") if request.method == "POST" else ""
    context: dict[str, Any] = {"text": text[:200]}
    if request.method == "POST":
        context |= _found(request, text)
    answer = render(request, "persons/search.html", context, status=400 if "refusal" in context else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _found(request: ActingRequest, text: str) -> dict[str, Any]:
    try:
        found = actions.find(
            home=settings.HOME, viewer=request.acting.member, purpose=request.acting.purpose, text=text,
            by=request.acting.actor,
        )  # fmt: skip
    except NothingGranted as nothing:
        return {"nothing": nothing, "gaps": nothing.gaps}
    except Refusal as refusal:
        return {"refusal": refusal}
    return {
        "found": found,
        "rows": [told(person) for person in found.persons],
        "looked": list(_looked_through(found)),
        "gaps": found.gaps,
        "waiting": [members.names()[owner] for owner in found.waiting],
        "most": actions.SHOWN,
    }


def told(person: Person) -> dict[str, Any]:
    """A person as a row of the table."""
    seen = person.seen
    return {
        "id": person.van_id,
        "name": name(seen),
        "born": born(seen),
        "address": address(seen),
        "owner": person.owner.name,
        "why": [
            {"label": LABELS[column], "said": seen[column] if column in (PHONE, ID) else ""}
            for column in person.why
        ],
    }


def _looked_through(found: Found) -> Iterator[tuple[str, list[str]]]:
    """What was looked for, and on whose rolls."""
    names = dict(Member.objects.values_list("key", "name"))
    for kind, columns in KINDS.items():
        owners = [names[owner] for owner, of in found.searched.items() if set(columns).intersection(of)]
        yield kind, owners


@require_GET
@member_page("view")
def one(request: ActingRequest, person: int) -> HttpResponse:
    """One person by the acting member's own id of it; looking is a use and stands in the owner's log."""
    looked = actions.look(
        home=settings.HOME, viewer=request.acting.member, purpose=request.acting.purpose, van_id=person,
        by=request.acting.actor,
    )  # fmt: skip
    seen, owner = looked.person.seen, looked.person.owner
    context = {
        "owner": owner,
        "name": name(seen),
        "groups": list(_groups(seen)),
        "stopped": looked.stopped,
        "withheld": list(_by_class(looked.withheld)),
        "may_ask": request.acting.may("draft") and owner != request.acting.member,
        "voter": seen.get(ID, "") if owner == request.acting.member and request.acting.may("raw") else "",
    }
    answer = render(request, "persons/one.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _groups(seen: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """What may be seen, in words, by class in the schema's order."""
    for cls in CLASSES:
        rows = [(column, spoken(column, value)) for column, value in seen.items() if _class(column) == cls]
        if rows:
            yield cls, rows


def _by_class(columns: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    for cls in CLASSES:
        mine = [column for column in columns if _class(column) == cls]
        if mine:
            yield cls, mine


def _class(column: str) -> str:
    return COLUMNS[f"voters.{column}"].cls
