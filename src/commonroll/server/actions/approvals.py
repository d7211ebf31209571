"""Exports that wait for an owner's word, where the agreement says that each does."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server import journal
from commonroll.server.actions import questions
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Extract, Member


def waiting(*, owner: Member, by: Actor) -> list[Extract]:
    """Exports that wait for this owner's word, the oldest first."""
    by.require("read", owner)
    held = Extract.objects.filter(state=Extract.State.HELD).select_related("viewer").order_by("created_at")
    return [extract for extract in held if not extract.words.get(owner.key, {"by": "-"})["by"]]


@transaction.atomic
def say(*, pk: str, owner: Member, yes: bool, by: Actor) -> Extract:
    """The owner's word on one export; a no ends it. The other members' words are not touched."""
    by.require("sign", owner)
    found = Extract.objects.select_for_update(of=("self",)).select_related("viewer")
    extract = found.filter(pk=pk, state=Extract.State.HELD).first()
    if extract is None or extract.words.get(owner.key, {"by": "-"})["by"]:
        raise Unknown("no such export waits for your word", next_step="see the exports that wait")
    extract.words[owner.key]["by"] = by.label
    if not yes:
        extract.state, extract.ended_at = Extract.State.REFUSED, timezone.now()
        extract.message = f"{owner.name} said no"
    extract.save()
    journal.operator(
        owner,
        "export.approved" if yes else "export.declined",
        {
            "by": by.label,
            "export": str(extract.pk),
            "agreement": extract.words[owner.key]["agreement"],
            "recipient": extract.viewer.key,
            "rows": str(extract.rows_by_owner.get(owner.key, 0)),
        },
    )
    return extract


def settled(extract: Extract) -> bool:
    """Whether every owner that was asked has said yes."""
    return extract.state == Extract.State.HELD and all(word["by"] for word in extract.words.values())


def finish(*, home: Home, extract: Extract, by: Actor) -> None:
    """Make the export whose owners have said yes; the agreements are looked at anew."""
    if not settled(extract):
        asked = sorted(key for key, word in extract.words.items() if not word["by"])
        raise Refusal(
            f"the export is {extract.get_state_display()}",
            where=", ".join(asked),
            next_step="wait for the owners' word, or ask for another export",
        )
    questions.run_extract(home=home, extract=extract, by=by)
