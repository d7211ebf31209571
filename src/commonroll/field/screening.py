"""What times, places and answers of a walk make one ask about: flags that explain themselves.

A flag changes no number and punishes nobody. It says what was recorded, beside what is usual, and what
might explain it; whoever walked answers, and a lead settles it with a word. No position of a phone is used:
places are those of the doors, times those of the records.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Literal

Rule = Literal["pace", "minute", "together", "fast_talk", "same_answers", "talk_share"]

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

LEAST_ANSWERS, LEAST_OTHERS = 15, 30
LEAST_ATTEMPTS = 25
SURPRISE = 1e-3
"""What happens by chance alone less often than this is asked about: once in a thousand walks."""

STREETS_DIFFER = 0.12
"""Added to the share of others' answers: neighbours think alike."""

WALKERS_DIFFER = 0.03
"""Correlation of attempts of one walker: hour, street and manner. Shares of 25 of 100 differ by some 6."""


@dataclass(frozen=True)
class Knock:
    """A visit as it counts: when it was recorded (first and last), where (metres east and north, in any
    frame of its cut; None: not known), in which building. `typed`: on paper first: its time says nothing."""

    canvasser: str
    cut: int
    turf: int
    at: datetime
    until: datetime
    received: datetime
    building: Hashable
    place: tuple[float, float] | None
    result: str
    typed: bool = False
    car: bool = False


@dataclass(frozen=True)
class Said:
    """One answer that counts."""

    canvasser: str
    cut: int
    question: str
    answer: str


