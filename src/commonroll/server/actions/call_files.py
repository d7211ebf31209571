"""Results that a dialer or a texting tool brings as CSV: columns are told apart, lines are taken once.

No value of a line stands in a refusal: it says the line's number and why.
"""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.field import script as scripts
from commonroll.field.calls import STOP, TALKED, ending_of
from commonroll.server import called, field_facts
from commonroll.server.actions import call_keeping, call_records, result_words
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import CallList, CallPerson, CallRecord

MOST_BYTES, MOST_LINES, MOST_COLUMNS = 8 << 20, 20_000, 60
MOST_WORDS = 30
"""Words of a file that nobody knows and one is asked about."""

MOST_SAID = 50
"""Refused lines that are named one by one."""

ROLES = {"phone": "Phone number", "code": "Code of the sheet", "result": "How it ended", "at": "When"}
_GUESSES = {
    "phone": re.compile(r"phone|number|mobile|cell|^to$|recipient"),
    "code": re.compile(r"^code$|sheet"),
    "result": re.compile(r"result|disposition|outcome|status|ending|response.?type"),
    "at": re.compile(r"time|date|^at$|^when$"),
}
CHANNELS = ("phone", "text")


@dataclass(frozen=True)
class Sheet:
    """A file's columns and lines; `first` is the number of the first line after the head."""

    columns: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    first: int = 2


@dataclass
class Taken:
    """What a file came to: new records, lines that were there before, refused lines by reason and number."""

    new: int = 0
    known: int = 0
    by_ending: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[int, str]] = field(default_factory=list)

    @property
    def reasons(self) -> list[tuple[str, list[int]]]:
        """Each reason with its lines."""
        found: dict[str, list[int]] = {}
        for line, reason in self.refused:
            found.setdefault(reason, []).append(line)
        return sorted(found.items(), key=lambda pair: -len(pair[1]))


