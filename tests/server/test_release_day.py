"""The day of release comes: what Rivera gathered at Ohio's doors is Ohio's too, and no other campaign's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from doorstep import hand, turf_of, voter
from test_attempts_kept import knock, stands
from test_folding import answer, rows, said
from world import MACHINE, PASSPHRASE, World, agree, shared_columns

from commonroll.server.actions import attempted, federation, folding, ledger, questions, releasing
from commonroll.server.models import Journal, Member
from commonroll.views.view import NothingGranted

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NAMED = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + 30 * DAY
MODES = ["count", "view", "contact"]
COLUMNS = [*shared_columns(), "responses.answered_on"]
READERS = ("rivera", "oh", "stone", "national")
SUPPORT = "answered('support_gov', '2')"
SPOKEN = "contacted_since('2020-01-01')"


@pytest.fixture
def gathered(world: World) -> list[str]:
    """Stone is Rivera's rival on the same terms. At three of Ohio's doors: an answer, two talks, nobody home;
    the voters who answered."""
    federation.add_member(
        home=world.home, key="stone", name="Stone", kind="campaign", state="", passphrase=PASSPHRASE,
        by=MACHINE,
    )  # fmt: skip
    for campaign in ("rivera", "stone"):
        agree("oh", campaign, modes=MODES, columns=COLUMNS, release=NAMED.date())
    turf = turf_of(world.member("rivera"), world.member("oh"))
    ann = hand(turf, "Ann")
    ann.send(
        answer(ann, "2"), knock(ann, "talked", person="p1"), knock(ann, "talked", "h2", person="p3"),
        knock(ann, "not_home", "h3"),
    )  # fmt: skip
    folding.run(world.home)
    attempted.run(world.home)
    return [voter(turf, "p1")]


def found_by(world: World, where: str) -> dict[str, int]:
    """How many of Ohio's voters each reader is told of; those to whom nothing is granted are left out."""
    told = {}
    for reader in READERS:
        try:
            counted = questions.count(
                home=world.home, viewer=world.member(reader), purpose="gotv", by=MACHINE,
                where=f"member = 'oh' AND {where}",
            )  # fmt: skip
        except NothingGranted:
            continue
        told[reader] = counted.total
    return told


def came_back(world: World, reader: str) -> list[tuple[int, int]]:
    """Answers and attempts that a recipient's ledger says came back, by owner."""
    lines = ledger.lines(home=world.home, of=world.member(reader), by=MACHINE)
    return [(one["answers_returned"], one["attempts_returned"]) for one in lines]


def test_before_the_day_all_of_it_is_the_gatherers_alone(world: World, gathered: list[str]) -> None:
    for now in (datetime.now(UTC), NAMED - DAY, NAMED - timedelta(seconds=1)):
        assert releasing.run(world.home, now) == {}
    assert found_by(world, SUPPORT) == {"rivera": 1, "oh": 0, "stone": 0, "national": 0}
    assert found_by(world, SPOKEN) == {"rivera": 2, "oh": 0, "stone": 0}
    assert not rows(world, "oh") and not rows(world, "oh", "attempts")
    assert not Journal.objects.filter(type="responses.returned").exists()


def test_on_the_day_the_owner_has_it_under_the_gatherers_name_and_no_rival_does(
    world: World, gathered: list[str]
) -> None:
    before = found_by(world, SUPPORT), found_by(world, SPOKEN)
    assert releasing.run(world.home, NAMED)["oh"] == len(rows(world, "rivera", "attempts")) + 1
    assert releasing.run(world.home, NAMED + DAY) == {}, "each row goes once"
    assert found_by(world, SUPPORT) == before[0] | {"oh": 1, "national": 1}, "whoever the terms give answers"
    assert found_by(world, SPOKEN) == before[1] | {"oh": 2}
    assert said(world, "oh") == said(world, "rivera") == {(gathered[0], "support_gov", "2")}
    assert stands(world, "oh") == stands(world, "rivera")
    for table in ("responses", "attempts"):
        assert {one["gathered_by"] for one in rows(world, "oh", table)} == {"rivera"}, "credited"
        for other in ("national", "wa", "stone"):
            assert not rows(world, other, table)
    receipts = Journal.objects.filter(log="oh", type="responses.returned")
    assert {one.recipient for one in receipts} == {"rivera"}
    assert [came_back(world, key) for key in ("rivera", "stone")] == [[(1, 4)], [(0, 0)]]


def test_it_never_crosses_the_line_between_coordinated_and_independent(
    world: World, gathered: list[str]
) -> None:
    assert releasing.release(world.home, world.member("rivera"), NAMED)["oh"]
    assert found_by(world, SUPPORT)["national"] == 1
    Member.objects.filter(key="national").update(conduct=Member.Conduct.INDEPENDENT)
    assert found_by(world, SUPPORT)["national"] == 0


def test_what_is_gathered_after_the_day_goes_at_once(world: World, gathered: list[str]) -> None:
    releasing.run(world.home, NAMED)
    ann = hand(turf_of(world.member("rivera"), world.member("oh"), "Later", first=4), "Ann")
    ann.send(answer(ann, "5"))
    folding.run(world.home)
    assert len(said(world, "oh")) == 1, "the days of this test's clock"
    assert releasing.run(world.home, NAMED + DAY) == {"oh": 1} and len(said(world, "oh")) == 2
