"""The one door from vaults to a reader: a question becomes a plan, and only a plan can be executed.

`plan` reads no row for a reader; which lines are inside the terms it may work out (`inside`). Its caller
writes the receipts for what the plan will read, then executes it (`counts`, `export`). `views` writes no log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from commonroll.agreements.denial import Denial
from commonroll.agreements.profile import PERSON
from commonroll.roll.vault.vault import OwnerTables
from commonroll.views.access import Access, admit, chosen_by, needs, optional_of
from commonroll.views.counties import limited_to
from commonroll.views.kept import Kept, kept, key_of
from commonroll.views.pseudonyms import ID, carries_id, carries_person
from commonroll.views.question import (
    IDS,
    Checked,
    Gap,
    Names,
    NothingGranted,
    Owned,
    Question,
    UsedOwner,
    check,
)  # fmt: skip
from commonroll.views.relation import KEY, Relation
from commonroll.views.scan import FILE

__all__ = ["Gap", "NothingGranted", "Owned", "Plan", "Question", "UsedOwner", "plan"]


@dataclass(frozen=True)
class Plan:
    """A question that may be executed: what it reads of whom, who is left out, and the expression.

    Counts: one row per combination of `by` and owner (owner_no, the fields but member and state, n).
    Otherwise the rows: owner_no, ids where rows leave or are worked, the columns asked for; `ordered` has
    them in one order each time. `owners` are member keys, owner_no 1 first, `states` theirs; `unpublished`
    pairs an owner with a column that its state does not publish (the viewer's own rows alone). `places`:
    owners and the files of where their rolls' addresses are.
    """

    question: Question
    used: Mapping[str, UsedOwner]
    gaps: tuple[Gap, ...]
    kept: Kept = field(repr=False)
    con: Backend = field(repr=False)
    owners: tuple[str, ...]
    states: tuple[str, ...]
    unpublished: frozenset[tuple[str, str]]
    places: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def expression(self) -> ir.Table:
        return self.kept.expression

    @property
    def ordered(self) -> ir.Table:
        return self.kept.ordered


def plan(
    con: Backend,
    question: Question,
    owned: Sequence[Owned],
    *,
    denied: Mapping[str, Sequence[Denial]],
    names: Names,
    now: datetime,
    mine: OwnerTables | None = None,
    pseudonyms: Mapping[str, bytes] | None = None,
    person_key: bytes | None = None,
    members: bool = False,
    keyed: bool = False,
) -> Plan:
    """What `question` reads of the owners that grant all of it, before a row is read.

    `owned` holds at most one entry per owner: the viewer's own tables, and those of owners whose agreement
    for this purpose is in force now, read from the database for this request. `denied` says for any owner
    what the agreements' side found against it; `mine` are the viewer's own tables, for its own answers;
    `pseudonyms` are the agreements' keys by owner (`pseudonyms.agreement_key`), for rows that leave, and
    `person_key` the viewer's own for persons (`pseudonyms.recipient_key`). `members`: the plan's rows are
    kept here as a list (`members.write_members`), and none is shown. `keyed`: they carry the voter's id as
    the engine has it (`relation.KEY`), which whoever writes a file of them takes off.
    Raises Refusal for a question that nothing could permit, NothingGranted with the gaps where no owner is
    left.
    """
    asked = check(question, now)
    if question.listed is not None:
        owned = [one for one in owned if one.owner in question.listed.owners]
        denied = {owner: said for owner, said in denied.items() if owner in question.listed.owners}
    owners, gaps = admit(asked, owned, denied, names, now)
    given = (mine, pseudonyms or {}, person_key)
    key = (members, keyed, key_of(asked, owners, *given))
    found = kept(con, key, lambda: _made(con, Relation(con, asked, owners, *given), members, keyed))
    return Plan(
        question=question,
        used={access.tables.member: used_of(access, asked) for access in owners},
        gaps=gaps,
        kept=found,
        con=con,
        owners=tuple(access.tables.member for access in owners),
        states=tuple(access.tables.state for access in owners),
        unpublished=_unpublished(owners, asked),
        places={a.tables.member: a.tables.places for a in owners if a.tables.places is not None},
    )


def _made(con: Backend, relation: Relation, members: bool, keyed: bool) -> Kept:
    if members:
        return Kept(con, relation.members(), ("owner_no",))
    if relation.asked.question.mode == "count":
        return Kept(con, relation.counts(), ())
    if keyed or relation.asked.question.mode != "export":
        rows = relation.rows(*([KEY] if keyed else []))
        return Kept(con, rows, _order(rows.columns))
    rows = relation.rows(KEY)
    return Kept(con, rows, _order(rows.columns), (FILE, KEY))


def _order(columns: Sequence[str]) -> tuple[str, ...]:
    """By owner and id; without an id by everything shown, so that rows which tie are the same.

    FILE stands for the owner where rows carry it: the engine leaves files that come later unread.
    """
    first = FILE if FILE in columns else "owner_no"
    ids = [name for name in IDS if name in columns]
    return (first, *(ids or [name for name in columns if name not in ("owner_no", FILE)]))


def used_of(access: Access, asked: Checked) -> UsedOwner:
    """What the question reads of one owner that was let in."""
    grant = access.grant
    wanted = (*needs(asked), *chosen_by(asked, access.tables.member))
    read = {source for need in wanted for source in need.sources if source in access.masks}
    read |= optional_of(asked) & access.masks.keys()
    if asked.carries_ids and carries_id(access):
        read.add(ID)
    if asked.carries_ids and carries_person(access):
        read.add(PERSON)
    return UsedOwner(
        owner=access.tables.member,
        agreement=grant.agreement if grant else None,
        number=grant.number if grant else None,
        terms_hash=grant.terms_hash if grant else None,
        snapshot=access.tables.snapshot,
        columns=tuple(sorted(read)),
        rows_per_export=grant.rows_per_export if grant else None,
        rows_per_day=grant.rows_per_day if grant else None,
        marks=access.marked.commitments,
        counties=limited_to(access, asked.question.where),
    )


def _unpublished(owners: Sequence[Access], asked: Checked) -> frozenset[tuple[str, str]]:
    return frozenset(
        (access.tables.member, column.name)
        for access in owners
        for column in asked.by
        if column.sources and access.tables.published.isdisjoint(column.sources)
    )
