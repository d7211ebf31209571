"""What a member may ask with: each name, and how many owners grant it for a purpose, by mode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from django.utils import timezone

from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import Mode
from commonroll.roll.vault import scores as shared
from commonroll.roll.vault.vault import Vault
from commonroll.server import members
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.server.permits import grants_in_force
from commonroll.views.derived import VISIBLE, Visible
from commonroll.views.score_words import SOURCE, ScoreField, score_field

MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True)
class Offered:
    """A name and the number of owners that grant it, the member's own roll among them, by mode."""

    column: Visible
    owners: Mapping[str, int]


def offered(*, viewer: Member, purpose: str, by: Actor) -> list[Offered]:
    """Every name that some owner grants for the purpose in some mode; the member's own roll counts as one."""
    by.require("count", viewer)
    grants = grants_in_force(viewer, purpose, timezone.now()).values()
    own = 1 if viewer.state else 0
    found = []
    for column in VISIBLE.values():
        owners: dict[str, int] = {
            mode: own + sum(_grants(grant, column) for grant in grants if mode in grant.modes)
            for mode in MODES
        }
        if any(owners.values()):
            found.append(Offered(column, owners))
    return found


def scores(*, home: Home, viewer: Member, purpose: str, mode: Mode, by: Actor) -> dict[ScoreField, int]:
    """Scores that an owner shares and grants in a mode, with how many owners do; one's own count as one."""
    by.require("count", viewer)
    grants = grants_in_force(viewer, purpose, timezone.now())
    owners = [key for key, grant in grants.items() if mode in grant.modes and SOURCE in grant.columns]
    own = [viewer.key] if viewer.state else []
    found = Counter(
        code for key in (*owners, *own) for code in shared.standing(Vault(home.vaults, key).catalogue)
    )
    told = members.told_to(viewer)
    mine = shared.standing(Vault(home.vaults, viewer.key).catalogue) if own else {}
    fields = {score_field(code): count for code, count in sorted(found.items())}
    return {one: n for one, n in fields.items() if one.score in mine or one.known_to(viewer.key, told)}


def _grants(grant: Grant, column: Visible) -> bool:
    return not column.sources or any(source in grant.columns for source in column.sources)
