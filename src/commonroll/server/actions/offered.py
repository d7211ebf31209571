"""What a member may ask with: each name, and how many owners grant it for a purpose, by mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from django.utils import timezone

from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import Mode
from commonroll.server.actor import Actor
from commonroll.server.models import Member
from commonroll.server.permits import grants_in_force
from commonroll.views.derived import VISIBLE, Visible

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


def _grants(grant: Grant, column: Visible) -> bool:
    return not column.sources or any(source in grant.columns for source in column.sources)
