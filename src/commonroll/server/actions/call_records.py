"""How a call ended: the caller's word, the answers, and taking it back."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.field import script as scripts
from commonroll.field.calls import ENDINGS, MOST_TRIES, STOP, TALKED
from commonroll.server import called
from commonroll.server.actions import stops
from commonroll.server.actions.call_keeping import UNDO_WITHIN, keep
from commonroll.server.actions.call_line import ON_THE_LINE, give_back
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import CallList, CallPerson, CallRecord, Stop
from commonroll.views.call_rows import PHONE


def record(
    *, home: Home, of: CallList, key: str, ending: str, given: Mapping[str, Sequence[str]] | None = None,
    at: datetime | None = None, by: Actor,
) -> CallRecord:  # fmt: skip
    """How the call with a person ended whom this caller has, and the answers to the script's questions.

    Do-not-call binds every member at once and is not taken back here.
    """
    by.require("answers", of.member)
    if ending not in ENDINGS:
        raise Refusal("A call does not end like that.", where="ending", next_step="Choose one of the list.")
    person = (
        of.people.filter(key=key, state=CallPerson.State.OUT, caller=by.label).select_related("owner").first()
    )
    if person is None:
        raise Refusal(
            "Somebody else has this person now, or the call was recorded.",
            where="the person", next_step="Take the next one.",
        )  # fmt: skip
    said = answered(of, given or {}) if ending == TALKED else []
    now = timezone.now()
    with transaction.atomic():
        made = CallRecord.objects.create(
            call_list=of, person=person, ending=ending, answers=said, caller=by.label, at=at or now,
            received_at=now,
        )  # fmt: skip
        ended(person, ending, now)
    if ending == STOP:
        stop(home=home, of=of, people=[person], by=by)
    keep(home=home, of=of, before=now - UNDO_WITHIN, but=made, by=by)
    return made


def answered(of: CallList, given: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """What the chosen answers come to on the script's way."""
    if not of.script:
        return []
    script = scripts.parse(of.script)
    known = {one.id: {each.answer for each in one.answers} for one in script.questions}
    chosen = {
        id_: tuple(word for word in words if word in known[id_])
        for id_, words in given.items()
        if id_ in known
    }
    return [{"question": one.question, "answer": one.answer} for one in scripts.recorded(script, chosen)]


def ended(person: CallPerson, ending: str, now: datetime) -> None:
    """The person waits for another call, or is done."""
    again = ENDINGS[ending].again
    more = again is not None and person.tries + 1 < MOST_TRIES
    person.tries += 1
    person.state = CallPerson.State.WAITING if more else CallPerson.State.DONE
    person.not_before = now + again if again and more else None
    person.caller, person.until = "", None
    person.save(update_fields=["tries", "state", "not_before", "caller", "until"])


def stop(*, home: Home, of: CallList, people: Sequence[CallPerson], by: Actor, channel: str = PHONE) -> None:
    """They want no calls: so for every member, from the next question on."""
    ids = called.voters(home, people)
    asked = [stops.of_voter(one.owner.key, ids[one.pk], channel) for one in people if one.pk in ids]
    if asked:
        stops.hear(home=home, asked=asked, source=Stop.Source.DOOR, heard_by=of.member, by=by)


def undo(*, of: CallList, by: Actor) -> CallPerson:
    """The caller's last record is no more, and its person is the caller's again."""
    by.require("answers", of.member)
    last = of.records.filter(caller=by.label).order_by("-pk").first()
    if last is None or last.kept_at is not None or last.ending == STOP:
        raise Refusal(
            "There is nothing to take back.", where="the last call",
            next_step="Record the call anew when the person is called again: the later answer counts.",
        )  # fmt: skip
    with transaction.atomic():
        give_back(of=of, by=by)
        person = CallPerson.objects.select_for_update().get(pk=last.person_id)
        person.state, person.caller = CallPerson.State.OUT, by.label
        person.until, person.not_before = timezone.now() + ON_THE_LINE, None
        person.tries = max(person.tries - 1, 0)
        person.save()
        last.delete()
    return person


def events_of(of: CallList, *words: str) -> tuple[uuid.UUID, ...]:
    """The id of a record from elsewhere: the same for the same words, which nobody can guess from it.

    After it the one that it had before what it is derived from was changed, while that is known.
    """
    told = "\n".join((str(of.urn), *words)).encode()
    known = settings.HOME.derived_secrets()
    return tuple(uuid.UUID(bytes=hmac.digest(one, told, "sha256")[:16]) for one in known)
