"""Sums over a log's entries, so that a page of a long log reads few of them.

Each run of `CHUNK` entries that stand in the log is added up once: per day and shape (type, recipient,
agreement, purpose, columns) the uses and rows, of all and by county. Entries of a log do not change, so what
was added up is never wrong; what came since is read from the journal itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

from django.db.models import Max, Q, QuerySet

from commonroll.server import wall
from commonroll.server.models import USES, Journal, LogHead, Tally

CHUNK = 4_096
MOST_SINCE = 3 * CHUNK
SHAPE = ("type", "recipient", "agreement", "purpose", "columns")
_READ = (*SHAPE, "at", "rows", "counties")


@wall.node()
def run() -> int:
    """Add up what is new and whole in every log; how many runs of entries were."""
    return sum(_add(log) for log in LogHead.objects.values_list("log", flat=True))


def covered(log: str) -> int:
    """How many entries of a log are added up: those before this index."""
    last = Tally.objects.filter(log=log).aggregate(last=Max("chunk"))["last"]
    return 0 if last is None else (int(last) + 1) * CHUNK


def since(log: str) -> Q:
    """Which entries of a log are not added up.

    By their numbers where they are few: of a million entries the engine else walks all, in the order in which
    they are asked for.
    """
    rest = Q(index__isnull=True) | Q(index__gte=covered(log))
    few = Journal.objects.filter(rest, log=log).order_by().values_list("pk", flat=True)[: MOST_SINCE + 1]
    return Q(pk__in=list(few)) if len(few) <= MOST_SINCE else rest


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
        lines = [Tally(log=log, chunk=chunk, line=n, **sums) for n, sums in enumerate(_lines(log, chunk))]
        Tally.objects.bulk_create(lines, ignore_conflicts=True)
    return max(0, whole - begin)


def _lines(log: str, chunk: int) -> Iterable[dict[str, Any]]:
    first = chunk * CHUNK
    rows = Journal.objects.filter(log=log, index__gte=first, index__lt=first + CHUNK).order_by("index")
    found: dict[Hashable, dict[str, Any]] = {}
    for row in rows.values(*_READ):
        shape, at = {name: row[name] for name in SHAPE}, row["at"]
        day, taken = at.astimezone(UTC).date(), row["rows"] or 0
        for county in _counties(row):
            line = found.setdefault(
                (day, county, *map(str, shape.values())),
                {**shape, "day": day, "county": county, "many": 0, "taken": 0, "first_at": at, "last_at": at},
            )
            line |= {
                "many": line["many"] + 1, "taken": line["taken"] + taken,
                "first_at": min(line["first_at"], at), "last_at": max(line["last_at"], at),
            }  # fmt: skip
    return found.values()


def _counties(row: Mapping[str, Any]) -> Sequence[str]:
    """Under which a use is added up: all of them, and the counties of which it may have read rows."""
    if row["type"] not in USES:
        return (Tally.ALL,)
    return (Tally.ALL, *(row["counties"] or (Tally.ANY,)))
