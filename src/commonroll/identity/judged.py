"""A roll's verdicts with what people judged laid over them, by the ids that the roll has today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from commonroll.identity import judgements
from commonroll.identity.judgements import PAIR, Pair
from commonroll.roll.engine import ibis_engine
from commonroll.roll.gate import reports
from commonroll.roll.schema import JUDGEMENTS
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault


@dataclass(frozen=True)
class Judged:
    """`pairs`: verdicts with standing and decided (see `judgements.judged`); `different`: PAIR of pairs that
    people judged different."""

    pairs: ir.Table
    different: ir.Table

    @property
    def sure(self) -> ir.Table:
        """The pairs that join."""
        return self.pairs.filter(self.pairs["verdict"] == "sure")

    def count(self, verdict: str) -> int:
        """How many pairs have a verdict."""
        return int(self.pairs.filter(self.pairs["verdict"] == verdict).count().execute())


def judged_pairs(vault: Vault, verdicts: Path, snapshot: int | None = None) -> Judged:
    """The verdicts in a Parquet file, of a snapshot (the one last linked), under what people judged."""
    stood = own_standing(vault, snapshot)
    pairs = judgements.judged(ibis_engine().read_parquet(verdicts), stood)
    return Judged(pairs, stood.filter(stood["standing"] == "different").select(*PAIR))


def own_standing(vault: Vault, snapshot: int | None = None) -> ir.Table:
    """What people's judgements of pairs within the roll come to, by the ids of a snapshot (the one last
    linked): few rows, a table of their own, so that what follows is compiled without where they are from."""
    if snapshot is None:
        last = kept.linked(vault.catalogue)
        snapshot = last.snapshot if last else 0
    rows = rows_of(vault, snapshot)
    mine = pc.and_(pc.equal(rows["member_l"], vault.member), pc.equal(rows["member_r"], vault.member))
    stood = judgements.standing(ibis.memtable(rows.filter(mine)))
    made = ibis_engine().to_pyarrow(stood) if rows.num_rows else stood.schema().to_pyarrow().empty_table()
    return ibis.memtable(made)


def rows_today(vault: Vault) -> pa.Table:
    """Rows of `judgements` by the ids of today's roll."""
    head = vault.current()
    return rows_of(vault, head.number if head else 0)


def rows_of(vault: Vault, snapshot: int) -> pa.Table:
    """Rows of `judgements` by the ids that their records have in a snapshot.

    Those of an id that means another person since are left out.
    """
    files = vault.event_files(JUDGEMENTS.name)
    if not files:
        return arrow_schema(JUDGEMENTS).empty_table()
    rows = ibis_engine().read_parquet(list(files)).to_pyarrow().cast(arrow_schema(JUDGEMENTS)).to_pylist()
    turns = list(_turns(vault, 0, snapshot)) if rows else []
    found = [row for row in (_followed(row, vault.member, turns) for row in rows) if row is not None]
    return pa.Table.from_pylist(found, arrow_schema(JUDGEMENTS))


def followed(vault: Vault, pair: Pair, snapshot: int) -> Pair | None:
    """A pair of a snapshot's ids by the ids of today; None where one of them is another person's since."""
    head = vault.current()
    turns = list(_turns(vault, snapshot, head.number if head else snapshot))
    row = {name: getattr(pair, name) for name in PAIR} | {"judged_at": datetime.min.replace(tzinfo=UTC)}
    found = _followed(row, vault.member, turns)
    return Pair(*(found[name] for name in PAIR)) if found else None


_Turn = tuple[datetime, Mapping[str, str], frozenset[str]]


def _turns(vault: Vault, after: int, upto: int) -> Iterator[_Turn]:
    """Instant, earlier id -> id, reused ids of each load that turned any, of these snapshots."""
    for number, load, at in vault.catalogue.loads():
        if not after < number <= upto:
            continue
        pairs, reused = reports.renumbered_ids(vault, load), reports.reused_ids(vault, load)
        if pairs.num_rows or reused.num_rows:
            moved = zip(pairs["earlier_id"].to_pylist(), pairs["state_voter_id"].to_pylist(), strict=True)
            yield at, dict(moved), frozenset(reused["state_voter_id"].to_pylist())


def _followed(row: dict[str, Any], member: str, turns: list[_Turn]) -> dict[str, Any] | None:
    """A judgement by today's ids; None where a record's id went to somebody else."""
    later = [turn for turn in turns if turn[0] > row["judged_at"]]
    for side in "lr":
        if row[f"member_{side}"] != member:
            continue
        record = row[f"record_{side}"]
        for _, moved, reused in later:
            if record not in moved and record in reused:
                return None
            record = moved.get(record, record)
        row = {**row, f"record_{side}": record}
    return row
