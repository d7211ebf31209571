"""Walks of invented canvassers through the invented city: honest ones, and visits that nobody made."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from commonroll.field.atoms import along_streets
from commonroll.field.city import city
from commonroll.field.cut import cut
from commonroll.field.flags import Knock, Said
from commonroll.field.order.distances import Pavements, sides_of, stops_of, whole_centimetres
from commonroll.field.order.order import order

START = datetime(2026, 10, 3, 14, 0, tzinfo=UTC)
QUESTIONS = {"gov": "12345", "issue": "ABCDEF", "sign": "yn"}


@dataclass(frozen=True)
class Place:
    building: int
    x: float
    y: float


def turfs(doors: int, seed: int) -> list[list[Place]]:
    """The turfs of a city, each door by door in walking order."""
    made = city(doors, seed=seed, coverage=0.6)
    atoms = along_streets(made.streets, made.doors)
    turf = cut(atoms, seed=seed)[atoms.of_door]
    pavements, found = Pavements(made.streets), []
    for number in range(int(turf.max()) + 1):
        held = made.doors.take(turf == number)
        stops, of_stop = stops_of(held)
        walked = order(whole_centimetres(pavements.distances(stops)), sides=sides_of(stops), rounds=5)
        found.append([
            Place(int(held.building[i]), float(held.x[i]), float(held.y[i]))
            for at in walked for i in np.asarray(of_stop[at])
        ])  # fmt: skip
    return found


@dataclass
class Heard:
    """What one canvasser recorded in one day."""

    knocks: list[Knock]
    said: list[Said]


Habit = Callable[[random.Random, Sequence[tuple[float, Place, str]]], list[float]]
"""When each visit that really was at that second is recorded."""


def at_once(rng: random.Random, visits: Sequence[tuple[float, Place, str]]) -> list[float]:
    return [at for at, _, _ in visits]


def few_together(rng: random.Random, visits: Sequence[tuple[float, Place, str]]) -> list[float]:
    """After every third to fifth door, at a corner."""
    found: list[float] = []
    while len(found) < len(visits):
        some = visits[len(found) : len(found) + rng.randint(3, 5)]
        found += [some[-1][0] + 4 * n for n in range(len(some))]
    return found


def street_together(rng: random.Random, visits: Sequence[tuple[float, Place, str]]) -> list[float]:
    """Who was not home is noted for a whole stretch together; talk at once."""
    found, waiting = [0.0] * len(visits), []
    for n, (at, _, result) in enumerate(visits):
        waiting.append(n)
        if result == "talked" or len(waiting) >= 6:
            for many, one in enumerate(waiting):
                found[one] = at + 2 * many
            waiting = []
    for many, one in enumerate(waiting):
        found[one] = visits[-1][0] + 2 * many
    return found


def at_the_end(rng: random.Random, visits: Sequence[tuple[float, Place, str]]) -> list[float]:
    """From paper, at the end: asked about, and answered in a word."""
    return [visits[-1][0] + 5 * n for n in range(len(visits))]


def honest(
    rng: random.Random, who: str, turf: int, places: Sequence[Place], habit: Habit, day: int = 0, cut: int = 1
) -> Heard:
    """A walk in order: 1.1 to 1.6 m/s, half a minute at a door where nobody comes, one to five in talk."""
    speed, home = rng.uniform(1.1, 1.6), min(0.6, max(0.08, rng.gauss(0.25, 0.06)))
    at, last, visits = rng.uniform(0, 7200), places[0], []
    for place in places[: rng.randint(25, max(26, len(places)))]:
        at += 1.25 * float(np.hypot(place.x - last.x, place.y - last.y)) / speed
        roll = rng.random()
        result = "talked" if roll < home else "refused" if roll < home + 0.06 else "not_home"
        waits = (8, 15) if place.building == last.building and result != "talked" else (16, 45)
        at += min(900, rng.lognormvariate(4.6, 0.6)) + 15 if result == "talked" else rng.uniform(*waits)
        visits.append((at, place, result))
        if rng.random() < 0.01:
            at += rng.uniform(120, 900)
        last = place
    leans = [max(0.02, rng.gauss(w, 0.1)) for w in (0.45, 0.2, 0.15, 0.1, 0.1)]
    return _recorded(rng, who, turf, visits, habit(rng, visits), leans, day, cut)


def invented(
    rng: random.Random, who: str, turf: int, places: Sequence[Place], manner: str, day: int = 0, cut: int = 1
) -> Heard:
    """Visits that nobody made, from a chair. `quick`: a door each 4 to 15 s; `steady`: each 20 to 50 s;
    `anyhow`: in no order; `alike`: in honest time, one answer; `eager`: in honest time, two of three talk."""
    some = list(places)
    if manner == "anyhow":
        rng.shuffle(some)
    gaps = {"quick": (4, 15), "steady": (20, 50), "anyhow": (35, 120)}.get(manner, (60, 240))
    home = 0.65 if manner == "eager" else 0.35
    at, visits = rng.uniform(0, 7200), []
    for place in some:
        at += rng.uniform(*gaps)
        visits.append((at, place, "talked" if rng.random() < home else "not_home"))
    leans = [1.0, 0, 0, 0, 0] if manner == "alike" else [0.45, 0.2, 0.15, 0.1, 0.1]
    return _recorded(rng, who, turf, visits, at_once(rng, visits), leans, day, cut)


def _recorded(
    rng: random.Random, who: str, turf: int, visits: Sequence[tuple[float, Place, str]],
    times: Sequence[float], leans: Sequence[float], day: int, cut: int,
) -> Heard:  # fmt: skip
    knocks, said = [], []
    for (_, place, result), at in zip(visits, times, strict=True):
        when = START + timedelta(days=day, seconds=at)
        knocks.append(
            Knock(
                who,
                cut,
                turf,
                when,
                when,
                when + timedelta(seconds=5),
                place.building,
                (place.x, place.y),
                result,
            )
        )
        if result == "talked":
            for question, answers in QUESTIONS.items():
                weights = [leans[n % len(leans)] + (0.001 if n else 0) for n in range(len(answers))]
                said.append(Said(who, cut, question, rng.choices(answers, weights)[0]))
    return Heard(knocks, said)
