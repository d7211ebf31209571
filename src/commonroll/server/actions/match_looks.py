"""Pairs that may be one person, before an owner: the queue, and one pair with both registrations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from commonroll.agreements.law import next_election
from commonroll.identity import judged, side_by_side, waiting
from commonroll.identity.judgements import Pair
from commonroll.identity.side_by_side import Seen
from commonroll.identity.waiting import Page, Waiting
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import match_log
from commonroll.server.actions.history import own_vault
from commonroll.server.actions.match_log import BATCH
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.server.receipts import ensure_fresh

PAGES = 4
"""Parts of the queue that are looked through for a pair that may be shown."""


@dataclass(frozen=True)
class Wanted:
    """What of the queue is asked for: a reason, a county (FIPS), both empty for all."""

    reason: str = ""
    county: str = ""


@dataclass(frozen=True)
class Look:
    """One pair before somebody: `at` (from 1) in the queue that is asked for (0: asked for by itself), both
    registrations, and what was judged of it, oldest first. `queue`: a part of the queue with its counts."""

    of: Waiting
    at: int
    queue: Page
    left: Seen
    right: Seen
    said: Sequence[Mapping[str, Any]]

    @property
    def newest(self) -> str:
        """The newest judgement that whoever looks knows of; empty where there is none."""
        return str(self.said[-1]["event_id"]) if self.said else ""


def queue(*, home: Home, of: Member, wanted: Wanted, by: Actor) -> Page:
    """What waits for this person, counted by reason and county, with the first pair."""
    by.require("raw", of)
    return _queue(own_vault(home, of), of, wanted, by, page=1, size=1)


def open_at(*, home: Home, of: Member, wanted: Wanted, at: int, step: int = 1, by: Actor) -> Look | None:
    """The pair that stands at a place (from 1) of the person's queue, or the next that may be shown in the
    direction of `step`; None where there is none. Without a place (0), the first that nobody else has.

    Beyond the end it begins again. The batch is in the log before a row is shown.
    """
    by.require("raw", of)
    held = own_vault(home, of)
    at = at or _first_free(home, held, of, wanted, by)
    for _ in range(PAGES):
        number = max(at - 1, 0) // BATCH + 1
        page = _queue(held, of, wanted, by, page=number, size=BATCH)
        if not page.total:
            return None
        if not 1 <= at <= page.total:
            at = 1 if at > page.total else page.total
            page = _queue(held, of, wanted, by, page=(at - 1) // BATCH + 1, size=BATCH)
            number = (at - 1) // BATCH + 1
        found = _first_shown(home, held, of, page, list(_onward(page, number, at, step)), by)
        if found is not None:
            return found
        at = number * BATCH + 1 if step > 0 else (number - 1) * BATCH
    return None


def _onward(page: Page, number: int, at: int, step: int) -> Iterator[tuple[int, Waiting]]:
    """Places and pairs of one part of the queue from a place on, in a direction."""
    placed = list(enumerate(page.pairs, (number - 1) * BATCH + 1))
    return (one for one in placed[::step] if (one[0] - at) * step >= 0)


def _first_shown(
    home: Home, held: Vault, of: Member, page: Page, placed: Sequence[tuple[int, Waiting]], by: Actor
) -> Look | None:
    """The first of these pairs that may be shown; one that no leaf covers brings the others along."""
    fresh: dict[str, Seen] | None = None
    for at, one in placed:
        if not _own(one.pair, of):
            continue
        if match_log.covered(home, of, one.pair, by):
            found = _look(held, page, one, at, _read(held, of, [one.pair]))
        else:
            fresh = _read_fresh(home, held, of, placed) if fresh is None else fresh
            found = _look(held, page, one, at, fresh)
            if found is not None:
                _note(home, held, of, [each.pair for _, each in placed], fresh, by)
        if found is not None:
            return found
    return None


def _read_fresh(
    home: Home, held: Vault, of: Member, placed: Sequence[tuple[int, Waiting]]
) -> dict[str, Seen]:
    ensure_fresh(home)
    return _read(held, of, [one.pair for _, one in placed if _own(one.pair, of)])


def _note(
    home: Home, held: Vault, of: Member, pairs: Sequence[Pair], seen: Mapping[str, Seen], by: Actor
) -> None:
    shown = [pair for pair in pairs if _own(pair, of) and _sides(held, pair, seen)]
    rows = match_log.rows_of(seen)
    match_log.note_look(home=home, of=of, held=held, pairs=shown, rows=rows, named=False, by=by)


def open_pair(*, home: Home, of: Member, pair: Pair, at: int = 0, by: Actor) -> Look:
    """One pair of the member's own, waiting or decided. Raises Unknown where there is none to be shown."""
    by.require("raw", of)
    held = own_vault(home, of)
    one = waiting.found(held, pair) if _own(pair, of) else None
    page = _queue(held, of, Wanted(), by, page=1, size=1)
    found = _first_shown(home, held, of, page, [(at, one)], by) if one else None
    if found is None:
        raise Unknown("there is no such pair", next_step="take one of the queue")
    return found


def _own(pair: Pair, of: Member) -> bool:
    return pair.member_l == pair.member_r == of.key


def _first_free(home: Home, held: Vault, of: Member, wanted: Wanted, by: Actor) -> int:
    """The place of the first pair that is before nobody else."""
    taken, batches = match_log.before_others(of, by)
    if not batches:
        return 1
    page = _queue(held, of, wanted, by, page=1, size=BATCH * batches + 1)
    free = (n for n, one in enumerate(page.pairs, 1) if match_log.digest(home, of, one.pair) not in taken)
    return next(free, 1)


def _queue(held: Vault, of: Member, wanted: Wanted, by: Actor, *, page: int, size: int) -> Page:
    reason, county = wanted.reason or None, wanted.county or None
    election = next_election(of.state, timezone.now().date())
    return waiting.queue(
        held, reason=reason, county=county, page=page, size=size, by=by.label, election=election
    )


# Rows and judgements of a pair, by the ids of today


def today(held: Vault, pair: Pair) -> Pair | None:
    """A pair of the last linking by the ids of today; None where one of them is another person's since."""
    last, head = kept.linked(held.catalogue), held.current()
    if last is None or head is None or last.snapshot == head.number:
        return pair
    return judged.followed(held, pair, last.snapshot)


def history(held: Vault, pair: Pair) -> list[dict[str, Any]]:
    """Judgements of a pair of the last linking, oldest first."""
    now = today(held, pair)
    return waiting.history(held, now) if now else []


def seen_of(held: Vault, of: Member, ids: Sequence[str]) -> dict[str, Seen]:
    """Registrations of today's roll by state id; without those whom nobody may be shown."""
    election = next_election(of.state, timezone.now().date())
    return side_by_side.registrations(held, ids, election=election)


def _read(held: Vault, of: Member, pairs: Sequence[Pair]) -> dict[str, Seen]:
    found = [pair for pair in (today(held, one) for one in pairs) if pair is not None]
    return seen_of(held, of, side_by_side.records(found, of.key))


def _sides(held: Vault, pair: Pair, seen: Mapping[str, Seen]) -> tuple[Seen, Seen] | None:
    now = today(held, pair)
    if now is None or now.record_l not in seen or now.record_r not in seen:
        return None
    return seen[now.record_l], seen[now.record_r]


def _look(held: Vault, page: Page, one: Waiting, at: int, seen: Mapping[str, Seen]) -> Look | None:
    sides = _sides(held, one.pair, seen)
    return Look(one, at, page, *sides, history(held, one.pair)) if sides else None
