"""Calls: a list of people to call, one at a time to one caller, with how each call ended."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from commonroll import flow
from commonroll.errors import Refusal
from commonroll.field import script as scripts
from commonroll.field.calls import ENDINGS, MOST_TRIES, STOP, TALKED
from commonroll.field.numbers import Fact, Numbers, Table, numbers, table
from commonroll.roll.schema import RESPONSES
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault
from commonroll.server import called, field_facts, wall
from commonroll.server.actions import canvassing, questions, stops
from commonroll.server.actions.canvassing import Contact, Whom
from commonroll.server.actions.folding import SOURCE
from commonroll.server.actor import Actor, Unknown
from commonroll.server.called import Told
from commonroll.server.home import Home
from commonroll.server.models import CallList, CallPerson, CallRecord, Member, Stop
from commonroll.server.permits import DatabasePermits
from commonroll.server.receipts import DatabaseReceipts
from commonroll.views.call_rows import CLAIMED, PHONE, columns

MOST_PEOPLE = 5_000
ON_THE_LINE = timedelta(minutes=30)
ON_A_SHEET = timedelta(days=3)
MOST_ON_A_SHEET = 60

UNDO_WITHIN = timedelta(minutes=10)
"""A record goes into the vaults with the caller's next, or after this time; so long it is taken back."""

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
BY_PHONE, VIRTUAL_PHONE_BANK = 1, 10
"""Contact and input type of the API's vocabulary."""


def make(
    *, home: Home, member: Member, name: str, purpose: str, where: str = "",
    script: Mapping[str, Any] | None = None, by: Actor,
) -> CallList:  # fmt: skip
    """Keep everybody whom a WHERE finds, who may be called and has a phone, in an order of chance."""
    by.require("view", member)
    name = name.strip()[:120]
    if not name:
        raise Refusal("A list to call needs a name.", next_step="Say what is called: Oakwood, reminders.")
    asked = replace(
        questions.question(
            viewer=member, purpose=purpose, mode="contact", where=where, columns=(PHONE, CLAIMED)
        ),
        optional=columns(frozenset())[1],
    )
    receipts = DatabaseReceipts(home=home, viewer=member, by=by)
    found = flow.call(asked, DatabasePermits(home), receipts)
    if not 0 < found.rows.num_rows <= MOST_PEOPLE:
        raise Refusal(
            f"A list to call has 1 to {MOST_PEOPLE:,} people with a phone.",
            where=f"{found.rows.num_rows:,} were found",
            next_step="Ask for a county or a district." if found.rows.num_rows else "Ask less narrowly.",
        )
    who = list(called.numbers(home, found.rows).items())
    secrets.SystemRandom().shuffle(who)
    owners = {one.key: one for one in Member.objects.filter(key__in={owner for (owner, _), _ in who})}
    keys = _keys(len(who))
    with transaction.atomic():
        made = CallList.objects.create(
            member=member, name=name, purpose=purpose, where=where, script=dict(script or {}),
            gaps=[gap.sentence for gap in found.gaps], by=by.label, made_at=timezone.now(),
        )  # fmt: skip
        CallPerson.objects.bulk_create(
            CallPerson(call_list=made, key=key, owner=owners[owner], number=number, place=place)
            for place, (((owner, _), number), key) in enumerate(zip(who, keys, strict=True), 1)
        )
    return made


def _keys(many: int) -> list[str]:
    found: set[str] = set()
    while len(found) < many:
        found.add("".join(secrets.choice(LETTERS) for _ in range(5)))
    return list(found)


def lists(member: Member, *, by: Actor) -> list[CallList]:
    """The member's lists, each with `many` people, `called` of them, and `waiting`."""
    by.require("read", member)
    found = CallList.objects.filter(member=member, put_away_at=None)
    return list(
        found.annotate(
            many=Count("people"),
            called=Count("people", filter=Q(people__state=CallPerson.State.DONE)),
            waiting=Count("people", filter=Q(people__state=CallPerson.State.WAITING)),
        )
    )


