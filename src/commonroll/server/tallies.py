"""Sums over a log's entries, so that a page of a log of millions answers at once.

Each run of `CHUNK` entries that stand in the log is added up once: per day and shape (type, parties,
agreement, purpose, columns, counties) the uses and rows. Entries of a log do not change, so what was added up
is never wrong; what came since is read from the journal itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from django.db.models import Count, Max, Min, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from commonroll.server import wall
from commonroll.server.models import Journal, LogHead, Tally

CHUNK = 4_096
SHAPE = ("type", "recipient", "agreement", "purpose", "columns", "counties")


@wall.node()
def run() -> int:
    """Add up what is new and whole in every log; how many runs of entries were."""
    return sum(_add(log) for log in LogHead.objects.values_list("log", flat=True))


def covered(log: str) -> int:
    """How many entries of a log are added up: those before this index."""
    last = Tally.objects.filter(log=log).aggregate(last=Max("chunk"))["last"]
    return 0 if last is None else (int(last) + 1) * CHUNK


def chunks(kept: QuerySet[Tally], below: int) -> Iterator[int]:
    """The runs in which these sums stand, newest first, those of entries before `below`."""
    found = kept.filter(chunk__lte=(below - 1) // CHUNK).order_by("-chunk")
    yield from found.values_list("chunk", flat=True).distinct()


def _add(log: str) -> int:
    last = Journal.objects.filter(log=log).aggregate(last=Max("index"))["last"]
    whole = (last + 1) // CHUNK if last is not None else 0
    begin = covered(log) // CHUNK
    for chunk in range(begin, whole):
        # the same run gives the same lines in the same order: of two that add it up, one is kept
        Tally.objects.bulk_create(
            [Tally(log=log, chunk=chunk, line=line, **sums) for line, sums in enumerate(_sums(log, chunk))],
            ignore_conflicts=True,
        )
    return max(0, whole - begin)


def _sums(log: str, chunk: int) -> list[dict[str, Any]]:
    first = chunk * CHUNK
    rows = Journal.objects.filter(log=log, index__gte=first, index__lt=first + CHUNK).order_by()
    days = rows.annotate(day=TruncDate("at", tzinfo=UTC)).values("day", *SHAPE)
    added = days.annotate(
        many=Count("pk"), taken=Coalesce(Sum("rows"), 0), first_at=Min("at"), last_at=Max("at"),
        place=Min("index"),
    )  # fmt: skip
    return [{key: one[key] for key in one if key != "place"} for one in added.order_by("place")]
