"""What members ask voters and note of them by programs: questions and codes made, contacts and notes kept.

Answers and marks become answers of the vaults as any other (`actions.answers`): in the gatherer's, and where
the terms say so in the owner's, with a receipt. How a contact ended becomes an attempt of the vault
(`attempted`); answers and attempts go on to owners on their day (`releasing`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.roll.schema import WITHDRAWN_ANSWER
from commonroll.server.actions import answers, contacts, stops
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import (
    ActivistCode,
    CanvassResponse,
    ContactNote,
    FileJob,
    Marked,
    Member,
    Stop,
    SurveyAnswer,
    SurveyQuestion,
)
from commonroll.server.models import (
    Contact as OwnPerson,
)

MERGED_WITHIN = timedelta(minutes=60)
"""Contacts of one voter by one key and one way are one contact within this time."""

MOST_ANSWERS = 100
MARKED, TAKEN_OFF = "yes", "removed"
"""Answers that an activist code has in the vault."""

RESERVED = ("optout", WITHDRAWN_ANSWER)
DO_NOT_TEXT = 130


@dataclass(frozen=True)
class Whom:
    """A voter: the owner, the number there (`roll.lookup`), and the owner's own id, which stays inside.

    Or one of a member's own people (`person`): its owner is the member, and no state has an id of it."""

    owner: Member
    number: int
    state_voter_id: str
    person: OwnPerson | None = None

    @property
    def where(self) -> dict[str, Any]:
        """What rows about it have in their columns."""
        return {"owner": self.owner, "number": self.number, "person": self.person}


@dataclass(frozen=True)
class Said:
    """One answer of a contact: a survey question's, or a code put on or taken off (`mark`)."""

    question: SurveyQuestion | None = None
    answer: SurveyAnswer | None = None
    code: ActivistCode | None = None
    mark: bool = True

    def words(self) -> tuple[str, str]:
        """Question and answer as the vault keeps them."""
        if self.code is not None:
            return self.code.code, MARKED if self.mark else TAKEN_OFF
        assert self.question is not None and self.answer is not None
        return self.question.code, self.answer.answer

    def told(self) -> dict[str, Any]:
        """As the API has it."""
        if self.code is not None:
            action = "Apply" if self.mark else "Remove"
            return {"type": "ActivistCode", "activistCodeId": self.code.pk, "action": action}
        assert self.question is not None and self.answer is not None
        ids = {"surveyQuestionId": self.question.pk, "surveyResponseId": self.answer.pk}
        return {"type": "SurveyResponse"} | ids


@dataclass(frozen=True)
class Contact:
    """How a voter was reached: ids of `van.vocabularies`, the answers' word for the way, the time, aware.
    `visit`: the record that it comes from, where that is kept elsewhere; again it is the same contact."""

    contact_type: int | None
    input_type: int
    channel: str
    at: datetime
    merge: bool = True
    counts: bool = True
    visit: str = ""


# Questions and codes


@transaction.atomic
def ask(
    *, of: Member, name: str, options: Sequence[str], script: str = "", type: str = "Candidate",
    cycle: int | None = None, medium: str = "", short: str = "", by: Actor,
) -> SurveyQuestion:  # fmt: skip
    """A new question with its answers, in order."""
    by.require("answers", of)
    words = [_word(one) for one in options]
    if not words or len(words) > MOST_ANSWERS or len(set(words)) != len(words):
        raise Refusal(
            f"a question has 1 to {MOST_ANSWERS} different answers", next_step="name each answer once"
        )
    taken = SurveyQuestion.objects.filter(member=of)
    question = SurveyQuestion.objects.create(
        member=of, code=_free(name, taken.values_list("code", flat=True)), name=name.strip()[:120],
        medium_name=medium[:40], short_name=short[:10], script=script[:1000], type=type[:40], cycle=cycle,
        by=by.label,
    )  # fmt: skip
    for word, option in zip(words, options, strict=True):
        SurveyAnswer.objects.create(question=question, answer=word, name=option.strip()[:120])
    return question


@transaction.atomic
def make_code(
    *, of: Member, name: str, type: str = "Volunteer", description: str = "", script: str = "", by: Actor
) -> ActivistCode:
    """A new activist code."""
    by.require("answers", of)
    taken = ActivistCode.objects.filter(member=of)
    return ActivistCode.objects.create(
        member=of, code=_free(f"activist_{name}", taken.values_list("code", flat=True)),
        name=name.strip()[:120], description=description[:1000], script=script[:1000], type=type[:40],
        by=by.label,
    )  # fmt: skip


