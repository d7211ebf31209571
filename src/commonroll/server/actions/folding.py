"""What was recorded at doors goes into the vaults: once each, whatever comes twice or dies in between.

The doors of a cut at which something changed are folded whole (`field.fold`): which answers stand follows
from all of their records. A first transaction writes which of them stand and as how many-th; then the
gatherer's vault is told, by ids that follow from it; last, the records are marked. Whoever dies in between
does the same again and changes nothing. Opt-outs and words that concern everybody go on at once (`stops`,
`door_words`). What the owner gets of the answers, and when, is `releasing`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from commonroll.field.fold import Received, Walked, fold
from commonroll.field.script import taken_apart
from commonroll.field.zones import zone_of
from commonroll.roll.schema import OPTOUTS, RESPONSES, WITHDRAWN_ANSWER
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.locks import exclusive
from commonroll.roll.vault.vault import Vault
from commonroll.server import behind, door_words, field_facts, members, wall
from commonroll.server.actions import attempted, door_claims, door_contacts, returning, stops
from commonroll.server.actions.canvassing import RESERVED
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import (
    DoorWord,
    FieldEvent,
    Member,
    Stop,
    TurfCut,
    TurfHousehold,
    TurfPerson,
)

SOURCE = "walk"
"""`source_file` of answers from doors, and from the phone (`calls`); the line is the record's number."""

AT_ONCE = 5_000
"""Records of a cut that are folded together; the next turn takes the next."""

WAIT = 30.0

_AT_DOOR = "taken back at the door, or by a lead of who heard it"

Key = tuple[str, int]
"""A person: the owner and the number there."""


@dataclass
class Folded:
    """How many records were looked at, answers put and taken back, rows of attempts, stops and words told."""

    records: int = 0
    put: int = 0
    withdrawn: int = 0
    attempts: int = 0
    stops: int = 0
    words: int = 0

    def __iadd__(self, other: Folded) -> Folded:
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)
        return self


@wall.node()
def run(home: Home, *, of: Member | None = None) -> Folded:
    """Fold what came since. One process at a time: another waits, and finds nothing left."""
    waiting = FieldEvent.objects.filter(folded_at=None)
    if of is not None:
        waiting = waiting.filter(member=of)
    done = Folded()
    if not waiting.exists():
        return done
    with exclusive(home.tmp / "field-fold.lock", member="the field", doing="folding", wait=WAIT):
        for number in waiting.order_by().values_list("turf__cut", flat=True).distinct():
            cut = TurfCut.objects.select_related("member").get(pk=number)
            done += _cut(home, cut, timezone.now())
    return done


def _cut(home: Home, cut: TurfCut, now: datetime) -> Folded:
    fresh = list(FieldEvent.objects.filter(folded_at=None, turf__cut=cut).order_by("pk")[:AT_ONCE])
    doors = Doors(cut, fresh)
    known = fold(doors.received)
    done = Folded(len(fresh))
    rows = _Rows(home, cut.member, doors)
    _stand(doors, known, now)
    for row in doors.rows:
        rows.of(row, now)
    done.put, done.withdrawn = rows.tell()
    door_contacts.keep(cut.member, doors, known)
    done.attempts = attempted.run(home, of=cut.member)
    done.stops = _stops(home, cut.member, doors, known)
    done.words = _words(home, cut.member, doors, known)
    door_claims.keep(cut.member, doors, known)
    FieldEvent.objects.filter(pk__in=[row.pk for row in fresh]).update(folded_at=now)
    return done


