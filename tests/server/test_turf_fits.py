"""A walker says what it can do, and the free turfs that fit come best first."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from test_hand_outs import turf_of
from world import World

from commonroll.errors import Refusal
from commonroll.server.models import Turf, TurfCut
from commonroll.server.turf_checks import usual_walk
from commonroll.server.turf_fits import Walker, fitting, read, why_none


def turf(
    number: int, minutes: float | None, metres: int | None, *, units: int = 0, car: bool = False
) -> Turf:
    """A turf a hundredth of a degree further north for each number."""
    return Turf(
        cut=TurfCut(at_door=2.0), number=number, doors=50, people=80, minutes=minutes, metres=metres,
        units=units, car=car,
        latitude=40 + number / 100, longitude=-83.0,
    )  # fmt: skip


TURFS = [
    turf(1, 60, 500), turf(2, 90, 1_000, units=12), turf(3, 120, 1_000), turf(4, 127, 2_000),
    turf(5, 200, 9_000, car=True), turf(6, None, None),
]  # fmt: skip
USUAL = usual_walk(TURFS)
FITS = {
    "somebody with time for anything": (Walker(), [5, 4, 3, 2, 1, 6]),
    "two hours": (Walker(minutes=120), [3, 2, 1]),
    "two hours, no stairs": (Walker(minutes=120, flats=False), [3, 1]),
    "cannot walk far": (Walker(way="short"), [1]),
    "on a bike": (Walker(way="bike"), [5, 4]),
    "on a bike, under three hours": (Walker(minutes=180, way="bike"), [5, 4]),
    "on a bike, two hours": (Walker(minutes=120, way="bike"), [4]),
    "lives near turf 4": (Walker(near=(40.04, -83.0)), [4, 5, 3, 6, 2, 1]),
    "lives near turf 4, two hours": (Walker(minutes=120, near=(40.04, -83.0)), [3, 2, 1]),
    "half an hour": (Walker(minutes=30), []),
}


@pytest.mark.parametrize("who", FITS)
def test_who_gets_which(who: str) -> None:
    walker, expected = FITS[who]
    found = [fit.turf.number for fit in fitting(walker, TURFS, USUAL)]
    if walker.near:  # as far to one side as to the other: in any order
        away = [abs(number - 4) for number in found]
        assert sorted(found) == sorted(expected) and away == sorted(away)
    else:
        assert found == expected


def test_who_fits_does_not_hang_on_which_turfs_are_free() -> None:
    """What is short is short among all turfs of the cut, as its page says."""
    assert [fit.turf.number for fit in fitting(Walker(way="short"), TURFS[3:], USUAL)] == []
    assert fitting(Walker(way="short"), TURFS[3:], usual_walk(TURFS[3:])), "among these alone one would be"


def test_each_says_by_what_it_fits() -> None:
    words = {fit.turf.number: fit.words for fit in fitting(Walker(near=(40.0, -83.0)), TURFS, USUAL)}
    assert words[1] == "60 minutes, 500 m, no flats, 1,112 m away"
    assert words[2] == "90 minutes, 1,000 m, 2,224 m away"
    assert words[5] == "200 minutes, 9,000 m, by car, no flats, 5,560 m away"


def test_on_a_bike_the_ways_are_ridden() -> None:
    """Fifty doors of two minutes, and 2,000 m or 6,000 m at 200 m a minute; half an hour driven is 15 km."""
    words = {fit.turf.number: fit.words for fit in fitting(Walker(way="bike"), TURFS, USUAL)}
    assert words[4].startswith("111 minutes, 2,000 m")
    there = [turf(1, 60, 500), turf(2, 60, 500), turf(3, 60, 500), turf(4, 180, 6_000), turf(5, 210, 6_000)]
    assert [fit.words[:3] for fit in fitting(Walker(way="bike"), there, usual_walk(there))] == ["130", "205"]


def test_where_none_fits_it_says_which_wish_is_in_the_way() -> None:
    assert why_none(Walker(minutes=30), TURFS, USUAL) == "It would be 6 with more time."
    said = why_none(Walker(minutes=100, way="bike"), TURFS, USUAL)
    assert said == "It would be 2 with more time, or 2 for anybody on foot."
    assert why_none(Walker(minutes=30), [], USUAL) == "Every turf is in somebody's hands."
    several = why_none(Walker(minutes=10, way="bike", flats=False), [turf(1, 60, 500, units=3)], USUAL)
    assert several == "Several wishes are in the way at once."


BAD = (
    {"time": "-5"}, {"time": "1e9"}, {"time": "٣"}, {"near": "here"}, {"near": "91, 0"}, {"near": "nan, 1"},
)  # fmt: skip


@pytest.mark.parametrize("given_", BAD)
def test_what_cannot_be_read_is_said(given_: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refusal:
        read(given_, TURFS)
    assert refusal.value.next_step and next(iter(given_.values())) not in str(refusal.value.what)


def test_a_turf_is_a_place() -> None:
    assert read({"near": "turf 3"}, TURFS).near == read({"near": "3"}, TURFS).near == (40.03, -83.0)
    assert read({"near": "40.5; -83.25"}, TURFS).near == (40.5, -83.25)


@given(st.integers(0, 300), st.sampled_from(["", "short", "bike"]), st.booleans())
def test_whoever_wants_less_finds_no_less(minutes: int, way: str, flats: bool) -> None:
    one = {fit.turf.number for fit in fitting(Walker(minutes, way, flats), TURFS, USUAL)}
    assert one <= {fit.turf.number for fit in fitting(Walker(0, way, flats), TURFS, USUAL)}
    if way != "bike":  # whose time is another
        assert one <= {fit.turf.number for fit in fitting(Walker(minutes, "", flats), TURFS, USUAL)}
    assert one <= {fit.turf.number for fit in fitting(Walker(minutes, way, True), TURFS, USUAL)}


@pytest.mark.django_db
def test_the_page_finds_a_turf_for_somebody(world: World, charlie: Client, alice: Client) -> None:
    first = turf_of(world.member("rivera"))
    turf_of(world.member("rivera"), 2)
    Turf.objects.filter(pk=first.pk).update(minutes=45, metres=300)
    page = reverse("turf_out", args=[first.cut.pk])
    body = charlie.get(page, {"time": "60", "flats": "no"}).content.decode()
    assert "1 of 2 free turfs fit" in body and "45 minutes, 300 m, no flats" in body
    assert 'name="walker-1"' in body and 'name="walker-2"' not in body, "the form gives it at once"
    body = charlie.get(page, {"time": "30"}).content.decode()
    assert "No free turf fits" in body and "with more time" in body
    bad = charlie.get(page, {"near": "<b>"}).content.decode()
    assert "latitude and a longitude" in bad and "&lt;b&gt;" in bad and 'name="walker-2"' in bad
    assert alice.get(page, {"time": "60"}).status_code == 404
