"""Live counts: one durable row per answer, one leaf per viewer, owner, agreement, purpose and minute."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import transaction
from django.utils import timezone

from commonroll.server import journal, wall
from commonroll.server.models import LiveCount
from commonroll.transparency import leaves

MINUTE = timedelta(minutes=1)
Group = tuple[str, str, str, str, str, int, datetime]


def _group(row: LiveCount) -> Group:
    minute = row.at.replace(second=0, microsecond=0)
    return row.owner, row.viewer, row.agreement, row.terms, row.purpose, row.snapshot, minute


@wall.node()
@transaction.atomic
def coalesce(*, now: datetime | None = None) -> int:
    """Fold live counts of minutes that are over into journal leaves; returns the leaves written."""
    over = (now or timezone.now()).replace(second=0, microsecond=0)
    waiting = LiveCount.objects.select_for_update().filter(journal__isnull=True, at__lt=over)
    rows = sorted(waiting, key=_group)
    groups = [(group, list(members)) for group, members in groupby(rows, key=_group)]
    for group, members in groups:
        _leaf(group, members)
    return len(groups)


def _leaf(group: Group, rows: Iterable[LiveCount]) -> None:
    owner, viewer, agreement, terms, purpose, snapshot, _ = group
    rows = list(rows)
    details = {"questions": [row.question for row in rows], "at": [leaves.instant(row.at) for row in rows]}
    keys: dict[str, Any] = {
        "purpose": purpose,
        "mode": "count",
        "columns": sorted({column for row in rows for column in row.columns}),
        "snapshot": str(snapshot),
        "questions": str(len(rows)),
        "detail": leaves.commit(details, secrets.token_bytes(leaves.SALT_BYTES)),
    }
    if agreement:
        keys |= {"agreement": agreement, "terms": terms}
    everywhere = any(not row.counties for row in rows)
    counties = () if everywhere else sorted({fips for row in rows for fips in row.counties})
    entry = journal.record(
        log=owner, type="count", keys=keys, owner=owner, recipient=viewer if agreement else "",
        counties=counties, late=True,
    )  # fmt: skip
    LiveCount.objects.filter(pk__in=[row.pk for row in rows]).update(journal=entry.pk)
