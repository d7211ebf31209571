"""Which turfs of a cut fit a walker: how much time, how far, on what, up which stairs, from where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from commonroll.errors import Refusal
from commonroll.field.capacity import RIDDEN
from commonroll.field.files import DEGREE
from commonroll.field.joined import A_MINUTE, DRIVEN
from commonroll.server.models import Turf
from commonroll.server.turf_checks import is_long, is_short

WAYS = {"": "on foot", "short": "who cannot walk far", "bike": "on a bike"}
"""How a walker gets about."""

MOST_MINUTES = 1_440


@dataclass(frozen=True)
class Walker:
    """What somebody can do: `minutes` of time (0: does not matter), `way` of WAYS, `flats` whether stairs are
    no trouble, `near` a latitude and longitude to start from."""

    minutes: int = 0
    way: str = ""
    flats: bool = True
    near: tuple[float, float] | None = None

    @property
    def any(self) -> bool:
        """Whether every turf fits as well as the next."""
        return self == Walker()


@dataclass(frozen=True)
class Fit:
    """A turf that fits, and by what: `metres` from the walker's place where there is one."""

    turf: Turf
    words: str
    metres: int | None


def fitting(walker: Walker, turfs: Sequence[Turf], usual: float) -> list[Fit]:
    """Turfs that fit, the best first: the nearest where a place was given, else the fullest use of the time,
    the longest way for a bike, the shortest for who cannot walk far. `usual`: the cut's usual walk, of all
    its turfs, whichever are free."""
    return sorted((_fit(walker, one) for one in turfs if _fits(walker, one, usual)), key=_order(walker))


def why_none(walker: Walker, turfs: Sequence[Turf], usual: float) -> str:
    """Where no turf fits: how many would without each of the wishes, in words."""
    if not turfs:
        return "Every turf is in somebody's hands."
    without = {
        "with more time": Walker(0, walker.way, walker.flats),
        "for anybody on foot": Walker(walker.minutes, "", walker.flats),
        "with flats": Walker(walker.minutes, walker.way),
    }
    counted = {words: sum(_fits(other, one, usual) for one in turfs) for words, other in without.items()}
    said = [f"{many:,} {words}" for words, many in counted.items() if many]
    return "It would be " + ", or ".join(said) + "." if said else "Several wishes are in the way at once."


def _fits(walker: Walker, one: Turf, usual: float) -> bool:
    """A turf whose round is not known fits nobody who asks for one."""
    takes = _minutes(walker, one)
    time = not walker.minutes or (takes is not None and takes <= walker.minutes)
    short = walker.way != "short" or is_short(one, usual)
    bike = walker.way != "bike" or is_long(one, usual)
    return time and short and bike and (walker.flats or not one.units)


def _minutes(walker: Walker, one: Turf) -> float | None:
    """What a turf takes, for who rides its ways where the walker has a bike."""
    if one.minutes is None or one.metres is None or walker.way != "bike":
        return one.minutes
    at_doors = one.cut.at_door * one.doors
    driven = max(one.minutes - at_doors - one.metres / A_MINUTE, 0) * DRIVEN
    return at_doors + (one.metres + driven) / RIDDEN


def _fit(walker: Walker, one: Turf) -> Fit:
    away = None if walker.near is None else round(metres_from(walker.near, one))
    takes = _minutes(walker, one)
    said = [
        f"{takes:,.0f} minutes" if takes is not None else "",
        f"{one.metres:,} m" if one.metres is not None else "",
        "by car" if one.car else "",
        "" if one.units else "no flats",
        "" if away is None else f"{away:,} m away",
    ]
    return Fit(one, ", ".join(words for words in said if words), away)


def _order(walker: Walker):  # type: ignore[no-untyped-def]
    def key(fit: Fit) -> tuple[float, float, int]:
        metres = float(fit.turf.metres or 0)
        way = {"": -(fit.turf.minutes or 0.0), "short": metres, "bike": -metres}[walker.way]
        return (float(fit.metres or 0), way, fit.turf.number)

    return key


def metres_from(place: tuple[float, float], one: Turf) -> float:
    """Straight from a latitude and longitude to a turf's middle."""
    north = (one.latitude - place[0]) * DEGREE
    east = (one.longitude - place[1]) * DEGREE * math.cos(math.radians(place[0]))
    return math.hypot(north, east)


def read(given: dict[str, str], turfs: Sequence[Turf]) -> Walker:
    """A walker as a form says it: `time`, `way`, `flats` (`no`), `near` (coordinates, or a turf's number).

    Raises Refusal for what is neither.
    """
    minutes = given.get("time", "").strip()
    if minutes and not (minutes.isascii() and minutes.isdecimal() and 0 < int(minutes[:9]) <= MOST_MINUTES):
        raise Refusal(
            "The time is a number of minutes.", where="time",
            next_step=f"Say 1 to {MOST_MINUTES:,}, or nothing.",
        )  # fmt: skip
    way = given.get("way", "")
    return Walker(
        int(minutes or 0), way if way in WAYS else "", given.get("flats") != "no",
        _place(given.get("near", "").strip(), turfs),
    )  # fmt: skip


def _place(text: str, turfs: Sequence[Turf]) -> tuple[float, float] | None:
    if not text:
        return None
    number = text.lower().removeprefix("turf").strip()
    for one in turfs:
        if number == str(one.number):
            return one.latitude, one.longitude
    return degrees(text)


def degrees(text: str) -> tuple[float, float]:
    """Latitude and longitude as maps write them: 39.9612, -82.9988. Raises Refusal for anything else."""
    try:
        latitude, longitude = (float(part) for part in text.replace(";", ",").split(","))
    except ValueError:
        latitude = longitude = math.nan
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise Refusal(
            "A place is a latitude and a longitude.", where="the place", next_step="39.9612, -82.9988"
        ) from None
    return latitude, longitude