class Doors:
    """All records of the doors at which something is fresh, of every turf of the cut that had them, under
    keys that are the same for all of them."""

    def __init__(self, cut: TurfCut, fresh: Sequence[FieldEvent]) -> None:
        meant = [*fresh, *_taken_back(cut, fresh)]
        touched = {(row.turf_id, row.household) for row in meant if row.household}
        every = TurfHousehold.objects.filter(turf__cut=cut)
        of_touched = every.filter(key__in={key for _, key in touched}).values_list("turf_id", "key", "door")
        numbers = {door for turf, key, door in of_touched if (turf, key) in touched}
        self.doors: dict[tuple[int, str], int] = {
            (turf, key): door
            for turf, key, door in every.filter(door__in=numbers).values_list("turf_id", "key", "door")
        }
        of_them = {"household__turf__cut": cut, "household__door__in": numbers}
        found = TurfPerson.objects.filter(**of_them)
        self.people: dict[tuple[int, str], Key] = {
            (turf, key): (owner, number)
            for turf, key, owner, number in found.values_list(
                "household__turf_id", "key", "owner__key", "number"
            )
        }
        self.at: dict[int, list[Key]] = defaultdict(list)
        for door, owner, number in found.values_list("household__door", "owner__key", "number").distinct():
            self.at[door].append((owner, number))
        self.rows = self._records(cut)
        self.by_event = {str(row.event): row for row in self.rows}
        self.received = [self._as_one(row) for row in self.rows if row.status == FieldEvent.Status.OK]

    def _records(self, cut: TurfCut) -> list[FieldEvent]:
        of_cut = FieldEvent.objects.filter(turf__cut=cut).select_related("hand_out")
        found = of_cut.filter(household__in={key for _, key in self.doors})
        there = [row for row in found if (row.turf_id, row.household) in self.doors]
        devices = {row.hand_out_id for row in there}
        undos = of_cut.filter(household="", kind="undo")
        return [*there, *undos.filter(Q(hand_out__in=devices) | ~Q(lead=""))]

    def _as_one(self, row: FieldEvent) -> Received:
        one = field_facts.received(row)
        door = self.doors.get((row.turf_id, row.household))
        person = self.people.get((row.turf_id, row.person))
        event = replace(
            one.event, household=None if door is None else str(door), person=_word(person) if person else None
        )
        return replace(one, event=event)

    def person(self, row: FieldEvent) -> Key | None:
        return self.people.get((row.turf_id, row.person))


def _taken_back(cut: TurfCut, rows: Sequence[FieldEvent]) -> list[FieldEvent]:
    """What these take back, and what that took back: it came with another request, or has not come yet."""
    found: dict[int, FieldEvent] = {}
    after = list(rows)
    while replaced := [one for row in after if (one := row.document.get("replaces"))]:
        named = FieldEvent.objects.filter(turf__cut=cut, event__in=replaced).exclude(pk__in=found)
        after = list(named)
        found |= {row.pk: row for row in after}
    return list(found.values())


def _word(person: Key) -> str:
    return f"{person[0]}/{person[1]}"


@transaction.atomic
def _stand(doors: Doors, known: Walked, now: datetime) -> None:
    """Write which answers stand from now on, before any vault is told."""
    stands = {one.event for one in known.answers.values() if not one.disputed}
    changed = []
    for id_, row in doors.by_event.items():
        if row.kind != "answer" or (id_ in stands) == (row.kept_at is not None):
            continue
        if row.kept_at is None:
            row.kept_at, row.puts = now, row.puts + 1
        else:
            row.kept_at = None
        changed.append(row)
    FieldEvent.objects.bulk_update(changed, ["kept_at", "puts"])


class _Rows:
    """Rows of `responses` for the gatherer's vault: answers that stand, and what takes others back."""

    def __init__(self, home: Home, member: Member, doors: Doors) -> None:
        self.home, self.member, self.doors = home, member, doors
        self.put: list[dict[str, Any]] = []
        self.back: list[dict[str, Any]] = []
        self._ids: dict[str, Mapping[int, str]] = {}

    def of(self, row: FieldEvent, now: datetime) -> None:
        """All that an answer's record ever put; the vault takes what it does not have."""
        person = self.doors.person(row)
        voter = self._voter(person) if person and row.puts and row.kind == "answer" else None
        if person is None or voter is None:
            return
        value = row.document["value"]
        if value["question"] in RESERVED:
            return
        common = {
            "owner": person[0], "state_voter_id": voter, "kind": "told",
            "answered_on": row.effective_at.astimezone(_zone(person[0], self.member)).date(),
            "channel": "door", "gathered_by": self.member.key, "loaded_at": now, "source_file": SOURCE,
            "source_line": row.pk,
        }  # fmt: skip
        for at in range(1, row.puts + 1):
            for n, answer in enumerate(taken_apart(value["answer"])):
                id_ = f"{row.event}.{at}.{n}"
                if at == row.puts and row.kept_at is not None:
                    said = {"event_id": id_, "question": value["question"], "answer": answer}
                    self.put.append(common | said)
                else:
                    taken = {"event_id": f"{id_}.back", "question": WITHDRAWN_ANSWER, "answer": id_}
                    self.back.append(common | taken)

    def tell(self) -> tuple[int, int]:
        vault = Vault(self.home.vaults, self.member.key)
        told = []
        for rows in (self.put, self.back):
            table = pa.Table.from_pylist(rows, arrow_schema(RESPONSES))
            told.append(vault.append_events(RESPONSES.name, table) if rows else 0)
        return told[0], told[1]

    def _voter(self, person: Key) -> str | None:
        owner, number = person
        if owner not in self._ids:
            numbers = {one for all_ in self.doors.at.values() for key, one in all_ if key == owner}
            self._ids[owner] = behind.voters(self.home, owner, numbers)
        return self._ids[owner].get(number)


