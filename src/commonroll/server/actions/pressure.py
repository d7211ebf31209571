"""Contact quotas of an owner's agreements, held against the answers that came back."""

from __future__ import annotations

from dataclasses import dataclass

from commonroll.errors import Refusal
from commonroll.insight.pressure import Pressure, pressure
from commonroll.roll.vault.vault import Vault
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.meaning import grant_of
from commonroll.server.models import Agreement, Member


@dataclass(frozen=True)
class Held:
    """One quota of one agreement, with what came back under it."""

    agreement: Agreement
    found: Pressure


def check(*, home: Home, owner: Member, by: Actor) -> list[Held]:
    """One line for each quota of each agreement that binds and that the owner gave."""
    by.require("read", owner)
    final = Agreement.objects.filter(owner=owner, state=Agreement.State.FINAL)
    vault, held = Vault(home.vaults, owner.key), []
    for text in final.select_related("owner", "recipient").order_by("number"):
        try:
            grant = grant_of(text)
        except Refusal:  # nothing of it is left under the law
            continue
        quotas = grant.contact if grant.modes & {"contact", "export"} else ()
        held += [
            Held(text, pressure(vault, quota, owner=owner.key, gathered_by=text.recipient.key))
            for quota in quotas
        ]
    return held
