"""Alarms on unusual use of an owner's rows: looked for in its log, told, and settled with a note.

Nothing is looked at but the entries of the owner's own log, after they are in it; no answer waits for it.
"""

from __future__ import annotations

import json
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import TruncHour
from django.utils import timezone

from commonroll.agreements.events import TERMINAL
from commonroll.errors import Refusal
from commonroll.server import alarm_rules, journal, wall
from commonroll.server.actor import Actor, Unknown
from commonroll.server.alarm_rules import Past, Settings, Unusual, Uses
from commonroll.server.field_facts import zone
from commonroll.server.models import (
    ROWS_LEFT,
    USES,
    Agreement,
    AgreementEvent,
    Alarm,
    AlarmSetting,
    Journal,
    Member,
)

log = logging.getLogger(__name__)

AT_ONCE = 5_000
"""Entries of a log looked at in a turn."""
MAILS = 5
"""Times that a mail is tried."""
NOTE = 500


# Looked for


@dataclass(frozen=True)
class _Entry:
    index: int
    at: datetime
    type: str
    recipient: str
    agreement: str
    purpose: str
    rows: int
    refused: int


@wall.node()
def run(now: datetime | None = None) -> int:
    """Look at what is new in the log of every owner; how many alarms were raised."""
    owners = Member.objects.filter(left_at=None).exclude(state="")
    return sum(_look(owner, now or timezone.now()) for owner in owners)


@transaction.atomic
def _look(owner: Member, now: datetime) -> int:
    mine = AlarmSetting.objects.select_for_update().filter(member=owner).first()
    if mine is None:
        # what was before somebody could look is the past
        AlarmSetting.objects.get_or_create(member=owner, defaults={"looked": _last(owner)})
        return 0
    new = _entries(owner, mine.looked)
    if not new:
        return 0
    raised = list(_raised(owner, rules_of(mine), [one for one in new if one.recipient], now))
    AlarmSetting.objects.filter(pk=mine.pk).update(looked=new[-1].index)
    return len(raised)


def _last(owner: Member) -> int:
    last = Journal.objects.filter(log=owner.key).aggregate(last=Max("index"))["last"]
    return -1 if last is None else int(last)


def rules_of(mine: AlarmSetting | None) -> Settings:
    """An owner's rules; those that it never changed as they come."""
    given = mine.rules if mine else {}
    return {kind: {**rule, **given.get(kind, {})} for kind, rule in alarm_rules.defaults().items()}


def _entries(owner: Member, looked: int) -> list[_Entry]:
    rows = Journal.objects.filter(log=owner.key, index__gt=looked).order_by("index")[:AT_ONCE]
    return [
        _Entry(
            row.index or 0, row.at, row.type, row.recipient, row.agreement, row.purpose,
            (row.rows or 0) if row.type in ROWS_LEFT else 0, _refusals(row),
        )
        for row in rows
    ]  # fmt: skip


def _refusals(row: Journal) -> int:
    return int(json.loads(bytes(row.leaf))["count"]) if row.type == "denied" else 0


def _raised(owner: Member, rules: Settings, new: Iterable[_Entry], now: datetime) -> Iterable[Alarm]:
    there = zone(owner)
    by_day: dict[tuple[date, str], list[_Entry]] = defaultdict(list)
    for entry in new:
        by_day[alarm_rules.local(entry.at, there)[0], entry.recipient].append(entry)
    for (day, recipient), entries in sorted(by_day.items()):
        past = _past(owner, recipient, entries, day, there)
        for found in alarm_rules.unusual(rules, past, _uses(entries, day, there)):
            if (alarm := _raise(owner, recipient, found, entries[-1])) is not None:
                yield alarm


def _uses(entries: list[_Entry], day: date, there: ZoneInfo) -> Uses:
    used = [one for one in entries if one.type in USES]
    return Uses(
        day,
        frozenset(one.purpose for one in used),
        frozenset(alarm_rules.local(one.at, there)[1] for one in used),
        sum(one.rows for one in used),
        sum(one.refused for one in entries if one.at > entries[-1].at - timedelta(hours=1)),
        _ends(one for one in used if one.type in ROWS_LEFT),
    )


