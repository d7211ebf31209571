"""The queue of pairs that wait for a person to look, and the judging of them.

Of a pair the queue holds ids, score and reason; whoever shows it reads the two records from the vault. Voters
who are left out of every read today, or under age on the next election day, are in no queue: their pairs
wait until they are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from commonroll.errors import Refusal
from commonroll.identity import judgements
from commonroll.identity.judged import followed, judged_pairs, rows_of, rows_today
from commonroll.identity.judgements import PAIR, Judgement, Pair
from commonroll.identity.verdicts import USUAL, Costs
from commonroll.roll.engine import ibis_engine
from commonroll.roll.schema import JUDGEMENTS, VOTERS
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.persons import Linked
from commonroll.roll.vault.suppression import EVERYTHING
from commonroll.roll.vault.vault import Vault

SIZE = 50
"""Pairs of a page."""
WAIT = 20.0
"""Seconds that a judgement waits for a load to end."""
AFTER = timedelta(microseconds=1)
"""A judgement by the ids of a load is later than the load."""


@dataclass(frozen=True)
class Waiting:
    """One pair that waits. `weight` (bits) and `probability` are None where people alone brought it up;
    `gain` is what a look is expected to save, in looks; `standing` what people said so far, if anything;
    `counties` where the two are registered (FIPS, smaller record first)."""

    pair: Pair
    weight: float | None
    probability: float | None
    reason: str
    gain: float
    standing: str | None
    counties: tuple[str | None, str | None]


@dataclass(frozen=True)
class Page:
    """`pairs` of one page, the most worth a look first; of `total` that wait, `pages` in all. `reasons` and
    `counties`: how many wait by each, whatever the filter. `linked`: the linking that found them, None where
    the roll was never linked."""

    pairs: tuple[Waiting, ...]
    total: int
    pages: int
    reasons: dict[str, int]
    counties: dict[str, int]
    linked: Linked | None


NOTHING = Page((), 0, 0, {}, {}, None)


def queue(
    vault: Vault,
    *,
    reason: str | None = None,
    county: str | None = None,
    page: int = 1,
    size: int = SIZE,
    by: str | None = None,
    election: date | None = None,
    costs: Costs = USUAL,
) -> Page:
    """A page (from 1) of the unsure pairs of a roll, sorted by expected gain, ties by member and record.

    `reason`, `county` (FIPS of either record): those alone. `by`: leave out what this account has judged.
    `election`: the next election day; pairs of whoever is under age on it, or flagged today, are left out.
    """
    last = kept.linked(vault.catalogue)
    if last is None:
        return NOTHING
    waiting = _waiting(vault, last, by, election, costs).to_pyarrow()
    reasons = _tally(waiting["reason"])
    counties = _tally(_either(waiting["county_l"], waiting["county_r"]))
    if reason is not None:
        waiting = waiting.filter(pc.equal(waiting["reason"], reason))
    if county is not None:
        here = pc.or_kleene(pc.equal(waiting["county_l"], county), pc.equal(waiting["county_r"], county))
        waiting = waiting.filter(pc.fill_null(here, False))
    order = [("gain", "descending"), *((name, "ascending") for name in PAIR)]
    ranked = waiting.take(pc.sort_indices(waiting, sort_keys=order))
    shown = ranked.slice((page - 1) * size, size).to_pylist()
    pages = -(-ranked.num_rows // size)
    return Page(tuple(_row(one) for one in shown), ranked.num_rows, pages, reasons, counties, last)


def found(vault: Vault, pair: Pair) -> Waiting | None:
    """One pair as the queue would show it, whether it waits or was decided; None where there is none such,
    or one of its records is left out of reads today."""
    last = kept.linked(vault.catalogue)
    if last is None:
        return None
    pairs = _shown(vault, judged_pairs(vault, vault.path / last.files["verdicts"], last.snapshot).pairs)
    mine = pairs.filter([pairs[name] == getattr(pair, name) for name in PAIR])
    rows = _with_gain(mine, USUAL).to_pyarrow().to_pylist()
    return _row(rows[0]) if rows else None


def judge(
    vault: Vault,
    pair: Pair,
    judgement: Judgement,
    *,
    by: str,
    reason: str,
    at: datetime,
    seconded_of: str | None = None,
) -> str:
    """Append what a person decided of a pair; the judgement's event id. The next linking heeds it.

    Two people may judge one pair at once: both rows stand, and contradict or second each other. Raises
    Refusal for a pair of another vault or one that may not be shown.
    """
    if vault.member not in (pair.member_l, pair.member_r):
        raise Refusal("The pair is of other members.", where=f"vault of {vault.member}")
    with vault.lock(wait=WAIT, doing="judging"):  # no load may turn the ids meanwhile
        seen, last, head = found(vault, pair), kept.linked(vault.catalogue), vault.current()
        today = followed(vault, pair, last.snapshot) if last else None
        if seen is None or last is None or head is None or today is None:
            raise Refusal(
                "There is no such pair to judge.",
                where=f"vault of {vault.member}",
                next_step="Take a pair of the queue; link again if the roll has changed.",
            )
        row = judgements.event(
            today, judgement, by=by, reason=reason, at=max(at, head.made_at + AFTER),
            seconded_of=seconded_of, weight=seen.weight, model=last.model,
        )  # fmt: skip
        vault.append_events(JUDGEMENTS.name, row, now=at)
    return str(row["event_id"][0].as_py())


def withdraw(vault: Vault, event_id: str, *, by: str, reason: str, at: datetime) -> str:
    """Take a judgement back by appending another row; that row's event id.

    Raises Refusal where there is no such judgement, or it was taken back before.
    """
    rows = rows_today(vault).to_pylist()
    mine = [row for row in rows if row["event_id"] == event_id and row["judgement"] != judgements.WITHDRAWN]
    if not mine or any(row["withdraws"] == event_id for row in rows):
        raise Refusal(
            "There is no such judgement, or it was taken back already.",
            where=f"vault of {vault.member}",
            next_step="Look at the pair's history.",
        )
    pair = Pair(*(mine[0][name] for name in PAIR))
    row = judgements.event(pair, "withdrawn", by=by, reason=reason, at=at, withdraws=event_id)
    vault.append_events(JUDGEMENTS.name, row, now=at)
    return str(row["event_id"][0].as_py())


def history(vault: Vault, pair: Pair) -> list[dict[str, Any]]:
    """Rows of `judgements` about a pair, by today's ids, oldest first."""
    rows = rows_today(vault).to_pylist()
    mine = [row for row in rows if Pair(*(row[name] for name in PAIR)) == pair]
    return sorted(mine, key=lambda row: (row["judged_at"], row["event_id"]))