def _zone(owner: str, member: Member) -> ZoneInfo:
    return zone_of(members.of_key(owner).state or member.state or None)


# At once


def _stops(home: Home, member: Member, doors: Doors, known: Walked) -> int:
    """Tell opt-outs that count and were not told; take back those that count no more. What a lead takes back
    in the list of stops stays so."""
    rows = [row for row in doors.rows if row.kind == "optout"]
    told = {one.event_id: one for one in stops.of_events([str(row.event) for row in rows])}
    count = 0
    for row in rows:
        person, counts = doors.person(row), str(row.event) in known.live
        if person is None or counts == (row.kept_at is not None):
            continue
        voters, standing = behind.voters(home, person[0], [person[1]]), told.get(str(row.event))
        if counts and standing is None and voters:
            _hear(home, member, row, person[0], voters[person[1]])
        elif not counts and standing is not None:
            stops.take_back(home=home, found=[standing], reason=_AT_DOOR, by=Actor(row.by))
        row.kept_at = timezone.now() if counts else None
        row.save(update_fields=["kept_at"])
        count += 1
    return count


def _hear(home: Home, member: Member, row: FieldEvent, owner: str, voter: str) -> None:
    channel, on = row.document["value"]["channel"], row.effective_at.date()
    event = {
        "event_id": str(row.event), "owner": owner, "state_voter_id": voter, "channel": channel,
        "asked_on": on, "gathered_by": member.key, "loaded_at": timezone.now(), "source_file": SOURCE,
        "source_line": row.pk,
    }  # fmt: skip
    table = pa.Table.from_pylist([event], arrow_schema(OPTOUTS))
    for key in {member.key, owner}:
        Vault(home.vaults, key).append_events(OPTOUTS.name, table)
    _receipt(member, owner, OPTOUTS.name)
    asked = stops.of_voter(owner, voter, channel, asked_on=on, event_id=str(row.event))
    stops.hear(home=home, asked=[asked], source=Stop.Source.DOOR, heard_by=member, by=Actor(row.by))


def _words(home: Home, member: Member, doors: Doors, known: Walked) -> int:
    """Tell words that concern everybody, each once; one that was taken back at the door counts no more."""
    meant = [(row, word, key) for row in doors.rows if (word := _said(row)) for key in _whom(doors, row)]
    there_are = DoorWord.objects.filter(event__in=[row.event for row, _, _ in meant])
    told = {(one.event, one.owner.key, one.number): one for one in there_are.select_related("owner")}
    moved: dict[str, set[int]] = defaultdict(set)
    count = 0
    for row, word, (owner, number) in meant:
        counts, there = str(row.event) in known.live, told.get((row.event, owner, number))
        if counts and there is None:
            DoorWord.objects.create(
                member=member, owner=members.of_key(owner), number=number, word=word, event=row.event,
                by=row.hand_out.walker, said_at=row.effective_at,
                ends_at=row.effective_at + door_words.LASTS[word],
            )  # fmt: skip
            _receipt(member, owner, "attempts")
        elif not counts and there is not None and there.taken_back_at is None:
            _take_back(there, row.by, _AT_DOOR)
        elif counts and there is not None and there.taken_back_why == _AT_DOOR:
            _take_back(there, "", "")
        else:
            continue
        moved[owner].add(number)
        count += 1
    for owner, numbers in moved.items():
        door_words.settle(home, members.of_key(owner), numbers)
    return count


def _take_back(word: DoorWord, by: str, why: str) -> None:
    """Or, with no reason, let it stand again."""
    word.taken_back_at, word.taken_back_by, word.taken_back_why = timezone.now() if why else None, by, why
    word.save(update_fields=["taken_back_at", "taken_back_by", "taken_back_why"])


def _said(row: FieldEvent) -> str:
    """The word that concerns everybody, of a record; empty for all others."""
    if row.kind in ("moved", "deceased"):
        return row.kind
    result = row.document["value"].get("result") if row.kind == "attempt" else None
    if result == "dangerous":
        return DoorWord.Word.DO_NOT_WALK
    return result if result in ("moved", "deceased") and row.person else ""


def _whom(doors: Doors, row: FieldEvent) -> Iterable[Key]:
    person = doors.person(row)
    if person is not None and row.kind != "attempt":
        return [person]
    if _said(row) == DoorWord.Word.DO_NOT_WALK:
        return doors.at.get(doors.doors.get((row.turf_id, row.household), -1), [])
    return [person] if person is not None else []


def _receipt(member: Member, owner: str, table: str) -> None:
    """One row in the owner's log for what comes at once, where an agreement is in force."""
    grant = returning.returning(member).get(owner)
    if grant is not None and owner != member.key:
        with transaction.atomic():
            returning.receipt(member, grant.grant, [table], 1)
