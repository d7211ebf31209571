"""A day of one canvasser that went faster than anybody walks and talks."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from commonroll.field.flags import MAY_BE, Flag, Knock

TOGETHER, TYPING = timedelta(seconds=30), timedelta(seconds=120)
"""Records that follow each other within so long, and are so long in all, were typed in together: their doors
were walked to before the first of them."""

RUNNING = 2.2
"""Metres a second between doors that nobody walks for long: 8 km/h, as the crow flies."""

WALKING = 1.8
AT_DOOR, AT_TALK, AT_NEXT_UNIT = 15.0, 45.0, 5.0
"""A brisk walk, and the seconds that a door, a conversation and the next flat of a building take at least."""

LEAST_DOORS = 8
"""Doors of a stretch that is looked at: of fewer a break or a clock says as much as the walk."""

MARGIN = 1.15
"""A stretch takes this much less time than it needs before it is asked about."""

IN_A_MINUTE = 9
"""Different buildings within one minute."""

AT_ONCE, LEAST_AT_ONCE, SHARE_AT_ONCE = timedelta(minutes=6), 15, 0.7
"""Of a day's doors this share, and so many at least, within this time."""


def of_day(who: str, day: date, walk: Sequence[Knock], zone: tzinfo) -> Iterator[Flag]:
    at_once = _at_once(walk)
    if at_once is not None:
        yield _together(who, day, walk, at_once, zone)
    elif (minute := _minute(walk)) is not None:
        yield _in_a_minute(who, day, minute, zone)
    walk = [one for one in walk if one not in at_once] if at_once is not None else walk
    slow = _worst(walk, _afoot)
    if slow is not None:
        yield _pace(who, day, slow, zone)
    else:
        talked = _worst(walk, _needed)
        if talked is not None and any(one.result == "talked" for one in talked.knocks):
            yield _fast_talk(who, day, talked, zone)


@dataclass(frozen=True)
class _Stretch:
    """Doors walked to after `since` and recorded until `until`, and the seconds that takes at the least."""

    knocks: Sequence[Knock]
    since: datetime
    until: datetime
    metres: float
    needed: float

    @property
    def took(self) -> float:
        return max((self.until - self.since).total_seconds(), 1)

    @property
    def haste(self) -> float:
        """How much more time it needs than it took."""
        return round(self.needed / self.took, 6)


def _bursts(walk: Sequence[Knock]) -> list[list[Knock]]:
    """Records that were typed in together."""
    found: list[list[Knock]] = []
    for one in walk:
        last = found[-1] if found else []
        if last and one.at - last[-1].until <= TOGETHER and one.until - last[0].at <= TYPING:
            found[-1].append(one)
        else:
            found.append([one])
    return found


def _worst(walk: Sequence[Knock], needs: Any) -> _Stretch | None:
    """The stretch that took least of the time that it needs; None where each took as long as it must.

    It begins with the end of something typed in: what was typed in together was walked before.
    """
    bursts, worst = _bursts(walk), None
    for first in range(len(bursts) - 1):
        since, last, knocks = bursts[first][-1].until, bursts[first][-1], []
        metres, needed = 0.0, 0.0
        for burst in bursts[first + 1 :]:
            for one in burst:
                more = _apart(last, one)
                metres, needed = metres + more, needed + needs(last, one, more)
                knocks.append(one)
                last = one
            if len(knocks) >= LEAST_DOORS:
                found = _Stretch(tuple(knocks), since, max(one.until for one in burst), metres, needed)
                if found.haste > MARGIN and (worst is None or found.haste > worst.haste):
                    worst = found
                if len(knocks) >= 3 * LEAST_DOORS:
                    break
    return worst


def _apart(one: Knock, other: Knock) -> float:
    """Metres between two doors as the crow flies, which is less than anybody walks; 0 where nobody knows."""
    if one.place is None or other.place is None or one.cut != other.cut or other.car:
        return 0.0
    return math.dist(one.place, other.place)


def _afoot(last: Knock, one: Knock, metres: float) -> float:
    return metres / RUNNING


def _needed(last: Knock, one: Knock, metres: float) -> float:
    at_door = AT_TALK if one.result == "talked" else AT_DOOR
    if one.building == last.building and one.result != "talked":
        at_door = AT_NEXT_UNIT
    return metres / WALKING + at_door