def _waiting(vault: Vault, last: Linked, by: str | None, election: date | None, costs: Costs) -> ir.Table:
    pairs = judged_pairs(vault, vault.path / last.files["verdicts"], last.snapshot).pairs
    unsure = ibis.memtable(
        ibis_engine().to_pyarrow(
            pairs.filter((pairs["verdict"] == "unsure") | (pairs["standing"] == "waits"))
        )
    )
    unsure = _shown(vault, unsure)
    if election is not None:
        unsure = _without(unsure, _not_shown(vault, unsure, election))
    if by is not None:
        mine = _judged_by(vault, by, last.snapshot)
        unsure = unsure.anti_join(ibis.memtable(mine), list(PAIR)) if mine.num_rows else unsure
    return _with_gain(unsure, costs)


def _with_gain(pairs: ir.Table, costs: Costs) -> ir.Table:
    return pairs.mutate(
        reason=pairs["reason"].fill_null("band"),
        gain=costs.gain(pairs["match_probability"].fill_null(costs.band)),
    )


def _shown(vault: Vault, pairs: ir.Table) -> ir.Table:
    """Without pairs of a voter who is left out of every read today."""
    held = vault.suppressed()
    hidden = held.filter(pc.equal(held["channel"], EVERYTHING)).select(["state_voter_id"])
    return _without(pairs, hidden)


def _not_shown(vault: Vault, pairs: ir.Table, election: date) -> pa.Table:
    """Records of `pairs` (state_voter_id) that today's roll flags, or under age on an election day."""
    head = vault.current()
    nobody = pa.schema([("state_voter_id", pa.string())]).empty_table()
    if head is None:
        return nobody
    with vault.lease(head):
        rows = ibis_engine().read_parquet(list(vault.files(head, VOTERS.name)))
        gone = rows.filter(rows["confidential"] | (rows["shown_from"] > election)).select("state_voter_id")
        sides = (pairs.select(state_voter_id=f"record_{side}") for side in "lr")
        return ibis_engine().to_pyarrow(gone.semi_join(ibis.union(*sides), "state_voter_id"))


def _without(pairs: ir.Table, hidden: pa.Table) -> ir.Table:
    if not hidden.num_rows:
        return pairs
    gone = ibis.memtable(hidden)["state_voter_id"]
    return pairs.filter(~pairs["record_l"].isin(gone), ~pairs["record_r"].isin(gone))


def _judged_by(vault: Vault, account: str, snapshot: int) -> pa.Table:
    """PAIR of pairs on which a judgement of this account stands, by the ids of a snapshot."""
    rows = rows_of(vault, snapshot).to_pylist()
    taken = {row["withdraws"] for row in rows}
    mine = {
        Pair(*(row[name] for name in PAIR))
        for row in rows
        if row["by"] == account and row["judgement"] != judgements.WITHDRAWN and row["event_id"] not in taken
    }
    columns = {name: pa.array([getattr(pair, name) for pair in sorted(mine)], pa.string()) for name in PAIR}
    return pa.table(columns)


def _either(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.ChunkedArray:
    """Both columns as one, a value once where the two are equal."""
    other = right.filter(pc.fill_null(pc.not_equal(left, right), True))
    return pa.chunked_array([*left.chunks, *other.chunks], pa.string())


def _tally(values: pa.ChunkedArray) -> dict[str, int]:
    counted = pc.value_counts(values.drop_null()).to_pylist()
    return {
        one["values"]: one["counts"]
        for one in sorted(counted, key=lambda one: (-one["counts"], one["values"]))
    }


def _row(row: dict[str, Any]) -> Waiting:
    return Waiting(
        pair=Pair(*(row[name] for name in PAIR)),
        weight=row["match_weight"],
        probability=row["match_probability"],
        reason=row["reason"],
        gain=row["gain"],
        standing=row["standing"],
        counties=(row["county_l"], row["county_r"]),
    )
