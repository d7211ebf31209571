"""What the entries of a diary come to: per agreement, and over time, as far as filters leave them.

Sums of entries that were added up before (`tallies`), and of the few that came since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date
from types import MappingProxyType
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from commonroll.server import tallies
from commonroll.server.actions import diary
from commonroll.server.actor import Actor
from commonroll.server.models import ROWS_LEFT, USES, Agreement, Journal, Member, Tally

NO: Mapping[str, str] = MappingProxyType({})
_LEFT = Q(type__in=ROWS_LEFT)
_OTHERS = Q(type__in=USES) & ~Q(recipient="")
"""Uses of an owner's rows by others."""


def uses_by_agreement(*, log: str, by: Actor, filters: Mapping[str, str] = NO) -> list[dict[str, Any]]:
    """Who used my data, per agreement: uses, rows that left, columns seen, first and last time."""
    diary.require(log, by)
    lines = _sums(log, filters, ("recipient", "agreement"))
    seen: dict[tuple[str, str], set[str]] = {}
    for recipient, urn, columns in _shapes(log, filters, ("recipient", "agreement", "columns")):
        seen.setdefault((recipient, urn), set()).update(columns)
    numbers = dict(Agreement.objects.values_list("urn", "number"))
    names = dict(Member.objects.values_list("key", "name"))
    return [
        {
            "recipient": one["recipient"], "urn": one["agreement"], "uses": one["uses"], "rows": one["left"],
            "columns": seen[one["recipient"], one["agreement"]], "first": one["first"], "last": one["last"],
            "number": numbers.get(one["agreement"]), "name": names.get(one["recipient"], ""),
        }
        for one in sorted(lines, key=lambda one: one["first"])
    ]  # fmt: skip


def choices(*, log: str, by: Actor) -> tuple[set[str], set[str]]:
    """Who used my data, and which columns of it, ever: what filters can name."""
    diary.require(log, by)
    shapes = list(_shapes(log, {}, ("recipient", "columns")))
    return {recipient for recipient, _ in shapes}, {one for _, columns in shapes for one in columns}


def uses_by_day(*, log: str, by: Actor, filters: Mapping[str, str] = NO) -> dict[str, dict[date, int]]:
    """Recipient -> day (UTC) -> uses."""
    diary.require(log, by)
    found: dict[str, dict[date, int]] = {}
    for one in sorted(
        _sums(log, filters, ("recipient", "day")), key=lambda one: (one["recipient"], one["day"])
    ):
        found.setdefault(one["recipient"], {})[one["day"]] = one["uses"]
    return found


def _sums(log: str, filters: Mapping[str, str], by: tuple[str, ...]) -> list[dict[str, Any]]:
    """uses, left (rows), first and last time of others' uses, per combination of `by`."""
    added, since = _parts(log, filters)
    old = added.values(*by).annotate(
        uses=Sum("many"), left=Sum("taken", filter=_LEFT), first=Min("first_at"), last=Max("last_at")
    )
    new = since.values(*by).annotate(
        uses=Count("pk"), left=Sum("rows", filter=_LEFT), first=Min("at"), last=Max("at")
    )
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in [*old, *new]:
        key = tuple(one[name] for name in by)
        found[key] = _both(found[key], one) if key in found else {**one, "left": one["left"] or 0}
    return list(found.values())


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {
        **one,
        "uses": one["uses"] + other["uses"],
        "left": one["left"] + (other["left"] or 0),
        "first": min(one["first"], other["first"]),
        "last": max(one["last"], other["last"]),
    }


def _shapes(log: str, filters: Mapping[str, str], names: tuple[str, ...]) -> Iterable[tuple[Any, ...]]:
    for rows in _parts(log, filters):
        yield from rows.values_list(*names).distinct()


def _parts(log: str, filters: Mapping[str, str]) -> tuple[QuerySet[Tally], QuerySet[Journal]]:
    """Others' uses that are added up, and those that came since."""
    entries = diary.chosen(log, filters).filter(_OTHERS, tallies.since(log))
    return (
        diary.summed(log, filters).filter(_OTHERS).order_by(),
        entries.annotate(day=TruncDate("at", tzinfo=UTC)).order_by(),
    )