@dataclass(frozen=True)
class Flag:
    """What is asked about. `of`: the day, or the cut's number where all its days count together.
    `numbers` are those of the sentence; `may_be` says what might explain it."""

    rule: Rule
    canvasser: str
    of: date | int
    sentence: str
    may_be: str
    numbers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The same for the same question, whatever its numbers come to later."""
        return f"{self.rule} {self.of} {self.canvasser}"


MAY_BE: Mapping[Rule, str] = {
    "pace": "A bicycle, a car, two people with one phone, or doors noted on paper and typed in later.",
    "minute": "Nobody was home along a street, and it was noted for all its doors together.",
    "together": "No signal, rain, a phone kept in the pocket, or a paper list typed in afterwards.",
    "fast_talk": "Conversations noted later, or a question that most people answer at once.",
    "same_answers": "A street that thinks alike, or a list of people who are known to agree.",
    "talk_share": "A time of day at which people are home, a friendly building, another way of counting.",
}


def screened(knocks: Iterable[Knock], said: Iterable[Said], zone: tzinfo) -> list[Flag]:
    """All flags, by canvasser and day; the same records give the same flags in any order."""
    all_ = sorted(knocks, key=lambda one: (one.at, one.until, str(one.building)))
    days: dict[tuple[str, date], list[Knock]] = defaultdict(list)
    for one in all_:
        if not one.typed:
            days[one.canvasser, one.at.astimezone(zone).date()].append(one)
    found = [flag for (who, day), walk in days.items() for flag in _of_day(who, day, walk, zone)]
    found += _shares(all_)
    found += _same(said)
    return sorted(found, key=lambda flag: (flag.canvasser, str(flag.of), flag.rule))


# A day of one canvasser


def _of_day(who: str, day: date, walk: Sequence[Knock], zone: tzinfo) -> Iterator[Flag]:
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
        "from": _clock(at_once[0].at, zone), "to": _clock(at_once[-1].at, zone),
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
    numbers = _stretch(found, zone) | {"kmh": round(speed * 3.6, 1)}
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


# Against others


def _shares(knocks: Sequence[Knock]) -> Iterator[Flag]:
    """Whose share of talk is far from that of others at the same turf, or in the same cut where few were."""
    by: dict[int, dict[tuple[str, int], Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for one in knocks:
        tally = by[one.cut][one.canvasser, one.turf]
        tally["all"] += 1
        tally["talked"] += one.result == "talked"
    for cut, tallies in by.items():
        for who in sorted({who for who, _ in tallies}):
            flag = _share(who, cut, tallies)
            if flag is not None:
                yield flag


def _share(who: str, cut: int, tallies: Mapping[tuple[str, int], Counter[str]]) -> Flag | None:
    mine: Counter[str] = sum((tally for (other, _), tally in tallies.items() if other == who), Counter())
    turfs = {turf for other, turf in tallies if other == who}
    all_ = {key: tally for key, tally in tallies.items() if key[0] != who}
    near = {key: tally for key, tally in all_.items() if key[1] in turfs}
    enough = sum(tally["all"] for tally in near.values()) >= 2 * LEAST_OTHERS
    where, chosen = ("in the same turf", near) if enough else ("in the same cut", all_)
    others, walkers = sum(chosen.values(), Counter()), len({other for other, _ in chosen})
    if mine["all"] < LEAST_ATTEMPTS or others["all"] < 2 * LEAST_OTHERS:
        return None
    share, usual = mine["talked"] / mine["all"], (others["talked"] + 1) / (others["all"] + 2)
    spread = usual * (1 - usual) * (_wide(mine["all"], 1) + _wide(others["all"], walkers))
    z = (share - usual) / math.sqrt(spread)
    if math.erfc(abs(z) / math.sqrt(2)) > SURPRISE:
        return None
    numbers = {
        "talked": mine["talked"], "of": mine["all"], "percent": round(100 * share),
        "others_percent": round(100 * others["talked"] / others["all"]), "others": others["all"],
    }  # fmt: skip
    said = (
        f"{mine['talked']} of {mine['all']} attempts ended in talk: {numbers['percent']} of 100. For others "
        f"{where} it was {numbers['others_percent']} of 100, over {others['all']:,} attempts."
    )
    return Flag("talk_share", who, cut, said, MAY_BE["talk_share"], numbers)


def _wide(attempts: int, walkers: int) -> float:
    """Variance of a share of so many attempts by so many walkers, in units of p (1 - p)."""
    return (1 - WALKERS_DIFFER) / attempts + WALKERS_DIFFER / walkers


def _same(said: Iterable[Said]) -> Iterator[Flag]:
    """Who recorded one answer for nearly everybody, where others in the same cut heard several."""
    by: dict[tuple[int, str], dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for one in said:
        by[one.cut, one.question][one.canvasser][one.answer] += 1
    worst: dict[tuple[str, int], Flag] = {}
    for (cut, question), tallies in sorted(by.items()):
        for who, mine in sorted(tallies.items()):
            others: Counter[str] = sum((t for other, t in tallies.items() if other != who), Counter())
            flag = _one_answer(who, cut, question, mine, others)
            had = worst.get((who, cut))
            if flag and (had is None or flag.numbers["same"] > had.numbers["same"]):
                worst[who, cut] = flag
    yield from worst.values()


def _one_answer(who: str, cut: int, question: str, mine: Counter[str], others: Counter[str]) -> Flag | None:
    many, heard = mine.total(), others.total()
    if many < LEAST_ANSWERS or heard < LEAST_OTHERS:
        return None
    answer, same = min(mine.items(), key=lambda pair: (-pair[1], pair[0]))
    usual = others[answer] / heard
    if at_least(same, many, min(0.99, usual + STREETS_DIFFER)) > SURPRISE:
        return None
    numbers = {
        "question": question, "same": same, "of": many, "others_percent": round(100 * usual), "others": heard
    }  # fmt: skip
    words = (
        f"To the question {question}, {same} of {many} people gave one and the same answer. Of {heard:,} "
        f"whom others asked in the same cut, {numbers['others_percent']} of 100 gave it."
    )
    return Flag("same_answers", who, cut, words, MAY_BE["same_answers"], numbers)


def at_least(successes: int, trials: int, share: float) -> float:
    """How likely so many or more are of so many trials."""
    if share >= 1:
        return 1.0
    logs = (
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        + k * math.log(share) + (trials - k) * math.log1p(-share)
        for k in range(successes, trials + 1)
    )  # fmt: skip
    return min(1.0, sum(math.exp(log) for log in logs))


def _minutes(took: timedelta) -> float:
    return round(took.total_seconds() / 60, 1)


def _clock(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"
