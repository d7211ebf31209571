"""Rows that are in no view, whatever was agreed: protected voters, minors, the removed, opt-outs."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from commonroll.views.question import Checked

_CHANNELS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "contact": {"phone": ("phone", "text"), "email": ("email",), "residence": ("door",), "mail": ("mail",)},
    "export": {
        "phone": ("phone", "text"),
        "email": ("email",),
        "residence": ("door", "mail"),
        "mail": ("mail",),
    },
}
"""Mode -> beginning of a column's name -> channels by which that column reaches a person."""


def channels(asked: Checked) -> frozenset[str]:
    """Channels that the question's rows open: who opted out of one of them is not among the rows."""
    reach = _CHANNELS.get(asked.question.mode)
    if reach is None:
        return frozenset()
    return frozenset(
        channel
        for column in asked.shown
        if column.cls == "contact"
        for channel in reach[column.name.partition("_")[0]]
    )


def includes_removed(asked: Checked) -> bool:
    """Whether removed registrations are counted or listed: only where the question speaks of `status`, and
    never for contact."""
    named = {field.name for field in (*asked.where_fields, *asked.by)}
    return asked.question.mode != "contact" and "status" in named


def readable(voters: ir.Table, asked: Checked) -> ir.Table:
    """`voters` without protected and, unless the question speaks of them, removed registrations."""
    shown = voters.filter(~voters.confidential)
    wanted = shown.status.notnull() if includes_removed(asked) else shown.status != "removed"
    return shown.filter(wanted)


def adult(rows: ir.Table, born_by: ir.Value, born_by_year: ir.Value) -> ir.BooleanValue:
    """Whether the voter is 18 on the owner's next election day, at the youngest age that is possible.

    `born_by` is the latest birth date, `born_by_year` the latest birth year of which every day will do. A
    published age was reached before today. Unknown birth is not adult.
    """
    return ibis.cases(
        (rows.birth_date.notnull(), rows.birth_date <= born_by),
        (rows.birth_year.notnull(), rows.birth_year <= born_by_year),
        else_=rows.age >= 18,
    )
