"""The governed relation: one scan of all owners' voters, joined to the grants, masked, then asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from commonroll.roll.vault import OwnerTables
from commonroll.views.access import Access
from commonroll.views.age import age
from commonroll.views.derived import AGE, VISIBLE
from commonroll.views.grants import (
    code_name,
    grant_table,
    masks_of,
    scope_table,
    scopes_of,
    suppressed_table,
)  # fmt: skip
from commonroll.views.masks import masked
from commonroll.views.predicate import condition
from commonroll.views.protection import DECIDING, adult, channels, readable
from commonroll.views.pseudonyms import carries_id, key_table, pseudonym
from commonroll.views.question import Checked
from commonroll.views.scan import scan

KEY = "voter_key"
"""The voter's id within the engine: joins use it, no output carries it."""

Where = Callable[["Relation"], ir.BooleanValue]


class Relation:
    """The rows that the admitted owners' grants leave for one question."""

    def __init__(
        self,
        con: Backend,
        asked: Checked,
        owners: Sequence[Access],
        mine: OwnerTables | None,
        keys: Mapping[str, bytes],
    ) -> None:
        self.con = con
        self.asked = asked
        self.owners = owners
        self.mine = mine
        self.keys = keys

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Qualified columns of voters that the question reads, sorted."""
        fields = (*self.asked.where_fields, *self.asked.by, *self.asked.shown)
        return tuple(sorted({source for field in fields for source in field.sources}))

    @cached_property
    def differing(self) -> tuple[str, ...]:
        """Columns that not all owners show plainly: the grant table says how."""
        return tuple(name for name in self.sources if len(masks_of(self.owners, name)) > 1)

    def rows(self) -> ir.Table:
        """owner_no, agreement, voter_key and the question's fields as the reader may see them, of the voters
        that the universe selects."""
        seen = self._seen(self._granted(self._readable()))
        where = self.asked.question.where
        return seen.filter(condition(where.tree, _Seen(self, seen))) if where else seen

    def _readable(self) -> ir.Table:
        voters = self.scan("voters")
        scopes = scopes_of(self.owners)
        bare = [name.partition(".")[2] for name in self.sources]
        needed = dict.fromkeys(("owner_no", "state_voter_id", *DECIDING, *scopes, *bare))
        voters = readable(voters.select(*needed), self.asked)
        gone = suppressed_table(self.owners, channels(self.asked))
        if gone.num_rows:
            voters = voters.anti_join(ibis.memtable(gone), ["owner_no", "state_voter_id"])
        return voters

    def _granted(self, voters: ir.Table) -> ir.Table:
        """Joined to the grants: a row of no grant, or outside its row scope, is not there."""
        scopes = scopes_of(self.owners)
        grants = ibis.memtable(grant_table(self.owners, self.differing, scopes))
        rows = voters.join(grants, "owner_no")
        if self.asked.carries_ids and not all(map(carries_id, self.owners)):
            rows = rows.join(ibis.memtable(key_table(self.owners, self.keys)), "owner_no")
        rows = rows.filter(adult(rows, rows.born_by, rows.born_by_year))
        for column in scopes:
            within = ibis.memtable(scope_table(self.owners, column))
            same = [rows.owner_no == within[f"of_{column}"], rows[column] == within[f"is_{column}"]]
            rows = rows.left_join(within, same)
            inside = rows[f"in_{column}"]
            rows = rows.filter(rows[f"free_{column}"] | (inside.notnull() & inside))
        return rows

    def _seen(self, rows: ir.Table) -> ir.Table:
        shown = {
            name: self._field(rows, name)
            for name in dict.fromkeys(
                field.name for field in (*self.asked.where_fields, *self.asked.by, *self.asked.shown)
            )
        }
        ids = self._ids(rows) if self.asked.carries_ids else {}
        return rows.select(rows.owner_no, rows.agreement, **{KEY: rows.state_voter_id}, **{**ids, **shown})

    def _ids(self, rows: ir.Table) -> dict[str, ir.Value]:
        """What answers come back by: the state's id where it is granted, else the agreement's pseudonym."""
        key, granted = rows.state_voter_id, [carries_id(access) for access in self.owners]
        if all(granted):
            return {"state_voter_id": key}
        ref = pseudonym(self.con, rows.inner, rows.outer, key)
        if not any(granted):
            return {"voter_ref": ref}
        return {
            "state_voter_id": ibis.ifelse(rows.carries_id, key, ibis.null("string")),
            "voter_ref": ref,
        }

    def _field(self, rows: ir.Table, name: str) -> ir.Value:
        if name == AGE.name:
            return self._age(rows)
        sources = VISIBLE[name].sources
        return self._source(rows, sources[0]) if sources else rows[name]

    def _source(self, rows: ir.Table, qualified: str) -> ir.Value:
        code = rows[code_name(qualified)] if qualified in self.differing else None
        value = rows[qualified.partition(".")[2]]
        return masked(qualified, value, masks_of(self.owners, qualified), code)

    def _age(self, rows: ir.Table) -> ir.Value:
        birth_date, birth_year, published = (self._source(rows, source) for source in AGE.sources)
        name = AGE.sources[0]
        code = rows[code_name(name)] if name in self.differing else None
        day = self.asked.day
        return age(day, birth_date, birth_year, published, masks_of(self.owners, name), code)

    # Other tables of the owners

    def scan(self, table: str) -> ir.Table:
        """`table` of all owners, with owner_no."""
        files = [(access.number, path) for access in self.owners for path in access.tables.files[table]]
        return scan(self.con, table, files)

    def answers(self) -> ir.Table:
        """owner_no, state_voter_id, question, answer, answered_on: what reader or owner gathered.

        What another recipient gathered stays between it and the owner.
        """
        keys = ibis.memtable(grant_table(self.owners, (), ())).select("owner_no", "member")
        viewer = self.asked.question.viewer
        theirs = self.scan("responses").join(keys, "owner_no")
        known = (theirs.gathered_by == theirs.member) | (theirs.gathered_by == viewer)
        theirs = theirs.filter(theirs.owner == theirs.member, known | (theirs.member == viewer))
        columns = ("owner_no", "state_voter_id", "question", "answer", "answered_on")
        found = theirs.select(*columns)
        if self.mine is None or self.mine.member in {a.tables.member for a in self.owners}:
            return found
        own = scan(self.con, "responses", [(-1, path) for path in self.mine.files["responses"]])
        own = own.drop("owner_no").join(keys, own.owner == keys.member)
        return ibis.union(found, own.select(*columns))


class _Seen:
    """A universe's reader over the masked rows: nothing below the masks is in its reach."""

    def __init__(self, relation: Relation, seen: ir.Table) -> None:
        self.relation = relation
        self.seen = seen

    def field(self, name: str) -> ir.Value:
        return self.seen[name]

    def exists(self, table: str, meets: Callable[[ir.Table], ir.BooleanValue]) -> ir.BooleanValue:
        other = self.relation.answers() if table == "responses" else self.relation.scan(table)
        same = (other.owner_no == self.seen.owner_no) & (other.state_voter_id == self.seen[KEY])
        return (same & meets(other)).any()
