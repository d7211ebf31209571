"""Turf: cut from a governed question, receipted first, gone when its agreement ends, put away and back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from walked import ADDRESS, cut, walked
from world import MACHINE, PASSPHRASE, World, agree, shared_columns

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.server import turf_files
from commonroll.server.actions import agreement_events, turf
from commonroll.server.actor import Unknown
from commonroll.server.models import Agreement, Journal, TurfCut
from commonroll.server.pages.street_words import street

pytestmark = pytest.mark.django_db

__all__ = ["walked"]


@pytest.fixture
def walker(walked: World) -> Client:
    """Alice of Ohio cuts her own roll's doors."""
    return walked.client("alice")


def test_pages_from_nothing_to_a_drawing_and_back(walker: Client, bob: Client, charlie: Client) -> None:
    assert "No turf yet" in walker.get(reverse("turf")).content.decode()
    form = {"name": "Oakwood <1>", "size": "20", "by": "doors", "where": "status = 'active'"}
    made = walker.post(reverse("turf_make"), form, follow=True)
    body = made.content.decode()
    cut = TurfCut.objects.get()
    assert f"{cut.turfs.count():,} turfs" in body and "<polygon" in body and "Oakwood &lt;1&gt;" in body
    assert body.count('class="open"') == cut.doors
    for stranger in (bob, charlie):
        assert stranger.get(reverse("turf_cut", args=[cut.pk])).status_code == 404
        assert "&lt;1&gt;" not in stranger.get(reverse("turf")).content.decode()
        assert stranger.post(reverse("turf_put_away", args=[cut.pk])).status_code in (403, 404)
    gone = walker.post(reverse("turf_put_away", args=[cut.pk]), follow=True).content.decode()
    assert "is put away" in gone and "No turf yet" in gone
    assert "Put away" in walker.post(reverse("turf_back", args=[cut.pk]), follow=True).content.decode()
    again = walker.post(reverse("turf_make"), form)
    assert again.status_code == 400 and "of that name" in again.content.decode()
    for wrong in ({"size": "5"}, {"size": "x"}, {"where": "statsu = 1"}, {"name": " "}):
        assert walker.post(reverse("turf_make"), form | {"name": "Other"} | wrong).status_code == 400
    by_time = walker.post(
        reverse("turf_make"), form | {"name": "T", "size": "60", "by": "minutes"}, follow=True
    )
    assert "on foot" in by_time.content.decode()
    halves = walker.post(reverse("turf_make"), form | {"name": "H", "short": "2"}, follow=True)
    assert "suit a short walk (2 asked for)" in halves.content.decode()
    assert walker.post(reverse("turf_make"), form | {"name": "I", "bike": "9999"}).status_code == 400


@pytest.mark.parametrize(
    ("key", "words"),
    [("FOX HOLLOW RD SE", "Fox Hollow Rd SE"), ("N 1ST ST, ELM ST", "N 1st St, Elm St"), ("", "")],
)
def test_a_street_as_people_write_it(key: str, words: str) -> None:
    assert street(key) == words


def rows(path: Path) -> list[tuple[str, ...]]:
    with engine() as cursor:
        return cursor.execute(f"FROM read_parquet('{path}')").fetchall()


def test_every_door_is_in_one_turf_and_the_owner_was_told_first(walked: World) -> None:
    before = Journal.objects.filter(log="oh", type="contact").count()
    made = cut(walked)
    assert Journal.objects.filter(log="oh", type="contact").count() == before + 1
    receipt = Journal.objects.filter(log="oh", type="contact").latest("pk")
    assert set(ADDRESS) <= set(receipt.columns)
    assert not {"voters.residence_unit", "voters.first_name"} & set(receipt.columns)
    folder = walked.home.turf / made.folder
    assert {each.name for each in folder.iterdir()} == {
        "doors.parquet", "people.parquet", "turfs.parquet", "walks.parquet",
    }  # fmt: skip
    doors = rows(folder / "turfs.parquet")
    assert len({door for door, _ in doors}) == len(doors) == made.doors
    turfs = list(made.turfs.all())
    assert (
        sum(each.doors for each in turfs) == made.doors and sum(each.people for each in turfs) == made.people
    )
    assert made.versions.keys() == {"oh"} and len(made.agreements) == 1


def test_who_may_not_call_on_anybody_has_no_turf(walked: World) -> None:
    for member in ("wa", "national"):
        with pytest.raises(Refusal):
            cut(walked, member=member)
    assert not TurfCut.objects.exists() and not list(walked.home.turf.iterdir())


def test_without_places_it_says_what_to_bring(world: World) -> None:
    agree("oh", "rivera", modes=["count", "view", "contact"], columns=[*shared_columns(), "contact"])
    with pytest.raises(Refusal, match="walked to") as refused:
        cut(world)
    assert "geocode" in str(refused.value) and not TurfCut.objects.exists()


def test_the_doors_go_when_the_agreement_ends(walked: World) -> None:
    made = cut(walked)
    text = Agreement.objects.get(urn=made.agreements[0])
    agreement_events.revoke(
        home=walked.home, agreement=text, member=walked.member("oh"), cause="safety",
        passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip
    made.refresh_from_db()
    assert not made.folder and "over" in made.gone and not list(walked.home.turf.iterdir())
    assert made.turfs.count() > 0


def test_what_a_dead_process_left_goes(walked: World) -> None:
    made = cut(walked)
    dead, making = walked.home.turf / "dead", walked.home.turf / "making"
    for place in (dead, making, walked.home.turf / made.folder):
        place.mkdir(exist_ok=True)
        if place != making:
            os.utime(place, (1, 1))
    turf_files.sweep(walked.home)
    assert {place.name for place in walked.home.turf.iterdir()} == {"making", made.folder}


def test_a_cut_is_put_away_and_taken_back(walked: World) -> None:
    made = cut(walked)
    with pytest.raises(Refusal, match="of that name"):
        cut(walked)
    turf.put_away(cut=made, by=MACHINE)
    assert not turf.cuts(walked.member("rivera"))
    again = cut(walked)
    with pytest.raises(Refusal, match="of that name"):
        turf.take_back(cut=made, by=MACHINE)
    turf.put_away(cut=again, by=MACHINE)
    turf.take_back(cut=made, by=MACHINE)
    assert turf.cuts(walked.member("rivera")) == [(made, made.turfs.count())]


def test_a_cut_is_its_own_members_alone(walked: World) -> None:
    made = cut(walked)
    for member in ("oh", "national"):
        with pytest.raises(Unknown):
            turf.cut_of(member=walked.member(member), number=made.pk, by=MACHINE)
    assert turf.cut_of(member=walked.member("rivera"), number=made.pk, by=MACHINE) == made
    assert made.made_at <= timezone.now()
