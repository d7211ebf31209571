"""Contact quotas held against what came back: how often a recipient was at one voter or household.

After an export a quota rests on the contract. What shows are the answers and attempts that the recipient
brought home, so the figures are a floor.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files

from commonroll.agreements.profile import ContactQuota
from commonroll.insight import contacts_home
from commonroll.insight.import_facts import lived
from commonroll.roll.engine import engine
from commonroll.roll.vault.vault import Vault


@dataclass(frozen=True)
class Pressure:
    """`most` contacts of one voter or household in a window of the quota, and how many had too many."""

    quota: ContactQuota
    most: int
    over: int


def pressure(vault: Vault, quota: ContactQuota, *, owner: str, gathered_by: str) -> Pressure:
    """What the owner's vault shows of one recipient's contacts under one quota."""
    found = contacts_home.files(vault)
    if not found:
        return Pressure(quota, 0, 0)
    text = (files("commonroll.insight") / "pressure.sql").read_text("utf-8")
    with closing(engine()) as cursor:
        lived(cursor, vault)
        contacts_home.held(cursor, found)
        rows = cursor.execute(
            text,
            {
                "owner": owner,
                "gathered_by": gathered_by,
                "channel": None if quota.channel == "any" else quota.channel,
                "household": quota.per == "household",
                "days": quota.days,
                "count": quota.count,
            },
        ).fetchall()
    ((most, over),) = rows
    return Pressure(quota, int(most), int(over))