def _word(text: str) -> str:
    word = re.sub("[^a-z0-9]+", "_", text.strip().lower()).strip("_")[:56]
    if not word:
        raise Refusal("a name has at least one letter or digit", next_step="write one in A to Z or 0 to 9")
    return word


def _free(name: str, taken: Any) -> str:
    """A code for answers that the member does not have yet."""
    word, known = _word(name), {*taken, *RESERVED}
    tries = (word if n == 1 else f"{word}_{n}" for n in range(1, 10_000))
    return next(one for one in tries if one not in known)


# Contacts


def record(
    *, home: Home, gathered_by: Member, whom: Whom, contact: Contact, result_code: int,
    said: Sequence[Said] = (), result: str = "", by: Actor,
) -> CanvassResponse:  # fmt: skip
    """Keep a contact and what was answered. The same again within the hour changes nothing.

    What the member's own people answer is no owner's, and stays in the row of the contact."""
    by.require("answers", gathered_by)
    with transaction.atomic():
        row = _contact(gathered_by, whom, contact, by)
        row.result_code, row.result = result_code, result
        if row.pk:
            row.version += 1
        row.waits = whom.person is None
        fresh = [one for one in said if one.told() not in row.responses]
        row.responses = [*row.responses, *(one.told() for one in fresh)]
        row.contact = row.contact or contact.counts
        row.save()
        for one in said:
            _mark(gathered_by, whom, contact, one, by)
    rows = [_row(gathered_by, whom, contact, one, row) for one in fresh]
    if rows and whom.person is None:
        answers.bring(home=home, gathered_by=gathered_by, rows=rows, by=by)
    if result_code == DO_NOT_TEXT:
        stop(home=home, heard_by=gathered_by, whom=whom, by=by)
    return row


@dataclass(frozen=True)
class Kept:
    """A contact of many that come at once, and at most one answer or code with it."""

    whom: Whom
    contact: Contact
    result_code: int
    said: Said | None = None


AT_ONCE = 1000
"""Contacts of many that are written together."""


def record_all(
    *, home: Home, gathered_by: Member, kept: Sequence[Kept], job: FileJob, by: Actor
) -> list[int]:
    """Keep many contacts of a job, and what was answered; their ids, in order. Opt-outs are the caller's."""
    by.require("answers", gathered_by)
    made: list[CanvassResponse] = []
    rows: list[dict[str, Any]] = []
    for first in range(0, len(kept), AT_ONCE):
        part = kept[first : first + AT_ONCE]
        with transaction.atomic():
            written = CanvassResponse.objects.bulk_create(_many(gathered_by, one, job, by) for one in part)
            _mark_all(gathered_by, part, job, by)
        made += written
        rows += [
            _row(gathered_by, one.whom, one.contact, one.said, row)
            for one, row in zip(part, written, strict=True)
            if one.said is not None and one.whom.person is None
        ]
    if rows:
        answers.bring(home=home, gathered_by=gathered_by, rows=rows, by=by)
    return [row.pk for row in made]


def _many(of: Member, one: Kept, job: FileJob, by: Actor) -> CanvassResponse:
    contact = one.contact
    return CanvassResponse(
        member=of, **one.whom.where, contact_type=contact.contact_type, input_type=contact.input_type,
        canvassed_at=contact.at, contact=contact.counts, result_code=one.result_code, job=job, by=by.label,
        responses=[one.said.told()] if one.said else [], waits=one.whom.person is None,
    )  # fmt: skip


def _mark_all(of: Member, part: Sequence[Kept], job: FileJob, by: Actor) -> None:
    marks = [
        Marked(
            member=of, code=one.said.code, canvassed_at=one.contact.at, by=by.label, job=job, **one.whom.where
        )
        for one in part
        if one.said is not None and one.said.code is not None
    ]
    Marked.objects.bulk_create(marks, ignore_conflicts=True)