def list_of(*, member: Member, number: int, by: Actor) -> CallList:
    """One of the member's lists; Unknown for anybody else's."""
    by.require("read", member)
    found = CallList.objects.filter(member=member, pk=number).first()
    if found is None:
        raise Unknown("There is no such list to call.", next_step="See the page Calls.")
    return found


def put_away(*, of: CallList, by: Actor) -> None:
    """Put a list away, or have it again."""
    by.require("view", of.member)
    of.put_away_at = None if of.put_away_at else timezone.now()
    of.save(update_fields=["put_away_at"])


# One person, one caller


@dataclass(frozen=True)
class OnLine:
    """Somebody whom a caller has, and what may be shown."""

    person: CallPerson
    told: Told


def next_one(*, home: Home, of: CallList, by: Actor) -> OnLine | None:
    """The person whom this caller has, or the next who waits; None where nobody does.

    Whoever may not be called any more since the list was made leaves it.
    """
    by.require("answers", of.member)
    _open(of)
    keep(home=home, of=of, before=timezone.now() - UNDO_WITHIN, by=by)
    while (person := _mine(of, by) or _take(of, by)) is not None:
        told, _ = called.people(home, of, [person], by)
        if person.pk in told:
            return OnLine(person, told[person.pk])
        _gone([person])
    return None


def _mine(of: CallList, by: Actor) -> CallPerson | None:
    mine = of.people.filter(state=CallPerson.State.OUT, caller=by.label, until__gt=timezone.now())
    return mine.filter(until__lte=timezone.now() + ON_THE_LINE).select_related("owner").first()


def _take(of: CallList, by: Actor) -> CallPerson | None:
    """The next who waits is this caller's: of two at once one has the person."""
    now = timezone.now()
    free = Q(state=CallPerson.State.WAITING) & (Q(not_before=None) | Q(not_before__lte=now))
    late = Q(state=CallPerson.State.OUT, until__lte=now)
    while True:
        person = of.people.filter(free | late).select_related("owner").order_by("tries", "place").first()
        if person is None:
            return None
        mine = of.people.filter(free | late, pk=person.pk)
        if mine.update(state=CallPerson.State.OUT, caller=by.label, until=now + ON_THE_LINE):
            person.refresh_from_db()
            return person


def _gone(people: Sequence[CallPerson]) -> None:
    CallPerson.objects.filter(pk__in=[one.pk for one in people]).update(
        state=CallPerson.State.GONE, caller="", until=None
    )


def give_back(*, of: CallList, by: Actor) -> None:
    """Whom this caller has goes back to those who wait."""
    by.require("answers", of.member)
    person = _mine(of, by)
    if person is not None:
        CallPerson.objects.filter(pk=person.pk).update(state=CallPerson.State.WAITING, caller="", until=None)


def sheet(*, home: Home, of: CallList, many: int, by: Actor) -> list[OnLine]:
    """People for a printed sheet, which they are on for three days: nobody else calls them so long."""
    by.require("view", of.member)
    _open(of)
    if not 0 < many <= MOST_ON_A_SHEET:
        raise Refusal(f"A sheet has 1 to {MOST_ON_A_SHEET} people.", next_step="Say how many.")
    people: list[CallPerson] = []
    while len(people) < many and (person := _take(of, by)) is not None:
        person.until = timezone.now() + ON_A_SHEET
        person.save(update_fields=["until"])
        people.append(person)
    told, _ = called.people(home, of, people, by)
    _gone([one for one in people if one.pk not in told])
    return [OnLine(one, told[one.pk]) for one in people if one.pk in told]


def _open(of: CallList) -> None:
    if of.put_away_at is not None:
        raise Refusal("This list is put away.", where=of.name, next_step="Take it back to call.")


# How a call ended


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


# Into the vaults


