"""Why a member sees a column, or does not, of each owner: from the agreements as they stand now."""

from __future__ import annotations

from datetime import datetime

from commonroll.agreements.law import packs_for
from commonroll.agreements.profile import MODES, PURPOSES
from commonroll.agreements.why import Explanation, Use, explain
from commonroll.errors import Refusal
from commonroll.roll.schema import GRANTABLE
from commonroll.server.actions.wishes import qualified
from commonroll.server.actor import Actor
from commonroll.server.meaning import RECIPIENT_KIND
from commonroll.server.models import Member
from commonroll.server.permits import grants_in_force, grants_that_ended


def why(
    *, viewer: Member, purpose: str, column: str, mode: str, now: datetime, by: Actor
) -> dict[Member, Explanation]:
    """One explanation for each member that owns a state's file; refused for names that are none."""
    by.require("read", viewer)
    name = qualified(column)
    for given, known, kind in (
        (name, GRANTABLE, "column"),
        (purpose, PURPOSES, "purpose"),
        (mode, MODES, "use"),
    ):
        if given not in known:
            raise Refusal(f"there is no {kind} {given!r}", next_step="see the reference for its names")
    standing = grants_in_force(viewer, purpose, now)
    over = grants_that_ended(viewer, purpose, now)
    names = dict(Member.objects.values_list("key", "name"))
    found = {}
    for owner in Member.objects.exclude(state=""):
        grant, ended = (standing[owner.key], "") if owner.key in standing else over.get(owner.key, (None, ""))
        found[owner] = explain(
            Use(viewer.key, owner.key, name, purpose, mode, now),
            grant,
            packs_for(owner.state),
            names,
            recipient_kind=RECIPIENT_KIND[viewer.kind],
            ended=ended,
        )
    return found