def _at_once(walk: Sequence[Knock]) -> Sequence[Knock] | None:
    """Most of the day's doors within a few minutes, at its end; None where they came as somebody walks."""
    last = walk[-1].at
    found = [one for one in walk if last - one.at <= AT_ONCE]
    some = len(_buildings(found)) >= LEAST_AT_ONCE
    return found if some and len(found) >= SHARE_AT_ONCE * len(walk) else None


def _minute(walk: Sequence[Knock]) -> Sequence[Knock] | None:
    """The minute with most buildings, where they are more than anybody passes in one."""
    best: Sequence[Knock] = ()
    first = 0
    for at, one in enumerate(walk):
        while one.at - walk[first].at > timedelta(minutes=1):
            first += 1
        if len(_buildings(walk[first : at + 1])) > len(_buildings(best)):
            best = walk[first : at + 1]
    return best if len(_buildings(best)) >= IN_A_MINUTE else None


def _buildings(walk: Iterable[Knock]) -> set[tuple[int, Hashable]]:
    return {(one.cut, one.building) for one in walk}


def _together(who: str, day: date, walk: Sequence[Knock], at_once: Sequence[Knock], zone: tzinfo) -> Flag:
    received = max(one.received for one in at_once) - min(one.received for one in at_once)
    numbers = {
        "doors": len(at_once), "of": len(walk), "minutes": _minutes(at_once[-1].at - at_once[0].at),
        "from": _clock(at_once[0].at, zone), "to": _clock(at_once[-1].at, zone), "came": received <= AT_ONCE,
    }  # fmt: skip
    came = "They reached the site together too." if received <= AT_ONCE else ""
    said = (
        f"{len(at_once)} of {len(walk)} doors of {_day(day)} were recorded within {numbers['minutes']} "
        f"minutes, from {numbers['from']} to {numbers['to']}, and nothing after. {came}"
    ).strip()
    return Flag("together", who, day, said, MAY_BE["together"], numbers)


def _in_a_minute(who: str, day: date, minute: Sequence[Knock], zone: tzinfo) -> Flag:
    many, at = len(_buildings(minute)), _clock(minute[0].at, zone)
    said = f"On {_day(day)} at {at}, {many} different buildings were recorded within one minute."
    return Flag("minute", who, day, said, MAY_BE["minute"], {"buildings": many, "at": at})


def _pace(who: str, day: date, found: _Stretch, zone: tzinfo) -> Flag:
    speed = found.metres / found.took
    numbers = _stretch(found, zone) | {"kmh": round(speed * 3.6, 1), "brisk": round(WALKING * 3.6, 1)}
    said = (
        f"On {_day(day)} from {numbers['from']} to {numbers['to']}, {numbers['doors']} doors lie "
        f"{numbers['metres']:,} m apart as the crow flies: {numbers['kmh']} km/h without a stop. "
        f"Who walks briskly does {WALKING * 3.6:.1f}."
    )
    return Flag("pace", who, day, said, MAY_BE["pace"], numbers)


def _fast_talk(who: str, day: date, found: _Stretch, zone: tzinfo) -> Flag:
    numbers = _stretch(found, zone)
    numbers["talks"] = sum(one.result == "talked" for one in found.knocks)
    numbers["least_minutes"] = round(found.needed / 60, 1)
    numbers |= {"at_talk": round(AT_TALK), "at_door": round(AT_DOOR)}
    talks = numbers["talks"]
    said = (
        f"On {_day(day)} from {numbers['from']} to {numbers['to']}, {numbers['doors']} doors with {talks} "
        f"conversation{'' if talks == 1 else 's'} took {numbers['minutes']} minutes. The way, {AT_TALK:.0f} "
        f"seconds a conversation and {AT_DOOR:.0f} at other doors come to {numbers['least_minutes']}."
    )
    return Flag("fast_talk", who, day, said, MAY_BE["fast_talk"], numbers)


def _stretch(found: _Stretch, zone: tzinfo) -> dict[str, Any]:
    return {
        "doors": len(found.knocks), "metres": round(found.metres),
        "minutes": _minutes(found.until - found.since),
        "from": _clock(found.since, zone), "to": _clock(found.until, zone),
    }  # fmt: skip


def _minutes(took: timedelta) -> float:
    return round(took.total_seconds() / 60, 1)


def _clock(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"
