"""Review of pairs that may be one person: the owner's own look, each batch in the owner's log first.

A judgement is appended under the name of who judged, and taken back by another row. What follows from it
comes with the next linking; no judgement strikes anybody off a roll.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any, get_args

from django.utils import timezone

from commonroll.agreements.law import next_election
from commonroll.errors import Refusal
from commonroll.identity import judged, models, side_by_side, waiting
from commonroll.identity.comparisons import COMPARISONS
from commonroll.identity.judgements import MOST_REASON, PAIR, WITHDRAWN, Judgement, Pair
from commonroll.identity.model import Model
from commonroll.identity.side_by_side import Seen
from commonroll.identity.waiting import Page, Waiting
from commonroll.roll.engine import ibis_engine
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import match_log
from commonroll.server.actions.history import own_vault
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.server.receipts import ensure_fresh

NEAR = 50
"""How far a queue is read for a pair that nobody else has before him."""


@dataclass(frozen=True)
class Wanted:
    """What of the queue is asked for: a reason, a county (FIPS), both empty for all."""

    reason: str = ""
    county: str = ""


@dataclass(frozen=True)
class Look:
    """One pair before somebody: `at` (from 1) in the queue that is asked for (0: asked for by itself), both
    registrations, and what was judged of it, oldest first."""

    of: Waiting
    at: int
    left: Seen
    right: Seen
    said: Sequence[Mapping[str, Any]]

    @property
    def newest(self) -> str:
        """The newest judgement that whoever looks knows of; empty where there is none."""
        return str(self.said[-1]["event_id"]) if self.said else ""


def queue(*, home: Home, of: Member, wanted: Wanted, by: Actor, size: int = 1) -> Page:
    """What waits for this person, counted by reason and county."""
    by.require("raw", of)
    return _queue(own_vault(home, of), wanted, by, size=size)


def _queue(held: Vault, wanted: Wanted, by: Actor, *, page: int = 1, size: int = 1) -> Page:
    return waiting.queue(
        held,
        reason=wanted.reason or None,
        county=wanted.county or None,
        page=page,
        size=size,
        by=by.label,
    )


def open_at(*, home: Home, of: Member, wanted: Wanted, at: int, step: int = 1, by: Actor) -> Look | None:
    """The pair that stands at a place (from 1) of the person's queue, or the next that may be shown in the
    direction of `step`; None where there is none. Without a place (0), the first that nobody else has.

    Beyond the end it begins again. The batch is in the log before a row is shown.
    """
    by.require("raw", of)
    held = own_vault(home, of)
    at = at or _first_free(home, held, of, wanted, by)
    for _ in range(NEAR):
        page = _queue(held, wanted, by, page=max(at, 1))
        if not page.total:
            return None
        if not 1 <= at <= page.total:
            at = 1 if at > page.total else page.total
            continue
        found = _look(home, held, of, page.pairs[0], at, by, wanted)
        if found is not None:
            return found
        at += step
    return None


def open_pair(*, home: Home, of: Member, pair: Pair, at: int = 0, by: Actor) -> Look:
    """One pair of the member's own, waiting or decided. Raises Unknown where there is none to be shown."""
    by.require("raw", of)
    held = own_vault(home, of)
    one = waiting.found(held, pair) if _own(pair, of) else None
    found = _look(home, held, of, one, at, by, Wanted()) if one else None
    if found is None:
        raise Unknown("there is no such pair", next_step="take one of the queue")
    return found


def _own(pair: Pair, of: Member) -> bool:
    return pair.member_l == pair.member_r == of.key


def _first_free(home: Home, held: Vault, of: Member, wanted: Wanted, by: Actor) -> int:
    """The place of the first pair that is before nobody else."""
    taken, batches = match_log.before_others(of, by)
    page = _queue(held, wanted, by, size=NEAR * batches + 1)
    free = (n for n, one in enumerate(page.pairs, 1) if match_log.digest(home, of, one.pair) not in taken)
    return next(free, 1)


