"""Ballots under way at the site: Ohio loads its counties' files, Rivera calls on its voters."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from doorstep import Phone, hand, turf_of, voter
from walked import cut, walked
from world import MACHINE, World, agree

from commonroll.errors import Refusal
from commonroll.server.actions import ballot_lists, ballots, questions
from commonroll.server.behind import Doors
from commonroll.server.doorsteps import doorsteps
from commonroll.server.models import Load, Turf, TurfPerson
from ohio_ballots import board, day_file

pytestmark = pytest.mark.django_db

__all__ = ["walked"]


def coming() -> date:
    return timezone.localdate() + timedelta(days=5)


def load(world: World, tmp_path: Path, back: dict[str, str], name: str = "ballots1.csv") -> Load | None:
    """A day's file: every ballot was sent a month ago; `back`: whose came back, and what became of it."""
    today = timezone.localdate()
    sent, asked = today - timedelta(days=30), today - timedelta(days=60)
    ids = sorted({*board(settings.HOME.path), *back})
    rows = [f"{one},{asked},{sent},{today if one in back else ''},{back.get(one, '')}" for one in ids]
    path = day_file(tmp_path / name, rows)
    _, made = ballots.take(
        home=settings.HOME, to=world.member("oh"), paths=[path], election=coming(), as_of=today, by=MACHINE
    )
    return made


@pytest.fixture
def turf(world: World) -> Turf:
    agree("oh", "rivera", modes=["count", "view", "contact"])
    return turf_of(world.member("rivera"), world.member("oh"))


def test_a_load_is_in_the_owners_log_and_counts_by_county(world: World, tmp_path: Path) -> None:
    made = load(world, tmp_path, {})
    assert made is not None and made.state == Load.State.DONE and made.snapshot
    assert made.verdict == "accept"
    election, words = ballots.status(home=settings.HOME, of=world.member("oh"), election=None, by=MACHINE)
    assert election == coming()
    assert {word["returns"] for word in words} == {"unknown"} and sum(w["ballots"] for w in words) == 20
    assert made.report["lines"]["in"] == 20


def test_a_bad_day_is_refused_and_leaves_a_row_that_says_why(world: World, tmp_path: Path) -> None:
    path = day_file(tmp_path / "ballots1.csv", ["x"])
    (tmp_path / "voters.txt").write_text("nothing of ballots\n")
    for paths in ([tmp_path / "voters.txt"], [path]):
        with pytest.raises(Refusal):
            ballots.take(
                home=settings.HOME, to=world.member("oh"), paths=[*paths, tmp_path / "none.csv"],
                election=coming(), as_of=timezone.localdate(), by=MACHINE,
            )  # fmt: skip
    with pytest.raises(Refusal, match="owns no state"):
        ballots.take(
            home=settings.HOME, to=world.member("rivera"), paths=[path], election=coming(),
            as_of=timezone.localdate(), by=MACHINE,
        )  # fmt: skip


def test_ballots_are_shown_under_an_agreement_that_names_them(world: World, tmp_path: Path) -> None:
    load(world, tmp_path, {})
    where = f"ballot_status('{coming()}') = 'unknown'"

    def counted(viewer: str) -> int:
        found = questions.count(
            home=settings.HOME,
            viewer=world.member(viewer),
            purpose="gotv",
            where=where,
            by_columns=(),
            by=MACHINE,
        )
        return int(questions.as_dict(found)["total"])

    assert counted("oh") == 20
    for nobody in ("national", "rivera"):  # Bob shares other columns, Charlie has no agreement
        with pytest.raises(Refusal):
            counted(nobody)
    agree("oh", "rivera", columns=["voters.party", "ballot"])
    assert counted("rivera") == 20


def test_doors_of_those_who_have_voted_are_dropped_the_same_day(
    world: World, turf: Turf, tmp_path: Path
) -> None:
    def dropped(day: datetime) -> list[str]:
        return Doors(settings.HOME, turf, day).dropped()

    now = timezone.now()
    assert dropped(now) == []
    load(world, tmp_path, {voter(turf, "p1"): "", voter(turf, "p2"): "", voter(turf, "p3"): ""})
    assert dropped(now) == ["h1"]  # somebody behind h2 has not voted yet
    assert dropped(now + timedelta(days=9)) == []  # the election is over
    ann: Phone = hand(turf, "Ann")
    assert list(ann.send(ann.event("attempt")).drop) == ["h1"]
    second = {voter(turf, one): "" for one in ("p1", "p3", "p4")} | {voter(turf, "p2"): "SIGNATURE"}
    load(world, tmp_path, second, "ballots2.csv")
    assert dropped(now) == ["h2"]  # a rejected ballot is to be cured: that door is open
    turf.cut.purpose = "volunteer"
    assert Doors(settings.HOME, turf, now).voted == frozenset()


def test_who_votes_after_turf_was_cut_from_a_chase_list_is_called_on_no_more(
    walked: World, tmp_path: Path
) -> None:
    early, *_ = board(settings.HOME.path)
    load(walked, tmp_path, {early: ""})
    made = cut(walked, member="oh", where=f"ballot_status('{coming()}') IN ('sent', 'unknown')")
    assert 0 < made.people < 20, "those of the board's whose ballots are out"
    turf = made.turfs.order_by("number")[0]
    ann = hand(turf, "Ann")
    doorsteps(settings.HOME, ann.given, MACHINE)
    people = TurfPerson.objects.filter(household__turf=turf)
    called = {voter(turf, one.key): one.household.key for one in people.select_related("household")}
    assert early not in called and set(called) <= set(board(settings.HOME.path))
    voted = next(iter(called.values()))
    assert list(ann.send(ann.event("attempt", household=voted)).drop) == []
    behind = {one: "" for one, household in called.items() if household == voted}
    load(walked, tmp_path, {early: "", **behind}, "ballots2.csv")
    assert list(ann.send(ann.event("attempt", household=voted)).drop) == [voted]


def test_chase_and_cure_lists_say_as_of_when_and_by_whom(world: World, turf: Turf, tmp_path: Path) -> None:
    agree("oh", "national", columns=["voters.county_name", "ballot"], purposes=["persuasion"])
    load(world, tmp_path, {})
    home, day = settings.HOME, coming()
    given = {"home": home, "viewer": world.member("oh"), "purpose": "gotv", "election": day, "by": MACHINE}
    _, lines = ballot_lists.chase(**given)
    assert sum(one.chase for one in lines) == 0 and sum(one.unknown for one in lines) == 20
    some = board(home.path)
    load(world, tmp_path, {some[0]: "", some[1]: "SIGNATURE", some[2]: "LATE"}, "ballots2.csv")
    given |= {"viewer": world.member("national"), "purpose": "persuasion"}
    answer, lines = ballot_lists.chase(**given)
    assert 0 < sum(one.chase for one in lines) == 17 - sum(one.unknown for one in lines)
    assert {one.word.as_of for one in lines if one.word} == {timezone.localdate()}
    answer, cures = ballot_lists.cure(**given)
    [line] = cures
    assert (line.voters, line.until, line.who) == (1, None, "ask the county")
    assert answer.gaps  # Washington has agreed to no such thing
    with pytest.raises(Refusal):
        ballot_lists.cure(**given | {"viewer": world.member("rivera")})