def _ends(taken: Iterable[_Entry]) -> dict[int, int]:
    """Days to the end of each agreement under which rows were taken, as its dates and events say now."""
    last = {one.agreement: one.at for one in taken}
    ended = Q(event__in=TERMINAL)
    events = AgreementEvent.objects.filter(ended, agreement__urn__in=last).order_by()
    said = dict(events.values("agreement").annotate(end=Min("effective")).values_list("agreement", "end"))
    found = {}
    for agreement in Agreement.objects.filter(urn__in=last):
        end = min(agreement.until, said.get(agreement.pk, agreement.until))
        found[agreement.number] = max(0, (end - last[agreement.urn]).days)
    return found


def _past(owner: Member, recipient: str, new: list[_Entry], day: date, there: ZoneInfo) -> Past:
    """What the log says of the recipient before the first of the new entries."""
    every = Journal.objects.filter(log=owner.key, recipient=recipient, index__lt=new[0].index).order_by()
    used = every.filter(type__in=USES)
    since = new[0].at - alarm_rules.WINDOW
    taken: Counter[date] = Counter()
    hours: dict[date, frozenset[int]] = defaultdict(frozenset)
    for hour, rows in (
        used.filter(at__gte=since)
        .annotate(hour=TruncHour("at", tzinfo=there))
        .values("hour")
        .annotate(taken=Sum("rows", filter=Q(type__in=ROWS_LEFT)), uses=Count("pk"))
        .values_list("hour", "taken")
    ):
        on, at = alarm_rules.local(hour, there)
        taken[on] += rows or 0
        hours[on] |= {at}
    refused = every.filter(type="denied", at__gt=new[-1].at - timedelta(hours=1))
    return Past(
        used=bool(hours) or used.exists(),
        purposes=frozenset(used.values_list("purpose", flat=True).distinct()),
        taken={on: rows for on, rows in taken.items() if on != day},
        hours={on: found for on, found in hours.items() if on != day},
        today=taken[day],
        refused=sum(map(_refusals, refused)),
    )


def _raise(owner: Member, recipient: str, found: Unusual, last: _Entry) -> Alarm | None:
    once = f"{found.kind} {recipient} {found.about}".strip()
    alarm, made = Alarm.objects.get_or_create(
        member=owner, once=once,
        defaults={
            "kind": found.kind, "recipient": recipient, "saw": found.saw, "index": last.index, "at": last.at,
        },
    )  # fmt: skip
    if made:
        said = {
            "alarm": str(alarm.pk), "kind": found.kind, "recipient": recipient, "entry": str(last.index)
        }  # fmt: skip
        journal.operator(owner, "alarm.raised", said)
    return alarm if made else None


# Told


@wall.node()
def mail() -> int:
    """Write to the owners that want it of alarms not yet written of; how many mails left."""
    waiting = Alarm.objects.filter(mailed_at=None, settled_at=None, mail_failures__lt=MAILS)
    owners = AlarmSetting.objects.exclude(mail="").filter(member__in=waiting.values("member"))
    return sum(_mail(mine, list(waiting.filter(member=mine.member)[:50])) for mine in owners)


def _mail(mine: AlarmSetting, alarms: list[Alarm]) -> int:
    names = dict(Member.objects.values_list("key", "name"))
    lines = [f"- {said(alarm, names)} (entry {alarm.index})" for alarm in alarms]
    text = (
        f"In the log of {mine.member.name} this looks unusual. It may be as it should: ask the recipient.\n\n"
        + "\n".join(lines)
        + "\n\nThe page Log, Alarms shows each, and settles it with a note.\n"
    )
    several = f"{len(alarms)} unusual uses" if len(alarms) > 1 else "An unusual use"
    ids = [alarm.pk for alarm in alarms]
    try:
        send_mail(f"{several} of {mine.member.name}'s roll", text, None, [mine.mail])
    except Exception as error:  # whatever a mail server does, nothing else waits for it
        log.warning("alarms could not be mailed: %s; they are tried again", type(error).__name__)
        for alarm in alarms:
            Alarm.objects.filter(pk=alarm.pk).update(mail_failures=alarm.mail_failures + 1)
        return 0
    Alarm.objects.filter(pk__in=ids).update(mailed_at=timezone.now())
    return 1


