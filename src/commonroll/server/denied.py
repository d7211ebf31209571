"""Refusals under an agreement: a row with the answer, one leaf per minute, owner, recipient and reason."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from commonroll.server import journal, members, turns, wall
from commonroll.server.models import Agreement, Denied
from commonroll.transparency import leaves
from commonroll.views.question import Gap, GapReason, Question, UsedOwner

REASONS: dict[GapReason, str] = {
    "not granted": "not-granted",
    "law forbids": "law-forbids",
    "noisy counts not yet available": "not-granted",
    "suspended": "suspended",
    "contact budget": "quota",
}
"""What the log calls each reason for which somebody was turned down; where an owner has nothing to give, as a
state that publishes no party, nobody was."""
COLUMNS_TOLD = 60
"""Columns that a leaf's details name at most: whoever asks for everything once a second fills no log."""
EACH_TOLD = 200
"""Times of a minute that a leaf's details name at most; `count` has all of them."""


class Group(NamedTuple):
    """What one leaf is about."""

    owner: str
    viewer: str
    agreement: str
    purpose: str
    mode: str
    reason: str
    minute: datetime


def of_gaps(question: Question, gaps: Iterable[Gap], used: Collection[str] = ()) -> None:
    """Keep, in the caller's transaction, who gave nothing though there is an agreement; others are no part of
    what the two deal with, and their logs stay without it. `used`: owners that gave what the terms allow, as
    list hygiene takes it, and turned nothing down."""
    now = timezone.now()
    Denied.objects.bulk_create(
        Denied(
            owner=gap.owner,
            viewer=question.viewer,
            agreement=_urn(gap.agreement),
            purpose=question.purpose,
            mode=question.mode,
            reason=REASONS[gap.reason],
            columns=sorted(gap.columns),
            at=now,
        )
        for gap in gaps
        if gap.agreement is not None and gap.reason in REASONS and gap.owner not in {question.viewer, *used}
    )


def of_quota(question: Question, used: UsedOwner) -> None:
    """Keep that an owner's quota turned the question down."""
    Denied.objects.create(
        owner=used.owner,
        viewer=question.viewer,
        agreement=used.agreement or "",
        purpose=question.purpose,
        mode=question.mode,
        reason="quota",
        at=timezone.now(),
    )


def _urn(number: int) -> str:
    return turns.kept(("agreement's urn", number), lambda: Agreement.objects.get(number=number).urn)


def _group(row: Denied) -> Group:
    minute = row.at.replace(second=0, microsecond=0)
    return Group(row.owner, row.viewer, row.agreement, row.purpose, row.mode, row.reason, minute)


@wall.node()
@transaction.atomic
def coalesce(*, now: datetime | None = None) -> int:
    """Fold the refusals of minutes that are over into journal leaves; returns the leaves written.

    The rows go with it: all that they said stands in the leaf, or is sealed for the two whom it concerns.
    """
    over = (now or timezone.now()).replace(second=0, microsecond=0)
    rows = sorted(Denied.objects.select_for_update().filter(at__lt=over), key=_group)
    entries = [_entry(group, list(found)) for group, found in groupby(rows, key=_group)]
    if entries:
        journal.record_all(entries, late=True)
        Denied.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(entries)


def _entry(group: Group, rows: Sequence[Denied]) -> journal.Entry:
    columns = sorted({column for row in rows for column in row.columns})
    said = {
        "columns": columns[:COLUMNS_TOLD],
        "at": [leaves.instant(row.at) for row in rows[:EACH_TOLD]],
    }
    salt, readers = secrets.token_bytes(leaves.SALT_BYTES), members.readers()
    keys: dict[str, Any] = {
        "reason": group.reason,
        "count": str(len(rows)),
        "agreement": group.agreement,
        "purpose": group.purpose,
        "mode": group.mode,
        "detail": leaves.commit(said, salt),
    }
    return journal.Entry(
        log=group.owner,
        type="denied",
        keys=keys,
        owner=group.owner,
        recipient=group.viewer,
        sealed_shared=leaves.seal(said, salt, [readers[group.owner], readers[group.viewer]]),
    )