def _look(
    home: Home, held: Vault, of: Member, one: Waiting, at: int, by: Actor, wanted: Wanted
) -> Look | None:
    if not _own(one.pair, of):
        return None
    if match_log.covered(home, of, one.pair, by):
        seen = _read(held, of, [one.pair])
    else:
        seen = _batch(home, held, of, one, at, by, wanted)
    today = _today(held, one.pair)
    if today is None or today.record_l not in seen or today.record_r not in seen:
        return None
    return Look(one, at, seen[today.record_l], seen[today.record_r], waiting.history(held, today))


def _today(held: Vault, pair: Pair) -> Pair | None:
    """A pair of the last linking by the ids of today; None where one of them is another person's since."""
    last, head = kept.linked(held.catalogue), held.current()
    if last is None or head is None or last.snapshot == head.number:
        return pair
    return judged.followed(held, pair, last.snapshot)


def _read(held: Vault, of: Member, pairs: Sequence[Pair]) -> dict[str, Seen]:
    today = [pair for pair in (_today(held, one) for one in pairs) if pair is not None]
    return seen_of(held, of, side_by_side.records(today, of.key))


def seen_of(held: Vault, of: Member, ids: Sequence[str]) -> dict[str, Seen]:
    """Registrations of today's roll by state id; without those whom nobody may be shown."""
    election = next_election(of.state, timezone.now().date())
    return side_by_side.registrations(held, ids, election=election)


def evidence(*, home: Home, of: Member, pair: Pair) -> list[tuple[str, str, float]]:
    """What speaks for one person and against it: field, finding in words, bits; the prior first."""
    held = own_vault(home, of)
    last = kept.linked(held.catalogue)
    if last is None:
        return []
    rows = ibis_engine().read_parquet(held.path / last.files["verdicts"])
    found = rows.filter([rows[part] == getattr(pair, part) for part in PAIR]).to_pyarrow().to_pylist()
    return list(_steps(found[0], models.load(held.path / last.files["model"]))) if found else []


def _steps(row: Mapping[str, Any], model: Model) -> Iterator[tuple[str, str, float]]:
    total = log2(model.prior / (1 - model.prior))
    yield "Before anything is known", "two registrations picked at random", total
    for comparison in COMPARISONS:
        level = comparison.level(row[f"gamma_{comparison.name}"])
        if level is not None:
            chance = model.chance(comparison.name, level.name)
            bits = log2(chance.m / chance.u)
            total += bits
            yield comparison.words, level.words, bits
    if abs(row["match_weight"] - total) > 0.05:
        yield "rarity", "how rare these names are", row["match_weight"] - total


def _batch(
    home: Home, held: Vault, of: Member, one: Waiting, at: int, by: Actor, wanted: Wanted
) -> dict[str, Seen]:
    """Read the pair and those of its part of the queue; the leaf stands before anything is returned."""
    ahead: Sequence[Waiting] = ()
    if at:
        page = (at - 1) // match_log.BATCH + 1
        ahead = _queue(held, wanted, by, page=page, size=match_log.BATCH).pairs
    pairs = list(dict.fromkeys([one.pair, *(each.pair for each in ahead if _own(each.pair, of))]))
    ensure_fresh(home)
    seen = _read(held, of, pairs)
    shown = [pair for pair in pairs if _stands(held, pair, seen)]
    if one.pair in shown:
        rows = match_log.rows_of(seen)
        match_log.note_look(home=home, of=of, held=held, pairs=shown, rows=rows, named=False, by=by)
    return seen


def _stands(held: Vault, pair: Pair, seen: Mapping[str, Seen]) -> bool:
    today = _today(held, pair)
    return today is not None and today.record_l in seen and today.record_r in seen


# Judging


@dataclass(frozen=True)
class Judged:
    """What came of a judgement: its event, what the pair's judgements come to now, and what others said of it
    while whoever judged was looking."""

    event_id: str
    standing: str
    meanwhile: Sequence[Mapping[str, Any]]


