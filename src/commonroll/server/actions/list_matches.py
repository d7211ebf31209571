"""Rows of lists beside the voters that they may be: looked at, logged first, decided, taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.identity import waiting
from commonroll.identity.evidence import Evidence
from commonroll.identity.judged import rows_today
from commonroll.identity.judgements import MOST_REASON, WITHDRAWN, Judgement, Pair
from commonroll.identity.side_by_side import READ, Seen
from commonroll.identity.verdicts import LIST
from commonroll.insight import import_optouts, list_pairs
from commonroll.insight.imports import KEPT
from commonroll.insight.list_pairs import ListPair
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import match_log, match_looks, stops
from commonroll.server.actions.history import own_vault
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member, Stop
from commonroll.server.receipts import ensure_fresh


@dataclass(frozen=True)
class ListLook:
    """A row of a list (left) and a voter before somebody, at a place (from 1) of `total` that wait.
    `evidence` is None where no model of this version tells the steps."""

    of: ListPair
    at: int
    total: int
    left: Seen
    right: Seen
    said: Sequence[Mapping[str, Any]]
    evidence: Evidence | None


def waits(*, home: Home, of: Member, by: Actor) -> int:
    """How many rows of lists wait for this person."""
    by.require("raw", of)
    return len(list_pairs.waiting(own_vault(home, of), by.label))


def open_at(*, home: Home, of: Member, at: int, step: int = 1, by: Actor) -> ListLook | None:
    """The row at a place of the person's queue, or the next whose voter may be shown; None where none is.

    Beyond the end it begins again. The batch is in the log before a row is shown.
    """
    by.require("raw", of)
    held = own_vault(home, of)
    rows = list_pairs.waiting(held, by.label)
    if not rows:
        return None
    at = 1 if not 1 <= at <= len(rows) else at
    placed = list(enumerate(rows, 1))
    onward = placed[at - 1 :] if step > 0 else placed[at - 1 :: -1]
    for n, one in onward[: match_log.BATCH]:
        found = _look(home, held, of, n, one, rows, by)
        if found is not None:
            return found
    return None


def _look(
    home: Home, held: Vault, of: Member, at: int, one: ListPair, rows: Sequence[ListPair], by: Actor
) -> ListLook | None:
    covered = match_log.covered(home, of, one.pair, by)
    ahead = [one] if covered else rows[at - 1 : at - 1 + match_log.BATCH]
    if not covered:
        ensure_fresh(home)
    seen = match_looks.seen_of(held, of, list(dict.fromkeys(each.voter for each in ahead)))
    person = list_pairs.person_of(held, one.pair)
    if one.voter not in seen or person is None:
        return None
    if not covered:
        shown = [each.pair for each in ahead if each.voter in seen]
        count = match_log.rows_of(seen)
        match_log.note_look(home=home, of=of, held=held, pairs=shown, rows=count, named=False, by=by)
    row = {name: person.get(name) for name in READ} | {"state_voter_id": f"line {one.line}"}
    left = Seen(row, None, (), 0)
    return ListLook(
        one, at, len(rows), left, seen[one.voter], waiting.history(held, one.pair), list_pairs.why(held, one)
    )


def judge(*, home: Home, of: Member, pair: Pair, judgement: str, reason: str, by: Actor) -> str:
    """Append what the person decided of a row and a voter that were shown; the event's id."""
    by.require("raw", of)
    if judgement not in get_args(Judgement):
        raise Refusal("there is no such decision", next_step="choose same, different or unsure")
    if len(reason) > MOST_REASON:
        raise Refusal(f"the reason is longer than {MOST_REASON} characters", next_step="say it in a sentence")
    if not of_a_list(pair, of) or not match_log.covered(home, of, pair, by):
        raise Refusal("this row was not before you", next_step="open it first, then decide")
    held = own_vault(home, of)
    rows = list_pairs.waiting(held, by.label)
    weight = next((one.weight for one in rows if one.pair == pair), None)
    event = list_pairs.judge(
        held, pair, judgement, by=by.label, reason=reason.strip(), weight=weight, at=timezone.now()  # type: ignore[arg-type]
    )  # fmt: skip
    if judgement == "same":
        _bind(home, of, held, pair, by)
    return event


def _bind(home: Home, of: Member, held: Vault, pair: Pair, by: Actor) -> None:
    """A row that is a voter from now on takes along what it asks of every member."""
    rows = _asked(held, pair)
    known = {one.event_id for one in stops.of_events([row["event_id"] for row in rows])}
    if asked := stops.events_of(row for row in rows if row["event_id"] not in known):
        stops.hear(
            home=home, asked=asked, source=Stop.Source.IMPORT, heard_by=of, by=by,
            file=rows[0]["source_file"], file_hash=pair.member_l.removeprefix(LIST),
        )  # fmt: skip


def _asked(held: Vault, pair: Pair) -> list[dict[str, Any]]:
    folder = held.path / KEPT / pair.member_l.removeprefix(LIST)
    return import_optouts.told(held, folder, int(pair.record_l), pair.record_r)


def of_a_list(pair: Pair, of: Member) -> bool:
    """Whether a pair is of a list's row and a voter of the member."""
    return pair.member_l.startswith(LIST) and pair.member_r == of.key


def undo(*, home: Home, of: Member, by: Actor) -> int:
    """Take the person's newest standing decision on a row of a list back; the row's place in the queue."""
    by.require("raw", of)
    held = own_vault(home, of)
    mine = own_judgements(held, by)
    if not mine:
        raise Refusal("there is no decision of yours to take back", next_step="see what you decided last")
    pair = list_pairs.withdraw(held, mine[-1], by=by.label, at=timezone.now())
    if found := stops.of_events([row["event_id"] for row in _asked(held, pair)]):
        stops.take_back(home=home, found=found, reason="the row is not surely that voter", by=by)
    rows = list_pairs.waiting(held, by.label)
    return next((n for n, one in enumerate(rows, 1) if one.pair == pair), 1)


def own_judgements(held: Vault, by: Actor) -> list[dict[str, Any]]:
    """The person's judgements of rows of lists that stand, oldest first."""
    rows = rows_today(held).to_pylist()
    back = {row["withdraws"] for row in rows}
    mine = [
        row for row in rows
        if row["by"] == by.label and row["member_l"].startswith(LIST) and row["judgement"] != WITHDRAWN
        and row["event_id"] not in back
    ]  # fmt: skip
    return sorted(mine, key=lambda row: (row["judged_at"], row["event_id"]))
