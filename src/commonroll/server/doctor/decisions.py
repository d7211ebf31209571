"""Decisions: each file is of an entry of the log, and its lines give the root that the entry names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from commonroll.server import decided
from commonroll.server.doctor.findings import Finding, Patient, Weight
from commonroll.server.models import Journal, Member
from commonroll.transparency import decisions

CHECK = "decisions"
LATE = timedelta(minutes=10)


def examine(patient: Patient) -> Iterator[Finding]:
    """Findings of each member's files of decisions."""
    for member in Member.objects.filter(left_at=None).order_by("key").values_list("key", flat=True):
        if patient.wants(member):
            yield from _of_member(patient, member)


def _of_member(patient: Patient, member: str) -> Iterator[Finding]:
    folder, where = patient.home.decisions / member, f"decisions/{member}"
    named = {decided.file_of(patient.home, row): row for row in _entries(member)}
    kept = set(decisions.kept(folder))
    gone = len(named.keys() - kept)
    if gone:
        yield Finding(
            CHECK, where, f"{gone} hours that the log names are not here: no decision of them can be shown",
            "put them back from a backup, unless they were deleted on purpose; the log verifies without them",
            Weight.NOTE,
        )  # fmt: skip
    for path in sorted(kept):
        yield from _file(path, named.get(path), f"{where}/{path.name}")
    begun = decisions.first(folder)
    if begun is not None and _is_late(str(begun["at"])):
        yield Finding(
            "pending", where, f"decisions wait for the log since {begun['at']}",
            "see whether `commonroll serve` runs; any command enters them too",
        )  # fmt: skip


def _entries(member: str) -> Iterator[Journal]:
    return Journal.objects.filter(log=member, type="decisions").iterator()


def _file(path: Path, row: Journal | None, where: str) -> Iterator[Finding]:
    found = decisions.lines(path)
    if decisions.hash_of(found).hex() != path.stem:
        yield Finding(
            CHECK, where, "the decisions are others than those that the log has the root of",
            "put the file back from a backup; keep this one, it shows that it was changed",
        )  # fmt: skip
    elif row is None:
        closing = path.with_name(decisions.CLOSING)
        waits = closing.exists()
        yield Finding(
            CHECK, where, "no entry of the log names these decisions: the database is older than they are",
            "enter them" if not waits else "run any command, which enters what waits, then the doctor again",
            mends="" if waits else "enter them with the next entries",
            mend=None if waits else partial(_put_back, path),
        )  # fmt: skip
    elif len(found) != int(json.loads(bytes(row.leaf))["count"]):
        yield Finding(CHECK, where, "the entry counts other decisions than are here", "see the log's entry")


def _put_back(path: Path) -> None:
    """Let the next closing enter them."""
    path.rename(path.with_name(decisions.CLOSING))


def _is_late(at: str) -> bool:
    ends = datetime.fromisoformat(at) + timedelta(hours=settings.DECISION_HOURS)
    return timezone.now() > ends + LATE
