"""Reports on linkings: made, kept in each member's vault, read again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from commonroll.identity import report as reports
from commonroll.identity.report import Across, Report
from commonroll.roll.vault.persons import linked
from commonroll.server.actions.history import own_vault
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member


def linked_members(home: Home) -> list[Member]:
    """Members whose roll was ever linked, by key."""
    owners = Member.objects.filter(left_at=None).exclude(state="").order_by("key")
    vaults = ((member, own_vault(home, member)) for member in owners)
    return [member for member, vault in vaults if vault.current() and linked(vault.catalogue)]


def make(*, home: Home, of: Member, by: Actor, truth: Path | None = None) -> Report:
    """The report on the last linking of a member's roll; it stays in the vault."""
    by.require("read", of)
    vault = own_vault(home, of)
    made = reports.report(vault, truth)
    reports.keep(vault, made)
    return made


def across(*, home: Home, members: Sequence[Member], by: Actor, truth: Path) -> tuple[Across, ...]:
    """Pairs of these members that were matched under their agreements, against the truth in a folder."""
    for member in members:
        by.require("read", member)
    return reports.across_members(home.identity, [own_vault(home, member) for member in members], truth)


def kept(*, home: Home, of: Member, by: Actor) -> list[dict[str, Any]]:
    """The reports of a member as they were kept, the newest linking first."""
    by.require("read", of)
    return list(reports.kept(own_vault(home, of)))
