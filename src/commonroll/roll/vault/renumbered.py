"""Voters who stand under another id than in the snapshot before: pairs of ids, and who is left out with them.

A state numbers its voters anew, or a county does that took a voter in from the next one. Pairs are kept for
the owner and for whoever asks later which rows are one person; a voter who is left out of reads stays so
under the new id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

KEY, EARLIER = "state_voter_id", "earlier_id"
PAIRS = pa.schema([(EARLIER, pa.string()), (KEY, pa.string())])
NOBODY = pa.table({KEY: pa.array([], pa.string())})
_EXACT = ("first_name", "middle_name", "last_name", "name_suffix", "birth_date", "residence_line1",
          "residence_zip5")  # fmt: skip
_MADE_AT = b"made_at"


@dataclass(frozen=True)
class Renumbered:
    """`pairs`: earlier_id, state_voter_id of voters found again, each id once. `perhaps`: the same for
    watched voters of whom several namesakes came: any of them may be the one."""

    pairs: pa.Table
    perhaps: pa.Table


NONE = Renumbered(PAIRS.empty_table(), PAIRS.empty_table())


def renumbered(con: Backend, old: ir.Table, new: ir.Table, again: pa.Table, watched: pa.Table) -> Renumbered:
    """Voters of `old` whose id is gone, or another person's now (`again`), and who stand under a new id.

    Told by name, birth and address, or else by name and birth alone, where that is one voter on either side.
    `watched`: ids whose namesakes are wanted where it is not.
    """
    reused = ibis.memtable(again)
    gone = con.to_pyarrow(_prints(old.anti_join(new, KEY).union(old.semi_join(reused, KEY))))
    came = con.to_pyarrow(_prints(new.anti_join(old, KEY).union(new.semi_join(reused, KEY))))
    if not gone.num_rows or not came.num_rows:
        return NONE
    exact = con.to_pyarrow(_one_to_one(ibis.memtable(gone), ibis.memtable(came), "exact"))
    left = ibis.memtable(gone).anti_join(ibis.memtable(exact), [(KEY, EARLIER)])
    free = ibis.memtable(came).anti_join(ibis.memtable(exact), KEY)
    near = con.to_pyarrow(_one_to_one(left, free, "near"))
    pairs = pa.concat_tables([exact, near]).cast(PAIRS)
    unsure = left.semi_join(ibis.memtable(watched), KEY).anti_join(ibis.memtable(near), [(KEY, EARLIER)])
    perhaps = unsure.select("near", **{EARLIER: unsure[KEY]}).inner_join(free.select("near", KEY), "near")
    return Renumbered(pairs, con.to_pyarrow(perhaps.select(EARLIER, KEY)).cast(PAIRS))


def _prints(voters: ir.Table) -> ir.Table:
    """state_voter_id, and two prints of a person: `near` (name, birth) and `exact`; null where not known.

    Where no birth is published, the day of registration stands for it, and only with the address.
    """
    born = ibis.coalesce(voters["birth_year"], voters["birth_date"].year().cast("int16"))
    names = {name: voters[name] for name in ("first_name", "last_name")}
    near = ibis.struct({**names, "born": born}).hash()
    since = born.isnull().ifelse(voters["registered_on"], ibis.null("date"))
    exact = ibis.struct({**{name: voters[name] for name in _EXACT}, "born": born, "since": since}).hash()
    addressed = voters["residence_line1"].notnull() & (born.notnull() | since.notnull())
    return voters.select(
        KEY,
        near=born.notnull().ifelse(near, ibis.null("int64")),
        exact=addressed.ifelse(exact, ibis.null("int64")),
    )


def _one_to_one(gone: ir.Table, came: ir.Table, kind: str) -> ir.Table:
    """earlier_id, state_voter_id of voters whose print is one voter's in `gone` and one's in `came`."""
    was, is_ = _alone(gone, kind), _alone(came, kind)
    both = was.select(kind, **{EARLIER: was[KEY]}).inner_join(is_, kind)
    return both.filter(both[EARLIER] != both[KEY]).select(EARLIER, KEY)


def _alone(prints: ir.Table, kind: str) -> ir.Table:
    known = prints.filter(prints[kind].notnull())
    counted = known.group_by(kind).agg(n=known.count(), **{KEY: known[KEY].min()})
    return counted.filter(counted["n"] == 1).drop("n")


def keep(path: Path, pairs: pa.Table, made_at: datetime) -> None:
    """Keep the pairs of a load in the Parquet file `path`; none, no file."""
    if pairs.num_rows:
        dated = pairs.replace_schema_metadata({_MADE_AT: made_at.isoformat()})
        pq.write_table(dated, path, compression="zstd")


def kept(reports: Path) -> Iterator[pa.Table]:
    """The pairs of every load below a vault's folder of reports, the oldest load's first."""
    dated = [
        ((pq.read_schema(path).metadata or {}).get(_MADE_AT, b""), path)
        for path in reports.glob("*.renumbered.parquet")
    ]
    for _, path in sorted(dated):
        yield pq.read_table(path)


def ids_today(reports: Path, ids: Sequence[str], voters: Sequence[str]) -> dict[str, str]:
    """Of `ids` that the Parquet files `voters` do not hold any more: the id under which each stands today."""
    if not ids or not any(reports.glob("*.renumbered.parquet")):
        return {}
    found = {one: one for one in ids if one not in _held(ids, voters)}
    for pairs in kept(reports):
        wanted = pa.array(list(found.values()), pa.string())
        mine = pairs.filter(pc.is_in(pairs[EARLIER], value_set=wanted)).select(PAIRS.names)
        later = dict(zip(mine[EARLIER].to_pylist(), mine[KEY].to_pylist(), strict=True))
        found = {one: later.get(today, today) for one, today in found.items()}
    return {one: today for one, today in found.items() if today != one}


def _held(ids: Sequence[str], voters: Sequence[str]) -> set[str]:
    wanted = pa.array(ids, pa.string())
    found: set[str] = set()
    for path in voters:
        here = pq.read_table(path, columns=[KEY])[KEY].cast(pa.string())
        found.update(here.filter(pc.is_in(here, value_set=wanted)).to_pylist())
    return found