def keep(*, home: Home, of: CallList, before: datetime, but: CallRecord | None = None, by: Actor) -> int:
    """Records that are taken back no more go into the vaults, as contacts and answers; how many did.

    Those that came before `before`, and of the caller of `but` all others.
    """
    older = Q(received_at__lte=before)
    if but is not None:
        older |= Q(caller=but.caller) & ~Q(pk=but.pk)
    waiting = list(of.records.filter(older, kept_at=None).select_related("person__owner").order_by("pk"))
    mine = [
        one
        for one in waiting
        if CallRecord.objects.filter(pk=one.pk, kept_at=None).update(kept_at=timezone.now())
    ]
    if not mine:
        return 0
    ids = called.voters(home, [one.person for one in mine])
    rows: list[dict[str, Any]] = []
    for one in mine:
        voter = ids.get(one.person_id)
        if voter is not None:
            rows += _contact(home, of, one, voter, by)
    if rows:
        # as answers from doors: owners get them on the day that the terms name (`releasing`)
        held = pa.Table.from_pylist(rows, arrow_schema(RESPONSES))
        Vault(home.vaults, of.member.key).append_events(RESPONSES.name, held)
    return len(mine)


@wall.node()
def sweep(home: Home) -> int:
    """Records that nobody can take back any more go into the vaults, also where the caller has stopped."""
    before = timezone.now() - UNDO_WITHIN
    waiting = CallList.objects.filter(
        records__kept_at=None, records__received_at__lte=before, member__left_at=None
    )
    lists_ = list(waiting.select_related("member").distinct())
    return sum(keep(home=home, of=of, before=before, by=Actor("this node")) for of in lists_)


def _contact(home: Home, of: CallList, one: CallRecord, voter: str, by: Actor) -> list[dict[str, Any]]:
    """The contact kept, and its answers as rows of the vault."""
    whom = Whom(one.person.owner, one.person.number, voter)
    contact = Contact(BY_PHONE, VIRTUAL_PHONE_BANK, one.channel, one.at, merge=False)
    canvassing.record(
        home=home, gathered_by=of.member, whom=whom, contact=contact,
        result_code=ENDINGS[one.ending].code, by=replace(by, label=one.caller),
    )  # fmt: skip
    return [
        {
            "event_id": hashlib.sha256(f"{one.event}\n{at}".encode()).hexdigest(),
            "owner": one.person.owner.key, "state_voter_id": voter, "question": said["question"],
            "answer": said["answer"], "kind": "told", "answered_on": one.at.date(), "channel": one.channel,
            "gathered_by": of.member.key, "loaded_at": timezone.now(), "source_file": SOURCE,
            "source_line": one.pk,
        }
        for at, said in enumerate(one.answers)
    ]  # fmt: skip


# Numbers


def facts(records: Iterable[CallRecord], member: Member) -> list[Fact]:
    """Calls as facts of `field.numbers`: an attempt each; of answers to one question of a person the last."""
    days, found, last = field_facts.zone(member), [], {}
    for one in records:
        who = (one.person.owner_id, one.person.number)
        day = one.at.astimezone(days).date()
        script = field_facts.script_of(one.call_list.script)
        base = (one.call_list_id, one.caller, day, script)
        found.append(Fact("attempt", *base, door=who, result=one.ending))
        if one.ending == TALKED:
            found.append(Fact("met", *base, person=who))
        for said in one.answers:
            last[who, said["question"]] = Fact("answer", *base, person=who)
    return [*found, *last.values()]


def tables(of: CallList) -> tuple[Table, Table]:
    """The calls of a list by caller and by day; their doors are people who were called."""
    records = of.records.select_related("person", "call_list").order_by("at", "pk")
    found = facts(records, of.member)
    return table(found, "canvasser"), table(found, "day")


def by_phone(member: Member, *, by: Actor) -> Numbers:
    """All calls of a member's lists together; their doors are people who were called."""
    by.require("read", member)
    records = CallRecord.objects.filter(call_list__member=member).select_related("person", "call_list")
    return numbers(facts(records.order_by("at", "pk"), member))


def event_of(of: CallList, *words: str) -> uuid.UUID:
    """The id of a record from elsewhere: the same for the same words, which nobody can guess from it."""
    told = "\n".join((str(of.urn), *words)).encode()
    return uuid.UUID(bytes=hmac.digest(settings.SECRET_KEY.encode(), told, "sha256")[:16])