def unmark_all(
    *, home: Home, gathered_by: Member, job: FileJob, marks: Sequence[tuple[Marked, Whom | None]], by: Actor
) -> None:
    """Take back the contacts of a job, and its marks: the vaults' answers say that they were taken off."""
    by.require("answers", gathered_by)
    now = timezone.now()
    contact = Contact(None, 4, "other", now)
    rows = [
        _row(gathered_by, whom, contact, Said(code=mark.code, mark=False), CanvassResponse(pk=mark.pk))
        for mark, whom in marks
        if whom is not None and whom.person is None
    ]
    with transaction.atomic():
        CanvassResponse.objects.filter(job=job, removed_at=None).update(removed_at=now, **changed())
        Marked.objects.filter(job=job).delete()
    if rows:
        answers.bring(home=home, gathered_by=gathered_by, rows=rows, by=by)


def take_back(*, home: Home, response: CanvassResponse, whom: Whom, by: Actor) -> None:
    """A contact counts no more; codes that it put on are taken off, as an answer of its own."""
    of = response.member
    by.require("answers", of)
    put = [one["activistCodeId"] for one in response.responses if one.get("action") == "Apply"]
    standing = Marked.objects.filter(member=of, code__in=put, **whom.where).select_related("code")
    off = [Said(code=one.code, mark=False) for one in standing]
    with transaction.atomic():
        CanvassResponse.objects.filter(pk=response.pk).update(removed_at=timezone.now(), **changed())
        response.refresh_from_db()
    if off:
        contact = Contact(
            response.contact_type, response.input_type, "other", timezone.now(), merge=False, counts=False
        )
        record(
            home=home, gathered_by=of, whom=whom, contact=contact, result_code=response.result_code,
            said=off, by=by,
        )  # fmt: skip


def stop(*, home: Home, heard_by: Member, whom: Whom, by: Actor) -> None:
    """The voter wants no texts: so for every member. Of the member's own people the numbers are known."""
    if whom.person is None:
        asked = [stops.of_voter(whom.owner.key, whom.state_voter_id, "text")]
    else:
        asked = contacts.stopping(whom.person.phones, "text")
    if asked:
        stops.hear(home=home, asked=asked, source=Stop.Source.API, heard_by=heard_by, by=by)


def _contact(of: Member, whom: Whom, contact: Contact, by: Actor) -> CanvassResponse:
    known = CanvassResponse.objects.select_for_update().filter(member=of, **whom.where)
    if contact.visit and (same_visit := known.filter(visit=contact.visit).first()):
        return same_visit
    same = known.filter(
        contact_type=contact.contact_type, by=by.label, removed_at=None, visit="",
        canvassed_at__gte=contact.at - MERGED_WITHIN,
        canvassed_at__lte=contact.at + MERGED_WITHIN,
    )  # fmt: skip
    found = same.last() if contact.merge else None
    return found or CanvassResponse(
        member=of, **whom.where, contact_type=contact.contact_type,
        input_type=contact.input_type, canvassed_at=contact.at, contact=contact.counts, by=by.label,
        visit=contact.visit,
    )  # fmt: skip


def changed() -> dict[str, Any]:
    """What a change of rows writes besides: the vault is told anew."""
    return {"version": F("version") + 1, "waits": True}


def _mark(of: Member, whom: Whom, contact: Contact, said: Said, by: Actor) -> None:
    if said.code is None:
        return
    where = {"member": of, "code": said.code, **whom.where}
    if said.mark:
        Marked.objects.get_or_create(**where, defaults={"canvassed_at": contact.at, "by": by.label})
    else:
        Marked.objects.filter(**where).delete()


def _row(of: Member, whom: Whom, contact: Contact, said: Said, kept: CanvassResponse) -> dict[str, Any]:
    """An answer as the vault's table has it; its id follows from the contact, so that it is kept once."""
    question, answer = said.words()
    at = len(kept.responses)
    told = "\n".join((of.key, str(kept.pk), str(at), question, answer))
    return {
        "event_id": hashlib.sha256(told.encode()).hexdigest(),
        "owner": whom.owner.key,
        "state_voter_id": whom.state_voter_id,
        "question": question,
        "answer": answer,
        "kind": "told",
        "answered_on": contact.at.date(),
        "channel": contact.channel,
        "gathered_by": of.key,
        "loaded_at": timezone.now(),
        "source_file": "v4",
        "source_line": kept.pk,
    }


# Notes


def note(
    *, of: Member, whom: Whom, text: str, restricted: bool = False, category: int | None = None, by: Actor
) -> ContactNote:
    """A note about a voter, for the member alone."""
    by.require("answers", of)
    return ContactNote.objects.create(
        member=of, **whom.where, text=text, restricted=restricted,
        category=category, by=by.label,
    )  # fmt: skip
