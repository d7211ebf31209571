"""Lists that came home to owners, as a reader may know of them."""

from __future__ import annotations

from collections.abc import Collection

from commonroll.roll.schema import COLUMNS
from commonroll.server import members, wall
from commonroll.server.models import CameHome, Member
from commonroll.views.question import Handed


@wall.node()
def handed_to(viewer: Member, codes: Collection[str]) -> tuple[Handed, ...]:
    """Those of these codes that count with another owner, and whose gatherers the viewer is told of."""
    if not codes:
        return ()
    known = {viewer.key, *members.told_to(viewer)}
    found = CameHome.objects.filter(
        kind=CameHome.Kind.LISTS, code__in=codes, member__key__in=known, came_at__isnull=False,
        gone_at=None, kept_out_at=None,
    )  # fmt: skip
    rows = found.exclude(owner=viewer).select_related("owner").order_by("pk")
    known_read = (row for row in rows if set(row.read) <= COLUMNS.keys())  # else the owner alone reads it
    return tuple(Handed(row.owner.key, row.code, tuple(row.read)) for row in known_read)