def judge(*, home: Home, of: Member, pair: Pair, judgement: str, reason: str, seen: str, by: Actor) -> Judged:
    """Append what the person decided of a pair that was shown. Both stand where two judge at once.

    `seen`: the newest judgement that the page showed. Raises Refusal for a word that is no judgement, a pair
    that was never shown, and a second voice by whoever gave the first.
    """
    by.require("raw", of)
    if judgement not in get_args(Judgement):
        raise Refusal("there is no such decision", next_step="choose same, different or unsure")
    if len(reason) > MOST_REASON:
        raise Refusal(f"the reason is longer than {MOST_REASON} characters", next_step="say it in a sentence")
    if not match_log.covered(home, of, pair, by):
        raise Refusal("this pair was not before you", next_step="open it first, then decide")
    held = own_vault(home, of)
    said = standing_minds(history(held, pair))
    first = _first_voice(held, pair, judgement, said, by)
    event = waiting.judge(
        held, pair, judgement, by=by.label, reason=reason.strip(), at=timezone.now(), seconded_of=first  # type: ignore[arg-type]
    )  # fmt: skip
    return Judged(event, _standing(held, pair), _meanwhile(history(held, pair), seen, by))


def _first_voice(
    held: Vault, pair: Pair, judgement: str, said: Sequence[Mapping[str, Any]], by: Actor
) -> str | None:
    """The judgement of another that this one agrees with; a person is not asked twice."""
    if _standing(held, pair) != "waits":
        return None
    if any(row["by"] == by.label and row["judgement"] == judgement for row in said):
        raise Refusal(
            "this pair waits for a second person, and you were the first",
            next_step="ask another owner to look at it; you can still change or take back what you said",
        )
    others = [row for row in said if row["by"] != by.label and row["judgement"] == judgement]
    return str(others[-1]["event_id"]) if others else None


def history(held: Vault, pair: Pair) -> list[dict[str, Any]]:
    """Judgements of a pair of the last linking, oldest first."""
    today = _today(held, pair)
    return waiting.history(held, today) if today else []


def _standing(held: Vault, pair: Pair) -> str:
    found = waiting.found(held, pair)
    return (found.standing or "") if found else ""


def _meanwhile(said: Sequence[Mapping[str, Any]], seen: str, by: Actor) -> list[Mapping[str, Any]]:
    known = [n for n, row in enumerate(said) if row["event_id"] == seen]
    return [row for row in said[(known[-1] + 1 if known else 0) :] if row["by"] != by.label]


def standing_minds(said: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of a pair's judgements, oldest first, the newest of each person that was not taken back."""
    back = {row["withdraws"] for row in said if row["judgement"] == WITHDRAWN}
    stand = [row for row in said if row["judgement"] != WITHDRAWN and row["event_id"] not in back]
    newest = {row["by"]: row for row in stand}
    return sorted(newest.values(), key=lambda row: (row["judged_at"], row["event_id"]))


def undo(*, home: Home, of: Member, event_id: str, by: Actor) -> Pair:
    """Take back a judgement of the person's own: the named one, or the newest that stands; its pair."""
    by.require("raw", of)
    held = own_vault(home, of)
    mine = [row for row in own_judgements(held, by) if not event_id or row["event_id"] == event_id]
    if not mine:
        raise Refusal("there is no decision of yours to take back", next_step="see what you decided last")
    waiting.withdraw(held, mine[-1]["event_id"], by=by.label, reason="taken back", at=timezone.now())
    return Pair(*(mine[-1][name] for name in ("member_l", "record_l", "member_r", "record_r")))


def own_judgements(held: Vault, by: Actor) -> list[dict[str, Any]]:
    """The person's judgements that stand, oldest first, by the ids of the last linking."""
    last = kept.linked(held.catalogue)
    rows = judged.rows_of(held, last.snapshot).to_pylist() if last else []
    back = {row["withdraws"] for row in rows}
    mine = [
        row for row in rows
        if row["by"] == by.label and row["judgement"] != WITHDRAWN and row["event_id"] not in back
    ]  # fmt: skip
    return sorted(mine, key=lambda row: (row["judged_at"], row["event_id"]))
