"""Contact budgets of agreements as they stand: which voters of an owner a recipient may not be handed now."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa

from commonroll.agreements.english import clause_of
from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import Mode
from commonroll.agreements.why import Use
from commonroll.insight import budget
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault.suppression import SCHEMA
from commonroll.roll.vault.vault import Vault
from commonroll.server import turns, wall
from commonroll.server.home import Home
from commonroll.server.models import Lent, Member
from commonroll.views import lent
from commonroll.views.protection import channels as opened_by
from commonroll.views.pseudonyms import agreement_key
from commonroll.views.question import Gap, check
from commonroll.views.view import Question

ADS = "ads"
"""An audience is shown ads and contacted by no channel that a quota counts."""


@wall.node()
def spent(
    home: Home, owner: Member, viewer: Member, grant: Grant, channels: frozenset[str], now: datetime,
    *, owner_may_see: bool = False,
) -> pa.Table:  # fmt: skip
    """Who leaves a cut of the viewer that opens these channels (state_voter_id, reason, channel).

    Counted over everything that the owner lent to the viewer and that the viewer gathered, under whichever of
    their agreements; without what has not come home yet where the owner may see it.
    """
    if not grant.contact or owner == viewer:
        return SCHEMA.empty_table()
    vault = Vault(home.vaults, owner.key)
    first = min(budget.first_day(quota, now.date()) for quota in grant.contact)
    out = [
        lent.Lent(
            lent.record_of(home.vaults, owner.key, str(one.extract)), one.begun, frozenset(one.channels),
            agreement_key(home.reference_secret(), one.agreement.urn),
        )
        for one in turns.kept(("lent", owner.pk, viewer.pk), lambda: _lent(owner, viewer))
        if one.begun.date() >= first
    ]  # fmt: skip
    return budget.spent(
        vault, grant.contact, gathered_by=viewer.key, lent=out, channels=channels, today=now.date(),
        own=None if owner_may_see else Vault(home.vaults, viewer.key),
    )  # fmt: skip


def _lent(owner: Member, viewer: Member) -> tuple[Lent, ...]:
    handed = Lent.objects.filter(agreement__owner=owner, agreement__recipient=viewer)
    handed = handed.exclude(purpose=ADS)
    return tuple(handed.select_related("agreement"))


def gap(owner: str, name: str, agreement: int | None, rows: int) -> Gap:
    """That so many rows of an owner are not in a cut."""
    are = "row is" if rows == 1 else "rows are"
    why = f"their households' contacts are used up under agreement {agreement}"
    return Gap(owner, "contact budget", (), agreement, f"{rows:,} {are} left out of {name}'s: {why}")


def told(home: Home, owner: Member, grant: Grant, use: Use) -> str:
    """What a budget does to a cut with this column, in a sentence for "why"; empty where nothing."""
    table, _, name = use.column.partition(".")
    if use.mode not in ("contact", "export") or table != VOTERS.name or not grant.contact:
        return ""
    viewer = Member.objects.get(key=use.viewer)
    mode: Mode = "contact" if use.mode == "contact" else "export"
    asked = Question(viewer=viewer.key, purpose=use.purpose, mode=mode, columns=(name,))
    opened = opened_by(check(asked, use.now))
    gone = spent(home, owner, viewer, grant, opened, use.now, owner_may_see=True) if opened else None
    number = len(gone["state_voter_id"].unique()) if gone is not None else 0
    if not number:
        return ""
    clause = clause_of(grant, "contact")
    leave = "voter leaves" if number == 1 else "voters leave"
    return (
        f" {number:,} {leave} the next cut: their households' contacts are used up, clause {clause} of "
        f"agreement {grant.number}."
    )
