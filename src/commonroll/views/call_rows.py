"""Whom somebody calls: rows of a governed question with a phone number each, asked anew before every call."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pyarrow as pa

from commonroll.roll.engine import engine
from commonroll.views.made_files import sql, taken
from commonroll.views.turf_rows import BESIDE, NAMES
from commonroll.views.view import Plan

PHONE = "phone"
CLAIMED = "fact('phone')"
"""The phone that the state publishes, and the one that the owner or the reader was told or brought."""

_OPTIONAL = (PHONE, CLAIMED, *NAMES, *BESIDE.values())


def columns(shows: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """The columns that such a question asks for, and those of them that an owner need not give."""
    # none of the two phones is needed for itself: whoever has neither is in no row
    beside = tuple(BESIDE[name] for name in sorted(shows & BESIDE.keys()))
    return (PHONE, CLAIMED, *NAMES, *beside), frozenset(
        (PHONE, CLAIMED, "fact_kind('phone')", *NAMES, *beside, "fact_kind('language')")
    )


def read(plan: Plan, still: Callable[[], None]) -> pa.Table:
    """Of a keyed plan the rows with a phone: owner, voter_key, phone, name, age (a band), language.

    Raises ValueError for a plan of another kind.
    """
    if plan.question.mode != "contact" or PHONE not in plan.question.columns:
        raise ValueError("the plan is for no calls")
    with closing(engine()) as con:
        taken(plan, con, still)
        known = con.table("persons").columns
        for name in _OPTIONAL:
            if name not in known:
                kind = "SMALLINT" if name == "age" else "VARCHAR"
                con.execute(f'ALTER TABLE persons ADD COLUMN "{name}" {kind}')
        con.execute(f'ALTER TABLE persons RENAME COLUMN "{BESIDE["language"]}" TO language')
        con.execute(f'ALTER TABLE persons RENAME COLUMN "{CLAIMED}" TO claimed')
        found = con.execute(sql("call_rows")).to_arrow_table()
        still()
        return found