def said(alarm: Alarm, names: Mapping[str, str]) -> str:
    """What was seen, in a sentence."""
    return alarm_rules.words(alarm.kind, alarm.saw, names.get(alarm.recipient, alarm.recipient))


def as_dict(alarm: Alarm, names: Mapping[str, str]) -> dict[str, Any]:
    """An alarm as one JSON document: what was seen, about which entry, and its note."""
    settled = alarm.settled_at
    return {
        "alarm": alarm.pk, "kind": alarm.kind, "recipient": alarm.recipient, "said": said(alarm, names),
        "entry": alarm.index, "at": alarm.at.isoformat(timespec="seconds"), "note": alarm.note,
        "settled_by": alarm.settled_by, "settled_at": settled and settled.isoformat(timespec="seconds"),
    }  # fmt: skip


# Read, settled, changed


def setting(*, of: Member, by: Actor) -> AlarmSetting:
    """The owner's rules, as they stand or as they come."""
    by.require("read", of)
    return AlarmSetting.objects.filter(member=of).first() or AlarmSetting(member=of)


def alarms(*, of: Member, by: Actor, open: bool, last: int = 100) -> list[Alarm]:
    """The newest that wait for a note, or those that have one."""
    by.require("read", of)
    return list(Alarm.objects.filter(member=of, settled_at__isnull=open)[:last])


def waiting(of: Member, by: Actor) -> int:
    by.require("read", of)
    return Alarm.objects.filter(member=of, settled_at=None).count()


def settle(*, of: Member, alarm_id: int, note: str, by: Actor) -> Alarm:
    """Somebody looked, and says what came of it."""
    by.require("keys", of)
    note = note.strip()
    if not note or len(note) > NOTE:
        raise Refusal(
            f"a note of at most {NOTE} characters says what came of it", where=f"note-{alarm_id}",
            next_step="write whom you asked, or what you know",
        )  # fmt: skip
    with transaction.atomic():
        alarm = _one(of, alarm_id)
        alarm.settled_at, alarm.settled_by, alarm.note = timezone.now(), by.label, note
        alarm.save(update_fields=["settled_at", "settled_by", "note"])
        journal.operator(of, "alarm.settled", {"alarm": str(alarm.pk), "note": note, "by": by.label})
    return alarm


def reopen(*, of: Member, alarm_id: int, by: Actor) -> Alarm:
    """It waits again; its note stays in the log, sealed for the owner."""
    by.require("keys", of)
    with transaction.atomic():
        alarm = _one(of, alarm_id)
        alarm.settled_at, alarm.settled_by, alarm.note = None, "", ""
        alarm.save(update_fields=["settled_at", "settled_by", "note"])
        journal.operator(of, "alarm.reopened", {"alarm": str(alarm.pk), "by": by.label})
    return alarm


def _one(of: Member, alarm_id: int) -> Alarm:
    alarm = Alarm.objects.filter(member=of, pk=alarm_id).first()
    if alarm is None:
        raise Unknown("there is no such alarm", next_step="see the page Log, Alarms")
    return alarm


def change(
    *, of: Member, rules: Mapping[str, Mapping[str, Any]], mail: str, by: Actor
) -> AlarmSetting:  # fmt: skip
    """The rules as the owner wants them from now on, and whom to write to."""
    by.require("keys", of)
    wanted, mail = alarm_rules.checked(rules), mail.strip()
    try:
        if mail:
            validate_email(mail)
    except ValidationError:
        raise Refusal("this is no e-mail address", where="mail", next_step="give one, or none") from None
    with transaction.atomic():
        mine, _ = AlarmSetting.objects.get_or_create(member=of, defaults={"looked": _last(of)})
        mine.rules, mine.mail = wanted, mail
        mine.save(update_fields=["rules", "mail"])
        texts = {kind: {name: str(value) for name, value in rule.items()} for kind, rule in wanted.items()}
        journal.operator(of, "alarm.rules", {"rules": texts, "mail": mail, "by": by.label})
    return mine


def sends_mail() -> bool:
    """Whether mails leave this site: as it comes they are printed where it runs."""
    return not settings.EMAIL_BACKEND.endswith("console.EmailBackend")