def read(data: bytes) -> Sheet:
    """A CSV with a head. Raises Refusal for anything else, and for too much."""
    if len(data) > MOST_BYTES:
        raise Refusal(
            "This file is too large.", where=f"over {MOST_BYTES >> 20} MB", next_step="Bring it in parts."
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal("This file is no UTF-8 text.", next_step="Save it as CSV in UTF-8.") from None
    try:
        rows = [
            tuple(cell.strip() for cell in row)
            for row in csv.reader(io.StringIO(text, newline=""), strict=True)
        ]
    except csv.Error:
        raise Refusal("This file is no CSV.", where="quotes", next_step="Save it as CSV again.") from None
    head = rows[0] if rows else ()
    if len(rows) < 2 or not 2 <= len(head) <= MOST_COLUMNS or len(set(head)) != len(head) or "" in head:
        raise Refusal(
            "The first line does not name the columns.",
            where=f"2 to {MOST_COLUMNS} different names, and lines below them", next_step="Add a head.",
        )  # fmt: skip
    if len(rows) > MOST_LINES + 1:
        raise Refusal(f"These are more than {MOST_LINES:,} lines.", next_step="Bring them in parts.")
    return Sheet(tuple(name[:80] for name in head), tuple(rows[1:]))


def guess(of: CallList, sheet: Sheet) -> dict[str, str]:
    """Column -> what it is, where its name says so: a role, or `question:<id>` of the list's script."""
    found: dict[str, str] = {}
    for column in sheet.columns:
        name = column.lower()
        role = next((role for role, like in _GUESSES.items() if like.search(name)), "")
        asked = next(
            (f"question:{q.id}" for q in _questions(of) if name in (q.id.lower(), q.code.lower())), ""
        )
        if (asked or role) and (asked or role) not in found.values():
            found[column] = asked or role
    return found


def meanings(of: CallList) -> dict[str, str]:
    """What a column may be, in words."""
    script = scripts.parse(of.script) if of.script else None
    asked = (
        {f"question:{q.id}": script.said(q.text, script.languages[0]) for q in _questions(of)}
        if script
        else {}
    )
    return ROLES | {key: f"Answer: {text[:60]}" for key, text in asked.items()}


def _questions(of: CallList) -> Sequence[scripts.Question]:
    return scripts.parse(of.script).questions if of.script else ()


def words_not_known(of: CallList, sheet: Sheet, mapping: Mapping[str, str]) -> list[tuple[str, int]]:
    """Words in the column of endings that mean none here, with how many lines have them."""
    own = result_words.own(of.member)
    at = _at(sheet, mapping).get("result")
    if at is None:
        return []
    many = Counter(line[at] for line in sheet.lines if len(line) > at and ending_of(line[at], own) is None)
    return many.most_common(MOST_WORDS)


def _at(sheet: Sheet, mapping: Mapping[str, str]) -> dict[str, int]:
    return {role: sheet.columns.index(column) for column, role in mapping.items() if column in sheet.columns}


def take(
    *, home: Home, of: CallList, sheet: Sheet, mapping: Mapping[str, str], channel: str = "phone", by: Actor
) -> Taken:
    """Bring the lines; brought again they change nothing. Who asks to stop is left alone by every member."""
    by.require("answers", of.member)
    at, taken = _at(sheet, mapping), Taken()
    if "result" not in at or not {"phone", "code"} & at.keys() or channel not in CHANNELS:
        raise Refusal(
            "A file of results needs a column that says whom, and one that says how it ended.",
            where="the columns", next_step="Choose a phone number or a code, and how it ended.",
        )  # fmt: skip
    own = result_words.own(of.member)
    lines = [(number, _cells(line, at)) for number, line in enumerate(sheet.lines, sheet.first)]
    events = {number: _events(of, cells, channel) for number, cells in lines}
    known = CallRecord.objects.filter(call_list=of).values_list("event", flat=True)
    came = set(known) & {event for every in events.values() for event in every}
    people = _people(home, of, at, by)
    made: list[CallRecord] = []
    for number, cells in lines:
        if came.intersection(events[number]):
            taken.known += 1
            continue
        try:
            ending = ending_of(cells.get("result", ""), own)
            made.append(_record(of, cells | {"ending": ending or ""}, events[number][0], people, channel, by))
        except Refusal as refusal:
            taken.refused.append((number, refusal.what))
    _put(home, of, made, taken, channel, by)
    return taken


def _cells(line: Sequence[str], at: Mapping[str, int]) -> dict[str, str]:
    """What a line says, by role; the number as digits, so that it is one however it is written."""
    cells = {role: line[place] for role, place in at.items() if place < len(line)}
    return cells | {"code": cells.get("code", "").upper(), "phone": digits(cells.get("phone", ""))}


def _events(of: CallList, cells: Mapping[str, str], channel: str) -> tuple[uuid.UUID, ...]:
    """The same for a line brought twice, whoever may be called by then."""
    return call_records.events_of(of, channel, *(f"{role}={cells[role]}" for role in sorted(cells)))


def _people(home: Home, of: CallList, at: Mapping[str, int], by: Actor) -> dict[str, CallPerson]:
    """Whom a line may mean: by the code, else by the phone that the person has today."""
    rows = list(of.people.select_related("owner"))
    if "code" in at:
        return {one.key: one for one in rows}
    told, _ = called.people(home, of, rows, by)
    phones: dict[str, list[CallPerson]] = {}
    for one in rows:
        if one.pk in told:
            phones.setdefault(digits(told[one.pk].phone), []).append(one)
    return {phone: held[0] for phone, held in phones.items() if len(held) == 1}


def digits(text: str) -> str:
    """The ten digits of an American number, however it is written; of others all digits."""
    found = re.sub(r"\D", "", text)
    return found[-10:] if len(found) == 11 and found[0] == "1" else found


def _record(
    of: CallList, cells: Mapping[str, str], event: uuid.UUID, people: Mapping[str, CallPerson],
    channel: str, by: Actor,
) -> CallRecord:  # fmt: skip
    word = cells["code"] or cells["phone"]
    if not word:
        raise Refusal("it does not say whom")
    person = people.get(word)
    if person is None:
        raise Refusal("nobody of this list, or several people, have this number or code")
    ending = cells["ending"]
    if not ending:
        raise Refusal("how it ended is no word that is known here")
    when = _when(cells.get("at", ""), of)
    given = {role.partition(":")[2]: cells[role] for role in cells if role.startswith("question:")}
    answers = call_records.answered(of, _given(of, given)) if ending == TALKED else []
    return CallRecord(
        call_list=of, person=person, event=event, ending=ending, answers=answers, channel=channel,
        caller=by.label, at=when, received_at=timezone.now(),
    )  # fmt: skip


def _when(text: str, of: CallList) -> datetime:
    """A time of a line, in the member's own zone where it names none; now where there is none."""
    if not text:
        return timezone.now()
    for read_as in (datetime.fromisoformat, *_AMERICAN):
        try:
            found = read_as(text)
        except ValueError:
            continue
        found = found if found.tzinfo else found.replace(tzinfo=field_facts.zone(of.member))
        if of.made_at.replace(year=of.made_at.year - 1) < found.astimezone(UTC) <= timezone.now():
            return found.astimezone(UTC)
        raise Refusal("its time is in the future, or a year ago")
    raise Refusal("its time cannot be read")


def _american(pattern: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is put on where it is used


_AMERICAN = tuple(
    _american(p)
    for p in ("%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%Y", "%m/%d/%y %H:%M")
)


def _given(of: CallList, cells: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Answers by question id, however the file writes them: the kept word, or the text in any language."""
    found: dict[str, tuple[str, ...]] = {}
    for question in _questions(of):
        cell = cells.get(question.id, "").strip()
        if not cell:
            continue
        known = {
            word.lower(): one.answer for one in question.answers for word in (one.answer, *one.text.values())
        }
        words = [
            known.get(part.strip().lower())
            for part in (cell.split(";") if question.kind == "many" else [cell])
        ]
        if None in words:
            raise Refusal(f"an answer to the question {question.code} is none of its answers")
        found[question.id] = tuple(word for word in words if word)
    return found


def _put(home: Home, of: CallList, made: Sequence[CallRecord], taken: Taken, channel: str, by: Actor) -> None:
    now = timezone.now()
    fresh = list({one.event: one for one in made}.values())
    with transaction.atomic():
        CallRecord.objects.bulk_create(fresh, ignore_conflicts=True)
        for one in fresh:
            call_records.ended(one.person, one.ending, now)
    taken.new, taken.known = len(fresh), taken.known + len(made) - len(fresh)
    taken.by_ending.update(one.ending for one in fresh)
    stopped = [one.person for one in fresh if one.ending == STOP]
    if stopped:
        call_records.stop(home=home, of=of, people=stopped, by=by, channel=channel)
    call_keeping.keep(home=home, of=of, before=now, by=by)
