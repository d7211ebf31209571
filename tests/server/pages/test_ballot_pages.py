"""The page Ballots: returns by day, party and county, for whoever may ask about them."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from world import MACHINE, World, agree

from commonroll.errors import Refusal
from commonroll.server.actions import ballot_returns, ballots
from commonroll.server.models import Load
from ohio_ballots import board, day_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def days(world: World, tmp_path: Path) -> None:
    """Two elections, a year apart: of the earlier 6 came back, of this one 4 so far, 2 of them yesterday."""
    today = timezone.localdate()
    ids = board(settings.HOME.path)
    for day, back, as_of in (
        (today - timedelta(360), [20, 15, 8, 7, 6, 1], today - timedelta(355)),
        (today + timedelta(5), [5, 4, 1, 1], today),
    ):  # fmt: skip
        near = min(day, as_of)
        rows = [f"{one},{near - timedelta(60)},{near - timedelta(40)},," for one in ids[len(back) :]]
        rows += [
            f"{one},{near - timedelta(60)},{near - timedelta(40)},{near - timedelta(n)},"
            for one, n in zip(ids, back, strict=False)
        ]
        path = day_file(tmp_path / f"ballots{day}.csv", rows)
        ballots.take(
            home=settings.HOME, to=world.member("oh"), paths=[path], election=day, as_of=as_of, by=MACHINE
        )


def load_rejected(world: World) -> None:
    """The same day's file again, now with one ballot rejected."""
    today = timezone.localdate()
    path = settings.HOME.tmp / "ballots9.csv"
    sent = f"{today - timedelta(60)},{today - timedelta(40)}"
    ids = board(settings.HOME.path)
    rows = [f"{one},{sent},{today - timedelta(1) if n < 4 else ''},{'SIGNATURE' if n == 3 else ''}"
            for n, one in enumerate(ids)]  # fmt: skip
    ballots.take(
        home=settings.HOME, to=world.member("oh"), paths=[day_file(path, rows)], as_of=today, by=MACHINE,
        election=today + timedelta(5),
    )  # fmt: skip


def test_returns_are_set_beside_the_same_day_before(world: World, days: None) -> None:
    found = ballot_returns.returns(
        home=settings.HOME, viewer=world.member("oh"), purpose="gotv", election=None, by=MACHINE
    )
    assert found is not None and len(found.elections) == 2 and found.total == 4
    assert [(day.before, day.returned, day.so_far) for day in found.days if day.returned] == [
        (10, 1, 1), (9, 1, 2), (6, 2, 4),
    ]  # fmt: skip
    assert {day.before: day.earlier for day in found.days}[6] == (5,)  # 20, 15, 8, 7 and 6 days before
    assert sum(one.returned for one in found.parties) == 4
    assert sum(one.earlier[0] for one in found.parties) == 5
    assert {one.word.as_of for one in found.counties if one.word} == {timezone.localdate()}
    assert not any(one.stale for one in found.counties)
    text = ballot_returns.as_csv(found)
    assert text.splitlines()[0].startswith("day,days_before,returned,so_far,")


def test_after_election_day_the_days_alone_on_which_something_came() -> None:
    day = timezone.localdate()
    told = ballot_returns._Told(day, None, {}, {(2, "A"): 3, (-3, "A"): 1})  # type: ignore[arg-type]
    found = list(ballot_returns._days(told, [], day + timedelta(20)))
    assert [(one.before, one.so_far) for one in found] == [(2, 3), (1, 3), (0, 3), (-3, 4)]


def test_the_owner_sees_its_ballots_and_others_by_agreement(world: World, days: None) -> None:
    alice = world.client("alice")
    page = alice.get("/ballots/").content.decode()
    assert "4 ballots are back" in page and "County by county" in page and 'data-chart="' in page
    assert "No returns told: unknown" in page
    assert "<dt>To chase</dt>" in page and "their county tells no returns" in page
    assert alice.get("/ballots/returns.csv").content.decode().count("\n") > 5
    assert alice.get("/ballots/?election=1999-01-01").status_code == 200
    for person in ("bob", "charlie"):
        said = world.client(person).get("/ballots/").content.decode()
        assert "No ballots are here yet" in said and "are back" not in said
    load_rejected(world)
    page = alice.get("/ballots/").content.decode()
    assert "Who can cure, by days left" in page and "ask the county" in page
    assert "the signature does not look like the one on file" in page
    agree("oh", "rivera", columns=["voters.county_name", "ballot"])
    said = world.client("charlie").get("/ballots/").content.decode()
    assert "4 ballots are back" in said and "No owner here publishes or grants parties" in said


def test_a_county_without_a_file_for_three_days_is_marked(world: World, tmp_path: Path) -> None:
    today = timezone.localdate()
    rows = [f"{one},{today - timedelta(60)},{today - timedelta(40)},," for one in board(settings.HOME.path)]
    ballots.take(
        home=settings.HOME, to=world.member("oh"), paths=[day_file(tmp_path / "ballots1.csv", rows)],
        election=today + timedelta(5), as_of=today - timedelta(3), by=MACHINE,
    )  # fmt: skip
    page = world.client("alice").get("/ballots/").content.decode()
    assert "no file for three days" in page and "Nothing has come back yet" in page


def test_a_file_comes_in_by_the_page(world: World, tmp_path: Path) -> None:
    today = timezone.localdate()
    rows = [f"{one},{today - timedelta(60)},{today - timedelta(40)},," for one in board(settings.HOME.path)]
    path = day_file(tmp_path / "ballots1.csv", rows)
    given = {"election": str(today + timedelta(5)), "as_of": str(today)}
    alice = world.client("alice")

    def send(**more: str) -> HttpResponse:
        with path.open("rb") as opened:
            return alice.post("/ballots/load", {**given, **more, "files": opened})  # type: ignore[return-value]

    assert b"Load a day" in alice.get("/ballots/").content
    assert b"Load a day" not in world.client("violet").get("/ballots/").content
    assert send(as_of="2199-01-01").status_code == 400
    assert send().status_code == 302
    made = Load.objects.latest("created_at")
    ballots.run_uploaded(home=settings.HOME, load=made, by=MACHINE)
    assert made.state == Load.State.DONE and not Path(made.folder).exists()
    assert b"Accepted" in alice.get(f"/roll/loads/{made.pk}").content
    path.write_text(path.read_text().rsplit("\n", 3)[0] + "\n")
    for more, state in (({}, "refused"), ({"shorter": "yes"}, "done")):
        send(**more)
        made = Load.objects.latest("created_at")
        with suppress(Refusal):
            ballots.run_uploaded(home=settings.HOME, load=made, by=MACHINE)
        assert made.state == state
