"""Notes on people: a member's own, for nobody else."""

from __future__ import annotations

from typing import Any

from commonroll.server.models import ContactNote
from commonroll.server.van.errors import invalid
from commonroll.server.van.given import Given
from commonroll.server.van.vocabularies import NOTE_CATEGORIES, category


def told(note: ContactNote) -> dict[str, Any]:
    """A note as the API has it."""
    return {
        "noteId": note.pk,
        "text": note.text,
        "isViewRestricted": note.restricted,
        "category": category(note.category) if note.category else None,
        "createdDate": note.at.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }


def category_of(body: Given) -> int | None:
    """The category of a note that is written; raises 400 for one that is not known."""
    said = body.object("category")
    found = said.integer("noteCategoryId") if said else None
    if said and found is not None and found not in NOTE_CATEGORIES:
        raise invalid(
            "There is no such category of notes.", said.at("noteCategoryId"),
            hint=", ".join(str(id) for id in NOTE_CATEGORIES),
        )  # fmt: skip
    return found
