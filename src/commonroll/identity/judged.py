"""A roll's verdicts with what people judged laid over them, by the ids that the roll has today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from commonroll.identity import judgements
from commonroll.identity.judgements import PAIR
from commonroll.roll.engine import ibis_engine
from commonroll.roll.gate import reports
from commonroll.roll.schema import JUDGEMENTS
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


def judged_pairs(vault: Vault, verdicts: Path) -> Judged:
    """The verdicts in a Parquet file with the vault's own judgements of its own roll laid over them."""
    stood = own_standing(vault)
    pairs = judgements.judged(ibis_engine().read_parquet(verdicts), stood)
    return Judged(pairs, stood.filter(stood["standing"] == "different").select(*PAIR))


def own_standing(vault: Vault) -> ir.Table:
    """What people's judgements of pairs within the roll come to, by the ids of today."""
    rows = rows_today(vault)
    mine = pc.and_(pc.equal(rows["member_l"], vault.member), pc.equal(rows["member_r"], vault.member))
    return judgements.standing(ibis.memtable(rows.filter(mine)))


def rows_today(vault: Vault) -> pa.Table:
    """Rows of `judgements` by the ids that their records have today; those of an id that means another person
    since are left out."""
    files = vault.event_files(JUDGEMENTS.name)
    if not files:
        return arrow_schema(JUDGEMENTS).empty_table()
    rows = ibis_engine().read_parquet(list(files)).to_pyarrow().cast(arrow_schema(JUDGEMENTS)).to_pylist()
    turns = list(_turns(vault)) if rows else []
    found = [row for row in (_followed(row, vault.member, turns) for row in rows) if row is not None]
    return pa.Table.from_pylist(found, arrow_schema(JUDGEMENTS))


_Turn = tuple[datetime, Mapping[str, str], frozenset[str]]


def _turns(vault: Vault) -> Iterator[_Turn]:
    """Instant, earlier id -> id, reused ids of each load that turned any."""
    for _, load, at in vault.catalogue.loads():
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
