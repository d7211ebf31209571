"""A few rows that are known by their place, read through the governed view as any other.

Whoever found them looked outside of the grants (`roll.lookup`). Here the same relation as for every question
says which of them the reader may see, and how; only that the rows of `voters` are handed in, not scanned.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from commonroll.agreements.denial import Denial
from commonroll.roll.lengths import begins
from commonroll.roll.schema import VOTERS
from commonroll.views.access import admit
from commonroll.views.export import named
from commonroll.views.grants import suppressed_table
from commonroll.views.inside import SHIFT, WORD, Inside, large
from commonroll.views.kept import Kept, kept, key_of
from commonroll.views.protection import DECIDES, channels, readable
from commonroll.views.question import Names, Owned, Question, check
from commonroll.views.relation import KEY, Relation
from commonroll.views.scan import limit
from commonroll.views.view import Plan, used_of
from commonroll.views.within import Within

_TYPES = {"bool": "boolean"}


@dataclass(frozen=True)
class Few:
    """A plan over one owner whose rows of `voters` are handed in; `rows` is what may be seen of them."""

    plan: Plan
    columns: tuple[str, ...]
    """The columns of `voters` that it reads."""
    _read: Callable[[pa.Table, Sequence[int]], pa.Table]

    def rows(self, voters: pa.Table, places: Sequence[int]) -> pa.Table:
        """Of `voters` (`columns` at least, in the order of `places`, which count all rows of the
        owner's files): member, agreement, ids, the columns asked for, and KEY, which is for nobody's eyes."""
        return self._read(voters, places)


def plan_few(
    con: Backend,
    question: Question,
    owned: Owned,
    *,
    denied: Mapping[str, Sequence[Denial]],
    names: Names,
    now: datetime,
    pseudonyms: Mapping[str, bytes],
    person_key: bytes | None,
) -> Few:
    """As `view.plan`, for one owner. Raises NothingGranted where it grants not all."""
    asked = check(question, now)
    owners, gaps = admit(asked, [owned], denied, names, now)
    relation = _Handed(con, asked, owners, None, pseudonyms, person_key)
    key = ("few", key_of(asked, owners, None, pseudonyms, person_key, gone=False))
    found = kept(con, key, lambda: Kept(con, relation.with_keys(), ()))
    access = owners[0]
    plan = Plan(
        question=question,
        used={access.tables.member: used_of(access, asked)},
        gaps=gaps,
        kept=found,
        con=con,
        owners=(access.tables.member,),
        states=(access.tables.state,),
        unpublished=frozenset(),
    )

    def read(voters: pa.Table, places: Sequence[int]) -> pa.Table:
        kept_in = relation.stays(voters)
        if relation.bits is not None:
            kept_in = pc.and_(kept_in, pa.array(relation.inside(places), pa.bool_()))
        voters = voters.filter(kept_in)
        con.con.register(relation.name, relation.handed(voters))
        try:
            return named(plan, found.read(None))
        finally:
            con.con.unregister(relation.name)

    return Few(plan, relation.wanted, read)


class _Handed(Relation):
    """The relation over rows that are handed in."""

    @cached_property
    def bits(self) -> Inside | None:
        """For a large roll whose rows are limited: which of its lines are inside, worked out once."""
        return Inside(self.con, self.owners, self.asked) if large(self.owners) else None

    @cached_property
    def within(self) -> Within | Inside:
        if self.bits is None:
            return Within(self.owners, {column.name: column.type for column in VOTERS})
        return _Chosen(self.con, self.owners, self.asked)

    def _readable(self) -> ir.Table:
        """As for every question; who is left out is held against the few before they are handed in."""
        listed = self.asked.question.listed
        if listed is not None and listed.path:
            raise ValueError("persons of a list are found before their rows are handed in")
        voters = self._voters()
        voters = readable(voters, self.asked, self.owners) if isinstance(self.within, Within) else voters
        return self._without_voted(voters)

    def stays(self, voters: pa.Table) -> pa.Array:
        """Whether each row's voter is none of those whom nobody may read today, for these channels."""
        gone = suppressed_table(self.owners, channels(self.asked))["state_voter_id"]
        return pc.invert(pc.is_in(voters["state_voter_id"], value_set=gone))

    def inside(self, places: Sequence[int]) -> list[bool]:
        """Whether each line is inside the terms."""
        assert self.bits is not None
        starts = begins(path for _, path in self._files("voters"))
        found = []
        for place in places:
            file = bisect_right(starts, place) - 1
            line = place - starts[file]
            found.append(bool(int(self.bits.words[file][line >> SHIFT]) >> (line & (WORD - 1)) & 1))
        return found

    @cached_property
    def columns(self) -> tuple[str, ...]:
        sources = {s.removeprefix("voters.") for field in self.fields for s in field.sources}
        return tuple(name for name in VOTERS.names if name in sources.union(DECIDES, self.within.read))

    @cached_property
    def wanted(self) -> tuple[str, ...]:
        """The columns of `voters` that a handed row has: also those by which rows are limited."""
        return tuple(name for name in VOTERS.names if name in {*self.columns, *self.within.limits})

    @cached_property
    def name(self) -> str:
        said = json.dumps([self.columns, sorted(self.within.limits)])
        return f"handed_{hashlib.sha256(said.encode()).hexdigest()[:20]}"

    def _voters(self) -> ir.Table:
        kinds = {name: VOTERS[name].type for name in self.columns}
        types = {name: _TYPES.get(kind, kind) for name, kind in kinds.items()}
        limits = {limit(column): "string" for column in self.within.limits}
        return ibis.table(ibis.schema(types | {"owner_no": "int16"} | limits), name=self.name)

    def handed(self, voters: pa.Table) -> pa.Table:
        """The rows as `_voters` names them; all limits are the one owner's."""
        given: dict[str, Any] = {name: voters[name] for name in self.columns}
        given["owner_no"] = pa.repeat(pa.scalar(1, pa.int16()), voters.num_rows)
        for column in self.within.limits:
            given[limit(column)] = pc.cast(voters[column], pa.string())
        return pa.table(given)

    def with_keys(self) -> ir.Table:
        """As `rows`, and KEY."""
        return self.rows(KEY)


class _Chosen(Inside):
    """Rows that were held against the bits before they were handed in."""

    lines = False

    @cached_property
    def placed(self) -> tuple[str, ...]:
        return ()

    def values(self, voters: ir.Table) -> dict[str, ir.Value]:
        return {}

    def with_bits(self, rows: ir.Table, scan: Any) -> ir.Table:
        return rows
