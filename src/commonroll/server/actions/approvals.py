"""Exports that wait for an owner's word, where the agreement says that each does."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from commonroll.agreements.english import clause_of
from commonroll.errors import Refusal
from commonroll.server import journal
from commonroll.server.actions import questions
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.meaning import grant_of
from commonroll.server.models import Agreement, Extract, Member

LONGEST_REASON = 300


def waiting(*, owner: Member, by: Actor) -> list[Extract]:
    """Exports that wait for this owner's word, the oldest first."""
    by.require("read", owner)
    held = Extract.objects.filter(state=Extract.State.HELD).select_related("viewer").order_by("created_at")
    return [extract for extract in held if not extract.words.get(owner.key, {"by": "-"})["by"]]


@dataclass(frozen=True)
class Waits:
    """One export as its owner decides on it: whose, what for, which columns, and the clause that asks.

    `rows` are those of the owner alone; the recipient's question is its own and not among them.
    """

    extract: Extract
    agreement: Agreement
    clause: int | None
    rows: int


def asked(*, owner: Member, by: Actor) -> list[Waits]:
    """As `waiting`, with the agreement and the clause by which each waits."""
    held = waiting(owner=owner, by=by)
    urns = {extract.words[owner.key]["agreement"] for extract in held}
    texts = {a.urn: a for a in Agreement.objects.select_related("owner", "recipient").filter(urn__in=urns)}
    found = []
    for extract in held:
        text = texts[extract.words[owner.key]["agreement"]]
        found.append(Waits(extract, text, _clause(text), extract.rows_by_owner.get(owner.key, 0)))
    return found


def _clause(text: Agreement) -> int | None:
    try:
        return clause_of(grant_of(text), "approval")
    except Refusal:  # the law left nothing of it since
        return None


@transaction.atomic
def say(*, pk: str, owner: Member, yes: bool, by: Actor, reason: str = "") -> Extract:
    """The owner's word on one export; a no has a reason and ends it. The others' words are not touched."""
    by.require("sign", owner)
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if not yes and not reason:
        raise Refusal("a no needs a reason", next_step="say in a line why; the recipient reads it")
    found = Extract.objects.select_for_update(of=("self",)).select_related("viewer")
    extract = found.filter(pk=pk, state=Extract.State.HELD).first()
    if extract is None or extract.words.get(owner.key, {"by": "-"})["by"]:
        raise Unknown("no such export waits for your word", next_step="see the exports that wait")
    extract.words[owner.key] |= {"by": by.label, "reason": reason}
    if not yes:
        extract.state, extract.ended_at = Extract.State.REFUSED, timezone.now()
        extract.message = f"{owner.name} said no: {reason}"
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
            "reason": reason,
        },
    )
    return extract


def settled(extract: Extract) -> bool:
    """Whether every owner that was asked has said yes."""
    return extract.state == Extract.State.HELD and all(word["by"] for word in extract.words.values())


def go_on(*, extract: Extract, by: Actor) -> None:
    """Hand an export whose owners have said yes to the jobs, once."""
    by.require("export", extract.viewer)
    _check_settled(extract)
    held = Extract.objects.filter(pk=extract.pk, state=Extract.State.HELD)
    if not held.update(state=Extract.State.WAITING, message="", ended_at=None):
        raise Refusal("the export is being made already", next_step="wait for it")


def finish(*, home: Home, extract: Extract, by: Actor) -> None:
    """Make the export whose owners have said yes; the agreements are looked at anew."""
    _check_settled(extract)
    questions.run_extract(home=home, extract=extract, by=by)


def _check_settled(extract: Extract) -> None:
    if not settled(extract):
        asked = sorted(key for key, word in extract.words.items() if not word["by"])
        raise Refusal(
            f"the export is {extract.get_state_display()}",
            where=", ".join(asked),
            next_step="wait for the owners' word, or ask for another export",
        )
