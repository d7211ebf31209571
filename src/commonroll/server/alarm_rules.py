"""Rules by which a use of an owner's rows is called unusual: data that the owner edits, each with its reason.

A rule looks at what the owner's own log says of a recipient, and at nothing else: never at what it asked for.
It knows what is unusual, not what is wrong; its words say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from commonroll.agreements.profile import PURPOSES
from commonroll.errors import Refusal

WINDOW = timedelta(days=30)
"""How far back a recipient's habits are looked for."""
HABIT = 3
"""Days on which a recipient worked at night, from which on it is its way."""
HOURS = 24


@dataclass(frozen=True)
class Number:
    """A number of a rule that the owner may change, with its bounds."""

    label: str
    default: int
    least: int
    most: int


@dataclass(frozen=True)
class Rule:
    """What a rule is called, why there is one, and its numbers."""

    title: str
    why: str
    numbers: Mapping[str, Number] = field(default_factory=dict)


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "volume": Rule(
            "Many rows in a day",
            "A copy of everything is taken once, in a hurry. A day is held against the largest day of the "
            "recipient's own 30 before.",
            {
                "times": Number("times its largest day", 3, 2, 100),
                "rows": Number("rows at least", 1_000, 1, 10_000_000),
            },
        ),
        "hour": Rule(
            "Work at night",
            "A stolen sign-in is used when nobody looks. It is not said of a recipient that worked at such "
            "hours on three of the 30 days before.",
            {
                "from": Number("from hour", 23, 0, 23),
                "to": Number("to hour", 5, 0, 23),
            },
        ),
        "recipient": Rule(
            "A new recipient", "The first use under an agreement shows whether it is what you signed."
        ),
        "purpose": Rule(
            "A new purpose",
            "A recipient that did one kind of work with your rows begins another, which its terms allow.",
        ),
        "ending": Rule(
            "An export before the end",
            "What leaves shortly before an agreement ends is used after it, unless the terms are renewed.",
            {"days": Number("days before the end", 14, 1, 365)},
        ),
        "denials": Rule(
            "Many refusals",
            "Refusals in a row are somebody who tries what the terms do not give, or a program gone wrong.",
            {"count": Number("refusals in an hour", 20, 1, 100_000)},
        ),
    }
)

Settings = Mapping[str, Mapping[str, int]]
"""Kind of rule -> its numbers, and `on`: 1 or 0."""


@dataclass(frozen=True)
class Past:
    """What a log says of a recipient before a day's new uses: whether it used the rows at all, what for, rows
    it took on each of the days before, hours of work of each of them, and of this day so far."""

    used: bool = False
    purposes: frozenset[str] = frozenset()
    taken: Mapping[date, int] = field(default_factory=dict)
    hours: Mapping[date, frozenset[int]] = field(default_factory=dict)
    today: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Uses:
    """A recipient's new uses of one day, where the owner is: purposes, hours, rows taken, refusals within the
    last hour; `ends`: number of an agreement under which rows were taken -> days until it ends."""

    day: date
    purposes: frozenset[str] = frozenset()
    hours: frozenset[int] = frozenset()
    taken: int = 0
    refused: int = 0
    ends: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Unusual:
    """A rule that speaks: its kind, what makes it another than the last one, and the figures it saw."""

    kind: str
    about: str
    saw: Mapping[str, Any]


def defaults() -> dict[str, dict[str, int]]:
    return {
        kind: {"on": 1, **{name: number.default for name, number in rule.numbers.items()}}
        for kind, rule in RULES.items()
    }


