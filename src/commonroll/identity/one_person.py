"""One person of a roll: its registrations, the pairs that hold them together, what parting one would do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from commonroll.identity import clusters
from commonroll.identity.judged import judged_pairs
from commonroll.identity.judgements import PAIR, Pair
from commonroll.roll.engine import ibis_engine
from commonroll.roll.schema import PERSON_EVENTS, PERSONS
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.persons import Linked
from commonroll.roll.vault.vault import Vault


@dataclass(frozen=True)
class Held:
    """A sure pair that holds registrations together: whether people decided it, and its weight in bits."""

    pair: Pair
    decided: bool
    weight: float | None


@dataclass(frozen=True)
class Person:
    """`person_id` stays in the vault. `registrations`: state ids of today; `founder`: the one that the id was
    made of, if it is among them; `pairs`: what holds them together, by what was judged up to now."""

    person_id: str
    registrations: tuple[str, ...]
    founder: str | None
    pairs: tuple[Held, ...]
    apart: tuple[Pair, ...]

    def parted(self, pair: Pair) -> tuple[tuple[str, ...], ...]:
        """The registrations as they would fall apart if `pair` were two people; the part that keeps the id
        first (R4 of docs/guide/identity.md)."""
        rows = [
            {**_sides(held.pair), "match_weight": held.weight, "decided": held.decided}
            for held in self.pairs if held.pair != pair
        ]  # fmt: skip
        parting = [_sides(one) for one in (*self.apart, pair)]
        found: dict[int, list[str]] = {}
        with _tables(rows, parting) as (sure, different):
            grouped = clusters.clusters(sure, different).records.to_pylist() if rows else []
        for row in grouped:
            found.setdefault(row["cluster"], []).append(row["record"])
        alone = set(self.registrations) - {one for part in found.values() for one in part}
        parts = [tuple(sorted(part)) for part in found.values()] + [(one,) for one in sorted(alone)]
        return tuple(sorted(parts, key=lambda part: (self.founder not in part, -len(part), part)))


_SIDES = [(name, pa.string()) for name in PAIR]
_SURE = pa.schema([*_SIDES, ("match_weight", pa.float64()), ("decided", pa.bool_())])


def _sides(pair: Pair) -> dict[str, str]:
    return {name: getattr(pair, name) for name in PAIR}


@contextmanager
def _tables(
    rows: Sequence[Mapping[str, Any]], pairs: Sequence[Mapping[str, str]]
) -> Iterator[tuple[ir.Table, ir.Table]]:
    """Both as tables of this thread's engine. Tables in memory alone would go to an engine of all threads."""
    backend, name = ibis_engine(), f"parting_{uuid4().hex}"
    made = ((f"{name}_sure", rows, _SURE), (f"{name}_apart", pairs, pa.schema(_SIDES)))
    try:
        sure, apart = (
            backend.create_table(called, pa.Table.from_pylist(list(given), schema), temp=True)
            for called, given, schema in made
        )
        yield sure, apart
    finally:
        for called, _, _ in made:
            backend.drop_table(called, force=True)


def person_of(vault: Vault, voter: str) -> Person | None:
    """The person that a registrant is since the last linking; None where there was none, or no such voter."""
    last = kept.linked(vault.catalogue)
    if last is None:
        return None
    rows = ibis_engine().read_parquet(vault.path / last.files[PERSONS.name])
    standing = rows.filter(rows["until"].isnull(), rows["member"] == vault.member)
    mine = standing.filter(standing["state_voter_id"] == voter).select("person_id")
    found = standing.semi_join(mine, "person_id").order_by("state_voter_id").to_pyarrow().to_pylist()
    if not found:
        return None
    ids = tuple(row["state_voter_id"] for row in found)
    founder = next((row["state_voter_id"] for row in found if row["founded"]), None)
    pairs, apart = _pairs(vault, last, ids)
    return Person(found[0]["person_id"], ids, founder, pairs, apart)


def _pairs(vault: Vault, last: Linked, ids: Sequence[str]) -> tuple[tuple[Held, ...], tuple[Pair, ...]]:
    judged = judged_pairs(vault, vault.path / last.files["verdicts"], last.snapshot)
    within = [judged.sure[name].isin(ids) for name in ("record_l", "record_r")]
    sure = judged.sure.filter(within).select(*PAIR, "match_weight", "decided").order_by(*PAIR).to_pyarrow()
    different = judged.different
    within = [different[name].isin(ids) for name in ("record_l", "record_r")]
    parted = ibis_engine().to_pyarrow(different.filter(within))
    held = tuple(Held(_pair(row), bool(row["decided"]), row["match_weight"]) for row in sure.to_pylist())
    return held, tuple(_pair(row) for row in parted.to_pylist())


def _pair(row: Mapping[str, Any]) -> Pair:
    return Pair(*(row[name] for name in PAIR))


def events(vault: Vault, most: int) -> list[dict[str, Any]]:
    """The newest rows of `person_events`, splits and joins first; their ids stay in the vault."""
    files = vault.event_files(PERSON_EVENTS.name)
    if not files:
        return []
    rows = ibis_engine().read_parquet(list(files))
    told = ibis.cases(*((rows["turn"] == turn, at) for at, turn in enumerate(("split", "joined"))), else_=2)
    newest = rows.order_by(ibis.desc("at"), told, "event_id").limit(most)
    found: list[dict[str, Any]] = newest.to_pyarrow().to_pylist()
    return found
