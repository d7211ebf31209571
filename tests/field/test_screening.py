"""Flags: each fires on what it is for, says its numbers, and is silent over honest walks."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from bench.synth_walks import at_once, at_the_end, few_together, honest, invented, turfs

from commonroll.field.flags import Flag, Knock, Said
from commonroll.field.screening import screened
from commonroll.field.unlike_others import at_least

START = datetime(2026, 10, 4, 14, 0, tzinfo=UTC)


def street(
    count: int, *, every: float, apart: float = 20, talk: int = 0, who: str = "Ann", first: float = 0
) -> list[Knock]:
    """Doors in a row, so many seconds and metres from each other; every `talk`-th talks."""
    found = []
    for n in range(count):
        at = START + timedelta(seconds=first + n * every)
        result = "talked" if talk and n % talk == 0 else "not_home"
        found.append(
            Knock(
                who,
                1,
                1,
                at,
                at,
                at + timedelta(seconds=5),
                building=n,
                place=(n * apart, 0.0),
                result=result,
            )
        )
    return found


def answers(who: str, given: str) -> list[Said]:
    return [Said(who, 1, "gov", answer) for answer in given]


def rules(knocks: list[Knock], said: list[Said] | None = None) -> list[str]:
    return [flag.rule for flag in screened(knocks, said or [], UTC)]


OTHERS = street(80, every=90, talk=4, who="Bob")


@pytest.mark.parametrize(
    ("knocks", "asked"),
    [
        (street(40, every=60), []),
        (street(40, every=60, talk=3), []),
        (street(30, every=40, apart=200), ["pace"]),
        (street(30, every=40, apart=200, talk=3), ["pace"]),
        ([replace(one, car=True) for one in street(30, every=40, apart=200)], []),
        ([replace(one, typed=True) for one in street(30, every=1)], []),
        ([replace(one, building=1) for one in street(30, every=5, apart=0)], []),
        (street(30, every=2), ["together"]),
        (street(10, every=3) + street(40, every=60, first=3600), ["minute"]),
        (street(30, every=35, talk=1), ["fast_talk"]),
        (street(30, every=90, talk=1), []),
        (street(40, every=90, talk=1) + OTHERS, ["talk_share"]),
        (street(40, every=90, talk=4) + OTHERS, []),
        (street(20, every=90, talk=1) + OTHERS, []),
        (street(6, every=1), []),
    ],
    ids=[
        "a door a minute", "some of them talk", "200 m in 40 s", "asked once, not twice", "by car",
        "from paper", "flats of one house", "all at the end", "ten in a minute", "talk in half a minute",
        "talk in a minute", "everybody talks", "a quarter, as with others", "too few to say", "six doors",
    ],
)  # fmt: skip
def test_what_is_asked_about(knocks: list[Knock], asked: list[str]) -> None:
    assert rules(knocks) == asked


def test_one_answer_for_nearly_everybody() -> None:
    others = answers("Bob", "11112222333344445555" * 3)
    assert rules([], answers("Ann", "1" * 20) + others) == ["same_answers"]
    assert rules([], answers("Ann", "1" * 18 + "23") + others) == ["same_answers"]
    assert rules([], answers("Ann", "12345" * 4) + others) == []
    assert rules([], answers("Ann", "1" * 10) + others) == []
    assert rules([], answers("Ann", "1" * 20)) == []
    assert rules([], answers("Ann", "1" * 20) + answers("Bob", "1" * 58 + "23")) == []


def test_a_flag_says_its_numbers_and_what_it_may_be() -> None:
    (flag,) = screened(street(30, every=40, apart=200), [], UTC)
    assert flag.sentence.startswith("On 4 October from 14:00 to 14:05, 8 doors lie 1,600 m apart")
    assert "18.0 km/h" in flag.sentence and flag.may_be and flag.key == "pace 2026-10-04 Ann"
    (said,) = screened([], answers("Ann", "1" * 20) + answers("Bob", "12345" * 12), UTC)
    assert "20 of 20 people" in said.sentence and "20 of 100 gave it" in said.sentence


def test_any_order_gives_the_same_flags() -> None:
    knocks, said = street(60, every=30, apart=150, talk=2) + OTHERS, answers("Ann", "1" * 20)
    mixed = list(knocks)
    random.Random(5).shuffle(mixed)
    assert screened(mixed, said, UTC) == screened(knocks, said, UTC) != []


def test_how_likely_so_many_are() -> None:
    assert at_least(0, 9, 0.3) == pytest.approx(1) and at_least(2, 2, 0.5) == pytest.approx(0.25)
    assert at_least(3, 3, 1.0) == 1.0


def test_honest_days_are_left_alone_and_made_up_ones_are_not() -> None:
    """Few of each: the rates over many are bench/bench_screening.py's."""
    rng, places = random.Random(3), [one for one in turfs(1_000, 3) if len(one) >= 30][:6]
    days, of = [], Counter[str]()
    for day, habit in enumerate((at_once, few_together)):
        days += [honest(rng, f"w{turf}", turf, one, habit, day) for turf, one in enumerate(places)]
    days += [
        invented(rng, manner, 0, places[0], manner, 5) for manner in ("quick", "steady", "anyhow")
    ] + [honest(rng, "typist", 1, places[1], at_the_end, 6)]  # fmt: skip
    flags: list[Flag] = screened([k for d in days for k in d.knocks], [s for d in days for s in d.said], UTC)
    of.update(flag.canvasser for flag in flags)
    assert {"quick", "steady", "anyhow", "typist"} <= set(of)
    assert sum(many for who, many in of.items() if who.startswith("w")) <= 1
