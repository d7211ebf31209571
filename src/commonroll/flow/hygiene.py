"""Two members' rolls are matched for list hygiene: permit, receipts in both logs, rows, then numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from commonroll.errors import Refusal
from commonroll.flow.permits import Permits, Receipts
from commonroll.identity import across, hygiene
from commonroll.roll.engine import ibis_engine
from commonroll.views import matching
from commonroll.views.agreed import Agreed, Side, agreed
from commonroll.views.question import Names
from commonroll.views.view import Owned, Plan


@dataclass(frozen=True)
class Sides:
    """Two members as each may read the other for list hygiene now, and the names that people read."""

    one: Side
    other: Side
    names: Names

    @property
    def both(self) -> tuple[Side, Side]:
        return self.one, self.other

    @property
    def snapshots(self) -> Mapping[str, int]:
        return {side.member: side.owned.tables.snapshot for side in self.both}

    @property
    def terms(self) -> Mapping[str, str]:
        """Owner -> hash of the terms that it gave the other."""
        return {side.member: side.owned.grant.terms_hash for side in self.both if side.owned.grant}

    @property
    def agreements(self) -> Mapping[str, int | None]:
        """Owner -> number of the agreement that it gave the other."""
        return {side.member: side.owned.grant.number for side in self.both if side.owned.grant}


def may_match(sides: Sides, now: datetime) -> tuple[Agreed, tuple[Plan, Plan]]:
    """What the two agreed to, and the plans by which each is read; no row is. Raises NothingGranted."""
    common = agreed(*sides.both, sides.names)
    one, other = (matching.records(ibis_engine(), side, common, sides.names, now) for side in sides.both)
    return common, (one, other)


def match(
    sides: Sides,
    permits: Permits,
    receipts: Mapping[str, Receipts],
    root: Path,
    *,
    judged: pa.Table,
    work: Path,
) -> across.Run:
    """Find one person's registrations on both rolls: permit, receipts in both logs, checkpoints, then rows.

    `receipts` by reader; `judged` are both members' judgements. What is found is kept below `root` as ids
    and scores, nothing where an agreement ended meanwhile; `work` is a folder for files that do not last.
    Raises NothingGranted where the two did not agree to enough.
    """
    now = datetime.now(UTC)
    common, plans = may_match(sides, now)
    with permits.reading(plans[0]), permits.reading(plans[1]):
        for plan in plans:
            reader = receipts[plan.question.viewer]
            reader.cover(reader.authorize(plan))
        voters = {side.member: plan.expression for side, plan in zip(sides.both, plans, strict=True)}
        found = across.find(ibis_engine(), voters, judged, work=work)
    for plan in plans:
        permits.still(plan, datetime.now(UTC))
    run = across.Run(
        members=across.pair(*voters),
        snapshots=sides.snapshots,
        terms=sides.terms,
        agreements=sides.agreements,
        columns=common.columns,
        birth=common.birth,
        persons=common.persons,
        gaps=tuple(gap.sentence for gap in common.gaps),
        matched_at=across.stamp(now),
        model=found.model,
        rows=found.rows,
        pairs=found.verdicts,
    )
    across.keep(root, run, found.pairs)
    return run


@dataclass(frozen=True)
class Learned:
    """What a member learns of another's roll: numbers of its own registrations, by kind; from which match."""

    told: tuple[hygiene.Told, ...]
    run: across.Run


def learn(me: Owned, sides: Sides, permits: Permits, receipts: Receipts, root: Path) -> Learned:
    """Numbers that a member learns from the match with another: permit, receipts, then the numbers.

    `sides.other` is the other member. Raises Refusal where there is no match of today's rolls and terms.
    """
    with _matched(me, sides, permits, receipts, root) as (run, pairs, own, gone):
        cells = hygiene.cells(pairs, run.side(me.owner), own, gone)
        return Learned(hygiene.withheld(ibis_engine().to_pyarrow(cells).to_pylist()), run)


def heed(
    me: Owned, sides: Sides, permits: Permits, receipts: Receipts, root: Path, kind: str
) -> Sequence[str]:
    """Ids of one's own registrations of a kind, for one's own suppressions; none where the number is
    withheld."""
    with _matched(me, sides, permits, receipts, root) as (run, pairs, own, gone):
        ids = hygiene.told(pairs, run.side(me.owner), kind, own, gone)
        found: list[str] = ibis_engine().to_pyarrow(ids)["state_voter_id"].to_pylist()
        return found if len(found) >= hygiene.SMALLEST else []


@contextmanager
def _matched(
    me: Owned, sides: Sides, permits: Permits, receipts: Receipts, root: Path
) -> Iterator[tuple[across.Run, ir.Table, ir.Table, ir.Table]]:
    """The kept match, its sure pairs, one's own rows that count today, the other's ids that take no part."""
    common = agreed(*sides.both, sides.names)
    planned = matching.learned(ibis_engine(), me, sides.other, common, sides.names, datetime.now(UTC))
    run = across.kept(root, me.owner, sides.other.member)
    if run is None or not run.of(sides.snapshots, sides.terms):
        raise Refusal(
            f"The two rolls are not matched{' as they stand today' if run else ''}.",
            where=" and ".join(sorted(sides.snapshots)),
            next_step=f"Match them: commonroll link --members {','.join(sorted(sides.snapshots))}",
        )
    with permits.reading(planned):
        receipts.authorize(planned)
        gone = ibis.memtable(matching.left_out(sides.other.owned.tables.suppressed))
        yield run, ibis.memtable(across.pairs(root, run)), planned.expression, gone