def checked(given: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """The rules as the owner wants them; raises Refusal that names the rule and its bounds."""
    return {kind: _checked(kind, given.get(kind, {})) for kind in RULES}


def _checked(kind: str, given: Mapping[str, Any]) -> dict[str, int]:
    found = {"on": int(bool(given.get("on")))}
    for name, number in RULES[kind].numbers.items():
        text = str(given.get(name, number.default)).strip().replace(",", "")
        if not (text.isascii() and text.isdecimal() and number.least <= int(text[:12]) <= number.most):
            raise Refusal(
                f"{RULES[kind].title.lower()}: “{number.label}” is no whole number that it can be",
                where=f"{kind}-{name}",
                next_step=f"give {number.least:,} to {number.most:,}",
            )
        found[name] = int(text)
    return found


def unusual(settings: Settings, past: Past, new: Uses) -> Iterator[Unusual]:
    """What the rules that are on have to say of a recipient's new uses."""
    for kind, look in _LOOKS.items():
        if settings[kind]["on"]:
            yield from look(settings[kind], past, new)


def _volume(rule: Mapping[str, int], past: Past, new: Uses) -> Iterator[Unusual]:
    rows = past.today + new.taken
    largest = max(past.taken.values(), default=0)
    # of somebody without a past, the rule of new recipients speaks
    if new.taken and past.used and rows >= rule["rows"] and rows >= rule["times"] * largest:
        yield Unusual("volume", f"{new.day}", {"rows": rows, "largest": largest})


def _hour(rule: Mapping[str, int], past: Past, new: Uses) -> Iterator[Unusual]:
    quiet = frozenset(_between(rule["from"], rule["to"]))
    nights = sum(1 for hours in past.hours.values() if hours & quiet)
    if (found := sorted(new.hours & quiet)) and nights < HABIT:
        yield Unusual("hour", f"{new.day}", {"hour": found[0], "nights": nights})


def _between(begin: int, end: int) -> Iterator[int]:
    for step in range((end - begin) % HOURS):
        yield (begin + step) % HOURS


def _recipient(rule: Mapping[str, int], past: Past, new: Uses) -> Iterator[Unusual]:
    if new.purposes and not past.used:
        yield Unusual("recipient", "", {})


def _purpose(rule: Mapping[str, int], past: Past, new: Uses) -> Iterator[Unusual]:
    if past.used:
        for purpose in sorted(new.purposes - past.purposes):
            yield Unusual("purpose", purpose, {"purpose": purpose})


def _ending(rule: Mapping[str, int], past: Past, new: Uses) -> Iterator[Unusual]:
    for number, days in sorted(new.ends.items()):
        if days <= rule["days"]:
            yield Unusual("ending", f"{number} {new.day}", {"agreement": number, "days": days})


def _denials(rule: Mapping[str, int], past: Past, new: Uses) -> Iterator[Unusual]:
    refused = past.refused + new.refused
    if new.refused and refused >= rule["count"]:
        yield Unusual("denials", f"{new.day}", {"count": refused})


_LOOKS = {
    "volume": _volume, "hour": _hour, "recipient": _recipient, "purpose": _purpose, "ending": _ending,
    "denials": _denials,
}  # fmt: skip


def words(kind: str, saw: Mapping[str, Any], who: str) -> str:
    """What was seen, in a sentence: what the log says, and that it may be as it should."""
    if kind == "volume":
        before = f"at most {saw['largest']:,} on a day" if saw["largest"] else "none"
        return f"{who} took {saw['rows']:,} rows in a day; in the 30 days before, {before}."
    if kind == "hour":
        return f"{who} worked with your rows at {saw['hour']}:00, at which it is seldom seen."
    if kind == "recipient":
        return f"{who} used your rows for the first time."
    if kind == "purpose":
        purpose = PURPOSES.get(saw["purpose"], saw["purpose"])
        return f"{who} used your rows for a purpose that is new to it: {purpose}."
    if kind == "ending":
        days = {0: "on its last day", 1: "a day before its end"}
        when = days.get(saw["days"], f"{saw['days']} days before its end")
        return f"{who} took rows under agreement {saw['agreement']}, {when}."
    return f"{who} was refused {saw['count']:,} times in an hour."


def local(at: datetime, zone: Any) -> tuple[date, int]:
    """Day and hour of a moment where the owner is."""
    there = at.astimezone(zone)
    return there.date(), there.hour
