"""Scripts that came home, as their owners and those read them to whom the owners' terms give them."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from commonroll.agreements.grant import Grant
from commonroll.roll.engine import ibis_engine
from commonroll.server import journal, members, wall
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import CameHome, Member
from commonroll.server.permits import DatabasePermits, grants_in_force
from commonroll.server.receipts import details, ensure_fresh
from commonroll.transparency import leaves
from commonroll.views.handed_scripts import COLUMN, document


def readable(*, viewer: Member, purpose: str, now: datetime, by: Actor) -> list[CameHome]:
    """Scripts with other owners that the terms in force for a purpose give the viewer; never a rival's."""
    by.require("read", viewer)
    return _readable(viewer, _granting(viewer, purpose, now))


def _granting(viewer: Member, purpose: str, now: datetime) -> dict[str, Grant]:
    grants = grants_in_force(viewer, purpose, now)
    return {
        owner: grant for owner, grant in grants.items()
        if grant.columns.get(COLUMN) == "plain" and "view" in grant.modes
    }  # fmt: skip


@wall.node()
def _readable(viewer: Member, grants: dict[str, Grant]) -> list[CameHome]:
    known = {viewer.key, *members.told_to(viewer)}
    found = _standing().filter(owner__key__in=grants, member__key__in=known).exclude(owner=viewer)
    return list(found.order_by("member__name", "name", "pk"))


def _standing() -> Any:
    found = CameHome.objects.filter(
        kind=CameHome.Kind.SCRIPTS, came_at__isnull=False, gone_at=None, kept_out_at=None
    )
    return found.select_related("owner", "member")


def look(
    *, home: Home, viewer: Member, purpose: str, number: int, by: Actor
) -> tuple[CameHome, dict[str, Any]]:
    """A script, with a receipt in its owner's log first. Raises Unknown where the viewer may not read it."""
    by.require("view", viewer)
    grants = _granting(viewer, purpose, timezone.now())
    own = list(_standing().filter(owner=viewer))
    row = next((one for one in (*own, *_readable(viewer, grants)) if one.pk == number), None)
    if row is None:
        raise Unknown("there is no such script", next_step="see the page Goes home")
    tables = DatabasePermits(home).tables(row.owner)
    _receipt(home, viewer, purpose, row, grants.get(row.owner.key), tables.snapshot, by)
    text = document(ibis_engine(), tables, row.code)
    if text is None:
        raise Unknown("there is no such script", next_step="see the page Goes home")
    return row, json.loads(text)


def _receipt(
    home: Home, viewer: Member, purpose: str, row: CameHome, grant: Grant | None, snapshot: int, by: Actor
) -> None:
    ensure_fresh(home)
    foreign = row.owner != viewer
    seen, asked = details([COLUMN], snapshot, 1), {"script": row.code, "asked_by": by.label}
    salts = [secrets.token_bytes(leaves.SALT_BYTES) for _ in range(2)]
    keys: dict[str, Any] = {
        "purpose": purpose, "mode": "view", "columns": [COLUMN], "snapshot": str(snapshot), "rows": "1",
        "detail": leaves.commit(seen, salts[0]), "strategy": leaves.commit(asked, salts[1]),
    }  # fmt: skip
    if foreign and grant is not None:
        keys |= {"agreement": grant.agreement, "terms": grant.terms_hash}
    readers = [row.owner.reader, *([viewer.reader] if foreign else [])]
    with transaction.atomic():
        journal.record(
            log=row.owner.key, type="view", keys=keys, owner=row.owner.key, rows=1,
            recipient=viewer.key if foreign else "", sealed_shared=leaves.seal(seen, salts[0], readers),
            sealed_strategy=leaves.seal(asked, salts[1], [viewer.reader]),
        )  # fmt: skip
