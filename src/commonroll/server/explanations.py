"""Why a member sees a column, or does not, of each owner: from the agreements as they stand now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.conf import settings

from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import MODES, PURPOSES
from commonroll.agreements.why import Explanation, Use, explain
from commonroll.errors import Refusal
from commonroll.roll.schema import GRANTABLE
from commonroll.server import budgets
from commonroll.server.actions.wishes import qualified
from commonroll.server.actor import Actor
from commonroll.server.meaning import RECIPIENT_KIND, law_over
from commonroll.server.models import Member
from commonroll.server.overriding import Overrides
from commonroll.server.permits import grants_in_force, grants_that_ended


def why(
    *, viewer: Member, purpose: str, column: str, mode: str, now: datetime, by: Actor
) -> dict[Member, Explanation]:
    """One explanation for each member that owns a state's file; refused for names that are none."""
    by.require("read", viewer)
    name = _known(column, purpose, mode)
    standing = grants_in_force(viewer, purpose, now)
    over = grants_that_ended(viewer, purpose, now)
    names = dict(Member.objects.values_list("key", "name"))
    overrides, found = Overrides.all(), {}
    for owner in Member.objects.exclude(state=""):
        grant, ended = (standing[owner.key], "") if owner.key in standing else over.get(owner.key, (None, ""))
        use = Use(viewer.key, owner.key, name, purpose, mode, now)
        said = explain(
            use,
            grant,
            law_over(owner, viewer, grant, overrides, now),
            names,
            recipient_kind=RECIPIENT_KIND[viewer.kind],
            ended=ended,
        )
        found[owner] = _with_budget(said, owner, grant, use)
    return found


def why_between(
    *, owner: Member, viewer: Member, purpose: str, column: str, mode: str, now: datetime, asks: Member
) -> Explanation:
    """Why `viewer` sees a column of one owner, or does not, in words for the party that `asks`."""
    name = _known(column, purpose, mode)
    grant, ended = grants_in_force(viewer, purpose, now).get(owner.key), ""
    if grant is None:
        grant, ended = grants_that_ended(viewer, purpose, now).get(owner.key, (None, ""))
    who = "" if asks == viewer else viewer.name
    use = Use(viewer.key, owner.key, name, purpose, mode, now, who)
    said = explain(
        use,
        grant,
        law_over(owner, viewer, grant, Overrides.of(owner), now) if owner.state else (),
        dict(Member.objects.values_list("key", "name")),
        recipient_kind=RECIPIENT_KIND[viewer.kind],
        ended=ended,
    )
    return _with_budget(said, owner, grant, use)


def _with_budget(said: Explanation, owner: Member, grant: Grant | None, use: Use) -> Explanation:
    """With the households whose contacts are used up, where the column is there to be contacted by."""
    more = budgets.told(settings.HOME, owner, grant, use) if said.seen and grant is not None else ""
    return replace(said, sentence=said.sentence + more) if more else said


def _known(column: str, purpose: str, mode: str) -> str:
    """The column's qualified name; refused where one of the three is no such thing."""
    name = qualified(column)
    for given, known, kind in (
        (name, GRANTABLE, "column"),
        (purpose, PURPOSES, "purpose"),
        (mode, MODES, "use"),
    ):
        if given not in known:
            raise Refusal(f"there is no {kind} {given!r}", next_step="see the reference for its names")
    return name
