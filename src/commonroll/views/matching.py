"""Rolls of two members held side by side for list hygiene: what both agreed to, and nothing more.

The rows are read on this machine to be matched and leave it in no form: the plan's expression goes to
`identity`, which keeps ids and scores. A column is read where both members granted it to each other, plain;
of a birth both give what both granted: a date, a year or an age (`agreed.py`). Whoever is suppressed, for
whatever use, takes no part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from commonroll.agreements.profile import PERSON
from commonroll.roll.schema import GRANTABLE, VOTERS
from commonroll.roll.vault.suppression import EVERYTHING, HYGIENE
from commonroll.roll.vault.suppression import SCHEMA as SUPPRESSED
from commonroll.views.access import Access, admit
from commonroll.views.agreed import BIRTH, PURPOSE, STANDING, Agreed, Birth, Side
from commonroll.views.derived import VISIBLE
from commonroll.views.kept import Kept
from commonroll.views.masks import engine_type
from commonroll.views.question import Checked, Gap, Names, Owned, Question
from commonroll.views.relation import KEY, Relation
from commonroll.views.view import Plan, used_of


def records(con: Backend, side: Side, agreement: Agreed, names: Names, now: datetime) -> Plan:
    """The plan that reads one member for the other: its expression has the columns of `voters`.

    `state_voter_id` is the row's own; what is not in `agreement` is null. No row is read here. Raises
    NothingGranted where the agreement does not let the other see rows, or a rule of views is in the way.
    """
    asked = _asked(side, agreement, now)
    owners, gaps = admit(asked, [_at_large(side.owned)], {side.member: side.denied}, names, now)
    relation = Relation(con, asked, owners, None, {})
    expression = _as_voters(relation.records(), owners[0], agreement.birth)
    plan = _plan(con, asked, owners, (*gaps, *agreement.gaps), expression)
    if not agreement.persons:
        return plan
    used = plan.used[side.member]
    read = replace(used, columns=tuple(sorted((*used.columns, PERSON))))
    return replace(plan, used={side.member: read})


def _asked(side: Side, agreement: Agreed, now: datetime) -> Checked:
    found = [name for name in agreement.columns if name in side.owned.tables.published]
    names = [name.partition(".")[2] for name in (*found, *_birth_columns(side.owned, agreement.birth))]
    shown = tuple(VISIBLE[name] for name in names)
    # naming the status lets removed registrations in, which say who has died
    by = tuple(column for column in shown if column.name == "status")
    return Checked(Question(side.viewer, PURPOSE, "view", columns=tuple(names)), now.date(), by, shown)


def _birth_columns(owned: Owned, birth: Birth) -> tuple[str, ...]:
    """Columns of BIRTH that tell a birth as finely as agreed, of those that the owner grants and
    publishes."""
    granted = owned.grant.columns if owned.grant else {}
    held = [
        name for name in BIRTH if granted.get(name) in ("plain", "year") and name in owned.tables.published
    ]
    if birth == "age":
        return BIRTH[2:] if held else ()
    return tuple(name for name in held if birth and name != "voters.age")


def _as_voters(rows: ir.Table, access: Access, birth: Birth) -> ir.Table:
    """All columns of `voters`, in order; a birth told by the year alone has no day."""
    known = {name: rows[name] for name in rows.columns if name != KEY}
    if birth == "year":
        years = [known[name] for name in ("birth_year",) if name in known]
        years += [known.pop(name).year() for name in ("birth_date",) if name in known]
        known |= {"birth_year": ibis.coalesce(*years).cast("int16")} if years else {}
    fixed = {
        "member": ibis.literal(access.tables.member),
        "state": ibis.literal(access.tables.state),
        "state_voter_id": rows[KEY],
    }
    said = known | fixed
    return rows.select(
        **{name: said.get(name, ibis.null(engine_type(f"voters.{name}"))) for name in VOTERS.names}
    )


def learned(con: Backend, me: Owned, other: Side, agreement: Agreed, names: Names, now: datetime) -> Plan:
    """The plan of a count of one's own registrations by what the other's roll says of them.

    Its expression has the own rows that may be counted: state_voter_id, county_fips, county_name, none of
    them removed. It reads of the other what STANDING has that was agreed. Raises NothingGranted where the
    other permits no exact counts.
    """
    published = other.owned.tables.published
    read = [name for name in STANDING if name in agreement.columns and name in published]
    by = tuple(VISIBLE[name.partition(".")[2]] for name in read)
    asked = Checked(Question(me.owner, PURPOSE, "count"), now.date(), by)
    theirs, gaps = admit(asked, [_at_large(other.owned)], {other.member: other.denied}, names, now)
    place = (VISIBLE["county_fips"], VISIBLE["county_name"])
    own = Checked(Question(me.owner, PURPOSE, "view"), now.date(), shown=place)
    masks = dict.fromkeys(GRANTABLE, "plain")
    mine = Access(1, _at_large(me).tables, None, me.election_day, masks)  # type: ignore[arg-type]
    rows = Relation(con, own, [mine], None, {}).records()
    plan = _plan(con, asked, theirs, gaps, rows.rename(state_voter_id=KEY))
    return replace(plan, used={**plan.used, me.owner: used_of(mine, own)})


def _plan(
    con: Backend, asked: Checked, owners: Sequence[Access], gaps: Iterable[Gap], expression: ir.Table
) -> Plan:
    return Plan(
        question=asked.question,
        used={access.tables.member: used_of(access, asked) for access in owners},
        gaps=tuple(gaps),
        kept=Kept(con, expression, ()),
        con=con,
        owners=tuple(access.tables.member for access in owners),
        states=tuple(access.tables.state for access in owners),
        unpublished=frozenset(),
    )


def _at_large(owned: Owned) -> Owned:
    """The owner with every suppression as one of every read: who opted out of a channel is not matched."""
    return replace(owned, tables=replace(owned.tables, suppressed=left_out(owned.tables.suppressed)))


def left_out(suppressed: pa.Table) -> pa.Table:
    """Of a suppression table, whoever takes no part in matching, as suppressions of every read.

    What hygiene itself suppressed before does take part, or the next match would not find it again.
    """
    others = suppressed.filter(pc.not_equal(suppressed["reason"], HYGIENE))
    everywhere = pa.repeat(pa.scalar(EVERYTHING, pa.string()), others.num_rows)
    return pa.table([others["state_voter_id"], others["reason"], everywhere], schema=SUPPRESSED)
