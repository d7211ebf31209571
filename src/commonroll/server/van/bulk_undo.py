"""A bulk import is undone as a whole: contacts, marks and opt-outs that it brought count nowhere any more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from django.db import transaction

from commonroll.errors import Refusal
from commonroll.server import journal
from commonroll.server.actions import canvassing, contacts, custom_values, stops
from commonroll.server.actions.canvassing import Whom
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import ApiKey, FileJob, Marked
from commonroll.server.models import Contact as OwnPerson
from commonroll.server.van.named import state_ids
from commonroll.server.van.reading import Reading

REASON = "the import was undone"


class NotDone(Refusal):
    """There is nothing to undo."""


def undo(*, home: Home, job: FileJob, by: Actor) -> None:
    """Undo a job that is over. People whom it changed keep what it set, but for custom fields, which have
    again what they had; those whom it made are gone."""
    by.require("answers", job.member)
    if job.state not in (FileJob.State.DONE, FileJob.State.ERRORS):
        raise NotDone("this job is not one that brought something", next_step="see its status")
    take_back(home, job, by=by, reason=REASON)
    job.state, job.message = FileJob.State.UNDONE, "undone"
    with transaction.atomic():
        job.save(update_fields=["state", "message"])
        journal.operator(job.member, "list.undone", {"import": f"v4 job {job.pk}", "reason": REASON})


def take_back(home: Home, job: FileJob, *, by: Actor, reason: str) -> None:
    """Take away what a job brought so far."""
    marks = list(Marked.objects.filter(job=job).select_related("code", "owner", "person"))
    canvassing.unmark_all(
        home=home,
        gathered_by=job.member,
        job=job,
        marks=list(zip(marks, _whoms(job, marks), strict=True)),
        by=by,
    )
    if job.digest and (found := stops.of_list(job.member, job.digest)):
        stops.take_back(home=home, found=found, reason=reason, by=by)
    if job.digest:
        with transaction.atomic():
            contacts.locked(job.member)
            custom_values.take_back(of=job.member, file=job.digest)
    for number in job.report.get("made", []):
        person = OwnPerson.objects.filter(member=job.member, number=number, erased_at=None).first()
        if person is not None:
            contacts.erase(contact=person, by=by)


def _whoms(job: FileJob, marks: Sequence[Marked]) -> list[Whom | None]:
    """Whom marks stand on; None for a voter who is on the roll no more."""
    reading = Reading(ApiKey.objects.select_related("member").get(pk=job.key))
    found: list[Whom | None] = [
        Whom(mark.owner, mark.number, "", mark.person) if mark.person is not None else None for mark in marks
    ]
    for owner in {mark.owner for mark in marks if mark.person is None}:
        of = reading.of(owner)
        if not of.has_roll:
            continue
        at = [n for n, mark in enumerate(marks) if mark.person is None and mark.owner == owner]
        places = of.index.places_of(np.array([marks[n].number for n in at], np.int64))
        voters = state_ids(of)
        for n, place in zip(at, places.tolist(), strict=True):
            if place >= 0:
                found[n] = Whom(owner, marks[n].number, voters[place].as_py())
    return found
