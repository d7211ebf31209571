"""Records of doors that wait for a lead, and what was said at doors about the member's own voters."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.field.script_check import JOINED
from commonroll.server import door_words, jobs
from commonroll.server.actions import door_claims, field_decisions, phone_files, walked
from commonroll.server.models import DoorClaim, DoorWord, FieldEvent, ListImport
from commonroll.server.pages.shell import ActingRequest, member_page
from commonroll.server.van import ids

KINDS = {
    "attempt": "Visit", "answer": "Answer", "note": "Note", "building_note": "Note on the building",
    "person_added": "Person added", "moved": "Moved away", "deceased": "Died",
    "optout": "Wants to be left alone", "correction": "Correction", "undo": "Taken back",
}  # fmt: skip
RESULTS = {
    "not_home": "not home", "talked": "talked", "refused": "refused", "busy": "busy", "moved": "moved away",
    "deceased": "died", "language": "another language", "inaccessible": "could not get in", "vacant": "empty",
    "dangerous": "do not walk",
}  # fmt: skip


@member_page("answers")
def page(request: ActingRequest) -> HttpResponse:
    me, actor = request.acting.member, request.acting.actor
    found = field_decisions.waiting(member=me, by=actor)
    words = _words(door_words.of_owner(me, actor)) if me.state and actor.may("raw", me) else []
    context = {
        "held": [(row, *told(row)) for row in found.held],
        "rejected": [(row, *told(row)) for row in found.rejected],
        "disputes": [
            (one.question, [(row, *told(row)) for row in one.records]) for one in found.disputes
        ],
        "decided": [(one, *told(one.event)) for one in found.decided],
        "words": words,
        "claims": _claims(door_claims.of_owner(me, actor)) if me.state and actor.may("raw", me) else [],
        "counted": found.counts.get(FieldEvent.Status.OK, 0),
        "all_held": found.counts.get(FieldEvent.Status.HELD, 0),
        "all_rejected": found.counts.get(FieldEvent.Status.REJECTED, 0),
    }  # fmt: skip
    return render(request, "pages/field_waiting.html", context)


@require_POST
@member_page("answers")
def bring(request: ActingRequest) -> HttpResponse:
    """The file that a phone saved and could not send."""
    file = request.FILES.get("file")
    if file is None:
        raise Refusal("No file came with the form.", where="the file", next_step="Choose the phone's file.")
    brought = phone_files.bring(
        home=settings.HOME, member=request.acting.member, raw=file.read(phone_files.MOST_BYTES + 1),
        opened=walked.opened_by(settings.HOME), by=request.acting.actor,
    )  # fmt: skip
    (messages.warning if brought.refused else messages.success)(request, _said_of(brought))
    return redirect("field_waiting")


def _said_of(one: phone_files.Brought) -> str:
    """What came of a file, in sentences."""
    whose = f"{one.hand_out.walker}'s phone, turf {one.hand_out.turf.number}"
    parts = [f"{one.records:,} {'record' if one.records == 1 else 'records'}"]
    counts = ((one.fresh, "new"), (one.known, "known already"), (one.held, "held for your word below"))
    parts += [f"{many:,} {words}" for many, words in counts if many]
    said = f"{whose}: {', '.join(parts)}."
    for reason, many in one.refused.items():
        said += f" {many:,} not taken: {reason}"
    return f"{said} Of this turf: {one.over}." if one.over else said


@require_POST
@member_page("answers")
def decide(request: ActingRequest, pk: int) -> HttpResponse:
    field_decisions.decide(
        member=request.acting.member, record=pk, counts=request.POST.get("counts") == "yes",
        reason=request.POST.get("reason", ""), by=request.acting.actor,
    )  # fmt: skip
    return redirect("field_waiting")


@require_POST
@member_page("answers")
def undo(request: ActingRequest, pk: int) -> HttpResponse:
    field_decisions.undo(member=request.acting.member, decision=pk, by=request.acting.actor)
    return redirect("field_waiting")


@require_POST
@member_page("raw")
def word(request: ActingRequest, pk: int) -> HttpResponse:
    given, me, actor = request.POST, request.acting.member, request.acting.actor
    if given.get("so") == "yes":
        door_words.confirm(home=settings.HOME, owner=me, word=pk, by=actor)
    else:
        door_words.take_back(home=settings.HOME, owner=me, word=pk, reason=given.get("reason", ""), by=actor)
    return redirect("field_waiting")


@require_POST
@member_page("load")
def claim(request: ActingRequest, pk: int) -> HttpResponse:
    me, actor, what = request.acting.member, request.acting.actor, request.POST.get("what")
    if what == "accept":
        made = door_claims.accept(home=settings.HOME, owner=me, claim=pk, by=actor)
        if made.kind == DoorClaim.Kind.ADDED:
            jobs.run_import.enqueue(str(uuid.UUID(made.made)))
    elif what == "undo":
        door_claims.undo(home=settings.HOME, owner=me, claim=pk, by=actor)
    else:
        door_claims.refuse(owner=me, claim=pk, by=actor)
    return redirect("field_waiting")


FIELDS = {
    "first_name": "first name", "middle_name": "middle name", "last_name": "last name", "suffix": "suffix",
    "unit": "unit", "preferred_name": "wants to be called", "language": "language", "phone": "phone",
    "email": "e-mail",
}  # fmt: skip


MATCHING = {
    "waiting": "being matched", "running": "being matched", "done": "matched", "refused": "not matched",
    "failed": "the matching stopped", "held": "the matching stopped",
}  # fmt: skip


def _claims(claims: Sequence[DoorClaim]) -> list[dict[str, Any]]:
    """What doors say of who lives there, with the voter of the door."""
    made = [one.made for one in claims if one.made and one.kind == DoorClaim.Kind.ADDED]
    states = {one.pk.hex: one.state for one in ListImport.objects.filter(pk__in=made)}
    return [
        {
            "claim": one,
            "van_id": str(ids.van_id(settings.HOME, one.owner, one.owner, one.number)),
            "own": one.member_id == one.owner_id,
            "matching": MATCHING.get(states.get(one.made, ""), ""),
            "field": FIELDS.get(one.value.get("field", ""), ""),
        }
        for one in claims
    ]


def told(row: FieldEvent) -> tuple[str, str]:
    """A record in words: what it is, and what was recorded."""
    value: dict[str, Any] = row.document.get("value") or {}
    if row.kind == "attempt":
        said = RESULTS.get(value.get("result", ""), "")
    elif row.kind == "answer":
        said = f"{value.get('question', '')}: {', '.join(str(value.get('answer', '')).split(JOINED))}"
    else:
        said = ", ".join(str(one) for one in value.values())
    return KINDS.get(row.kind, row.kind), said


def _words(words: list[DoorWord]) -> list[dict[str, Any]]:
    """By voter and word, the newest first: who says so, and whether it binds."""
    found: dict[tuple[int, str], list[DoorWord]] = {}
    for one in words:
        found.setdefault((one.number, one.word), []).append(one)
    return [
        {
            "first": said[0], "van_id": str(ids.van_id(settings.HOME, said[0].owner, said[0].owner, number)),
            "by": said, "binds": door_words.binds(said), "ends": max(one.ends_at for one in said),
        }
        for (number, _), said in found.items()
    ]  # fmt: skip
