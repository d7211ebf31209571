"""Rows of one delivery that say the same key twice: which one stays, and why the others do not."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from .statements import KEY

OTHER_ROW_STAYS = "another row of this voter stays: this one is removed or pending"
REPEATED = "repeats an earlier line"


def repeats(lines: ir.Table) -> ir.Table:
    """Lines to set aside: `spot` and `refused`, the reason.

    `lines`: key columns, `rank`, `spot`; one row per line that loads.
    Of several lines of one key the one of the lowest rank stays, the earliest of them.
    """
    names = [name for name in lines.columns if name.startswith(KEY)]
    several = lines.group_by(*names).having(lines.count() > 1).agg(best=lines["rank"].min())
    same = lines.inner_join(several, names)
    of_key = ibis.window(group_by=[same[name] for name in names], order_by=[same["rank"], same["spot"]])
    place = ibis.row_number().over(of_key)
    placed = same.mutate(place=place)
    reason = ibis.cases((placed["rank"] > placed["best"], OTHER_ROW_STAYS), else_=REPEATED)
    return placed.filter(placed["place"] > 0).select("spot", refused=reason)


def reasons_of(con: Backend, found: ir.Table) -> dict[int, str]:
    """Spot -> reason of every line found."""
    columns = con.to_pyarrow(found).to_pydict()
    return dict(zip(columns["spot"], columns["refused"], strict=True))
