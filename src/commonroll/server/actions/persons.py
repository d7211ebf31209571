"""Persons of a member: what the last linking found, one person's registrations, a wrong match reported."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from commonroll.errors import Refusal
from commonroll.identity import judged, models, one_person
from commonroll.identity.judgements import Pair
from commonroll.identity.models import Explained
from commonroll.identity.one_person import Held, Person
from commonroll.identity.side_by_side import Seen
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.persons import Linked
from commonroll.server.actions import match_log, match_looks, matches
from commonroll.server.actions.history import LONGEST_ID, own_vault
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.server.receipts import ensure_fresh

EVENTS_SHOWN = 100
REPORTED = "reported as a wrong match"
"""Begins the reason of a judgement that parts what was one person."""


@dataclass(frozen=True)
class Explanation:
    """The model of a linking: its version, when and on what it was trained, every level in words."""

    version: str
    trained_at: str
    trained_on: Mapping[str, int]
    note: str
    levels: Sequence[Explained]


def linked(*, home: Home, of: Member, by: Actor) -> Linked | None:
    """The last whole linking of a member's roll."""
    by.require("read", of)
    return kept.linked(own_vault(home, of).catalogue)


def explanation(*, home: Home, of: Member, by: Actor) -> Explanation | None:
    """The model of the last linking, level by level; None where there is none that this program reads."""
    by.require("read", of)
    held = own_vault(home, of)
    last = kept.linked(held.catalogue)
    if last is None:
        return None
    model = models.readable(held.path / last.files["model"])
    if model is None:
        return None
    levels = list(models.explain(model))
    return Explanation(model.version, model.trained_at, model.trained_on, model.note, levels)


@dataclass(frozen=True)
class Event:
    """A turn of persons, by pseudonyms: `person` is the id that stays, `other` what joined or left it."""

    turn: str
    person: str
    other: str
    reason: str
    at: datetime


def events(*, home: Home, of: Member, by: Actor) -> list[Event]:
    """The newest turns of persons, without a name or an id of a person."""
    by.require("raw", of)
    return [
        Event(
            row["turn"], pseudonym(home, of, row["person_id"]),
            pseudonym(home, of, row["other_id"]) if row["other_id"] else "", row["reason"], row["at"],
        )
        for row in one_person.events(own_vault(home, of), EVENTS_SHOWN)
    ]  # fmt: skip


def pseudonym(home: Home, of: Member, person_id: str) -> str:
    """What the member's own pages call a person; no other output has the same."""
    text = f"commonroll person on pages v1\n{of.key}\n{person_id}"
    found = hmac.new(home.reference_secret(), text.encode(), sha256).hexdigest()
    return f"{found[:4]} {found[4:8]}"


# One person


@dataclass(frozen=True)
class Looked:
    """One person before an owner: registrations that may be shown (by state id), how many may not, and the
    pairs that hold them together."""

    name: str
    person: Person
    seen: Mapping[str, Seen]
    hidden: int

    @property
    def pairs(self) -> list[Held]:
        """The pairs of which both registrations are shown."""
        return [
            held for held in self.person.pairs
            if held.pair.record_l in self.seen and held.pair.record_r in self.seen
        ]  # fmt: skip


def look(*, home: Home, of: Member, voter: str, by: Actor) -> Looked:
    """The person that a voter's registration belongs to; the look is in the owner's log first."""
    by.require("raw", of)
    held, voter = own_vault(home, of), voter.strip()
    if not voter or len(voter) > LONGEST_ID:
        raise Refusal("no voter's id was given", next_step="write the id as the state's file has it")
    if held.current() is None:
        raise Refusal("there is no roll yet", next_step="load the state's file first")
    ensure_fresh(home)
    person = one_person.person_of(held, voter)
    ids = person.registrations if person else (voter,)
    seen = match_looks.seen_of(held, of, ids)
    shown = [one.pair for one in person.pairs] if person and voter in seen else []
    rows = match_log.rows_of(seen) if voter in seen else 0
    match_log.note_look(home=home, of=of, held=held, pairs=shown, rows=max(rows, 1), named=True, by=by)
    if voter not in seen:
        raise Unknown(
            "no voter of today's roll who may be shown has this id",
            next_step="check the id; protected voters are shown to nobody",
        )
    if person is None:
        raise Refusal(
            "the roll was not linked since this voter came", next_step="have it linked, then look again"
        )
    return Looked(pseudonym(home, of, person.person_id), person, seen, len(ids) - len(seen))


def report_wrong(*, home: Home, of: Member, pair: Pair, reason: str, by: Actor) -> str:
    """Part two registrations that are one person wrongly: a judgement `different`, and a case by which the
    accuracy of matches is measured from then on. The event's id."""
    by.require("raw", of)
    held = own_vault(home, of)
    person = one_person.person_of(held, pair.record_l)
    if person is None or pair not in {one.pair for one in person.pairs}:
        raise Unknown("this pair is no match of today", next_step="look the person up again")
    why = f"{REPORTED}: {reason.strip()}" if reason.strip() else REPORTED
    said = match_looks.history(held, pair)
    newest = str(said[-1]["event_id"]) if said else ""
    done = matches.judge(home=home, of=of, pair=pair, judgement="different", reason=why, seen=newest, by=by)
    return done.event_id


def reported(*, home: Home, of: Member, by: Actor) -> list[dict[str, Any]]:
    """Wrong matches that were reported and stand, the newest first: event id, who, when, why."""
    by.require("raw", of)
    rows = judged.rows_today(own_vault(home, of)).to_pylist()
    back = {row["withdraws"] for row in rows}
    mine = [row for row in rows if row["reason"].startswith(REPORTED) and row["event_id"] not in back]
    return sorted(mine, key=lambda row: row["judged_at"], reverse=True)
