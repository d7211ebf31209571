"""Days put together for a chart: single ones, weeks or months, so that a few dozen bars tell a few years."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta

from django.utils import timezone

SHOWN = 30
"""Days that are shown where none are chosen."""
MOST_DAYS, MOST_WEEKS = 92, 2 * 53


@dataclass(frozen=True)
class Periods:
    """The days (UTC) from `first` to `last`, both within; `chosen` where somebody said from when."""

    first: date
    last: date
    chosen: bool

    @property
    def filters(self) -> dict[str, str]:
        """As the filters of a diary say it."""
        return {"since": self.first.isoformat(), "until": self.last.isoformat()}

    def from_first(self, day: date | None) -> Periods:
        """Without the long time before the first day on which there was something, if there was."""
        if (self.last - self.first).days < MOST_DAYS:
            return self
        begin = self.last - timedelta(days=SHOWN - 1)
        return replace(self, first=max(self.first, begin if day is None else min(day, begin)))

    @property
    def begins(self) -> list[date]:
        """The first day of each period."""
        return list(dict.fromkeys(map(self._begin, self._days())))

    @property
    def labels(self) -> list[str]:
        return [f"{day:%b %Y}" if self.kind == "month" else f"{day.day} {day:%b}" for day in self.begins]

    @property
    def title(self) -> str:
        """What a chart of it shows."""
        if not self.chosen:
            return f"Uses a {self.kind}, the last {SHOWN} days"
        return f"Uses a {self.kind}, {_words(self.first)} to {_words(self.last)}"

    def sums(self, days: Mapping[date, int]) -> list[int]:
        """One figure per period."""
        found = dict.fromkeys(self.begins, 0)
        for day, many in days.items():
            if self.first <= day <= self.last:
                found[self._begin(day)] += many
        return list(found.values())

    @property
    def kind(self) -> str:
        """What one of them is called."""
        days = (self.last - self.first).days + 1
        return "day" if days <= MOST_DAYS else "week" if days <= MOST_WEEKS * 7 else "month"

    @property
    def _begin(self) -> Callable[[date], date]:
        return {"day": _same, "week": _monday, "month": _month}[self.kind]

    def _days(self) -> Iterator[date]:
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)


def periods_of(since: str, until: str) -> Periods:
    """The days between two that were checked before (`2026-11-03`, or none given): of the last `SHOWN` where
    nothing is said; none where they are the wrong way round."""
    last = date.fromisoformat(until) if until else timezone.now().astimezone(UTC).date()
    begin = max(last, date.min + timedelta(days=SHOWN)) - timedelta(days=SHOWN - 1)
    first = date.fromisoformat(since) if since else begin
    return Periods(first, last, bool(since or until))


def _same(day: date) -> date:
    return day


def _monday(day: date) -> date:
    return day - timedelta(days=min(day.weekday(), (day - date.min).days))


def _month(day: date) -> date:
    return day.replace(day=1)


def _words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
