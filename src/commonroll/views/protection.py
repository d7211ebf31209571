"""Rows that are in no view, whatever was agreed: protected voters, minors, the removed, opt-outs.

The roll holds from which election day a voter may be shown (`roll.standing`); here the owners' days meet it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from commonroll.agreements.profile import CARRIERS
from commonroll.roll.layout.standing import EARLIEST, NEVER
from commonroll.views.access import Access
from commonroll.views.fact_words import FactField
from commonroll.views.grants import per_owner
from commonroll.views.question import Checked

_CHANNELS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "contact": {"phone": ("phone", "text"), "email": ("email",), "residence": ("door",), "mail": ("mail",)},
    "export": {
        "phone": ("phone", "text"),
        "email": ("email",),
        "residence": ("door", "mail"),
        "mail": ("mail",),
    },
    "view": {"phone": ("phone", "text"), "email": ("email",), "residence": (), "mail": ()},
}
"""Mode -> beginning of a column's name -> channels by which that column reaches a person.

On a screen an address says who somebody is; a number is there to be called.
"""


EVERY_CHANNEL = frozenset(["door", "phone", "text", "mail", "email"])
"""An ad has no channel of its own: whoever stopped any is in no audience."""

ON_A_SCREEN = frozenset(["phone", "text", "email"])
"""Channels that a list on a screen opens."""

DECIDES = ("state_voter_id", "status", "shown_from", "listed_from")
"""Columns of `voters` that decide whether a row is in a view at all, and by which it is joined."""


def channels(asked: Checked) -> frozenset[str]:
    """Channels that the question's rows open: who opted out of one of them is not among the rows."""
    reach = _CHANNELS.get(asked.question.mode)
    if reach is None:
        return frozenset()
    if asked.question.purpose in CARRIERS:
        return _carried(asked)
    opened: set[str] = set()
    for column in asked.shown:
        if isinstance(column, FactField):
            opened |= column.reaches if asked.question.mode != "view" else column.reaches & ON_A_SCREEN
        elif column.cls == "contact":
            opened.update(reach[column.name.partition("_")[0]])
    return frozenset(opened)


def _carried(asked: Checked) -> frozenset[str]:
    """A mail file has addresses to write to, whichever column they come from."""
    reaching = asked.question.mode == "export" and any(column.cls == "contact" for column in asked.shown)
    if asked.question.purpose == "mail":
        return frozenset(["mail"]) if reaching else frozenset()
    return EVERY_CHANNEL if asked.question.mode == "export" else frozenset()


def includes_removed(asked: Checked) -> bool:
    """Whether removed registrations are counted or listed: only where the question speaks of `status`, and
    never for contact."""
    named = {field.name for field in (*asked.where_fields, *asked.by)}
    return asked.question.mode != "contact" and "status" in named


def readable(voters: ir.Table, asked: Checked, owners: Sequence[Access]) -> ir.Table:
    """`voters` who are unprotected and 18 on their owner's election day and, unless the question speaks of
    them, not removed registrations."""
    removed = includes_removed(asked)
    day = voters.shown_from if removed else voters.listed_from
    elections = [_known(access.election_day) for access in owners]
    # one day for all, which the scan itself compares, before each owner's own
    tests = [day <= ibis.literal(max(elections), "date")]
    if len(set(elections)) > 1:
        tests.append(day <= per_owner(owners, elections, "date", voters.owner_no))
    if removed:
        tests.append(voters.status.notnull())
    return voters.filter(tests)


def _known(election_day: date) -> date:
    if not EARLIEST <= election_day < NEVER:
        raise ValueError("an election day that a roll's days say nothing about")
    return election_day
