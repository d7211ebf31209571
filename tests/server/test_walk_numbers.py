"""The page Field: numbers of a member's own walks, straight from its events, that add up."""

from __future__ import annotations

import csv
import io

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse
from field_walks import Walk, moved, walk
from world import MACHINE, World

from commonroll.cli import main
from commonroll.server.actions import walk_numbers

pytestmark = pytest.mark.django_db


@pytest.fixture
def walked(world: World) -> Walk:
    """Ann walks turf 1 of Rivera, Bob both: five doors, one of them by both, one conversation."""
    found = walk(world)
    found.knock("Ann", 1)
    found.knock("Ann", 2, "talked", minute=4, person=2)
    found.says("Ann", 2, minute=5)
    found.says("Ann", 2, "3", "tax", minute=6)
    found.knock("Bob", 2, minute=30, late=50)
    found.knock("Bob", 3, "refused", minute=33)
    found.knock("Bob", 1, turf=2, minute=12 * 60, late=7200)
    return found


def of(world: World, member: str = "rivera", **more: object) -> walk_numbers.Walked:
    return walk_numbers.walked(home=world.home, member=world.member(member), by=MACHINE, **more)  # type: ignore[arg-type]


def test_numbers_are_there_at_once_and_change_with_the_next_event(world: World, walked: Walk) -> None:
    assert walk_numbers.values(of(world).total) == [4, 5, 1, 2, 1, 0]
    walked.knock("Ann", 4, minute=40)
    assert of(world).total.doors == 5
    held = walked.knock("Ann", 5, minute=41, status="held")
    assert (of(world).total.doors, of(world).held) == (5, 1)
    held.status = "ok"
    held.save()
    assert (of(world).total.doors, of(world).held) == (6, 0)
    walked.record("Ann", "answer", {"question": "gov", "answer": "4"}, door=3, person=3, minute=42)
    walked.record("Bob", "answer", {"question": "gov", "answer": "2"}, door=3, person=3, minute=43)
    assert (of(world).total.answers, of(world).total.disputed) == (2, 1)


def test_tables_add_up_and_coverage_is_of_the_turf_that_a_door_is_in(world: World, walked: Walk) -> None:
    found = of(world, cut=walked.cut)
    by_who = {label: row.doors for label, row in walk_numbers.labelled(found, "canvasser")}
    assert by_who == {"Ann": 2, "Bob": 3} and found.tables["canvasser"].twice_doors == 1
    assert [label for label, _ in walk_numbers.labelled(found, "day")] == ["2026-10-04"]
    assert [label for label, _ in walk_numbers.labelled(found, "script")] == ["Doors, version 1"]
    assert [(one.number, one.attempted, one.talked, one.out) for one in found.turfs] == [
        (1, 3, 1, 2),
        (2, 1, 0, 1),
    ]
    assert [(one.attempted, one.doors) for one in found.cuts] == [(4, 12)]
    rows = list(csv.DictReader(io.StringIO(walk_numbers.as_csv(found))))
    for by in ("turf", "canvasser", "day", "script"):
        of_it = [row for row in rows if row["by"] == by]
        for name in walk_numbers.HEAD:
            assert sum(int(row[name]) for row in of_it[:-1]) == int(of_it[-1][name])


def test_a_member_sees_its_own_walks_alone(
    world: World, walked: Walk, alice: Client, bob: Client, charlie: Client
) -> None:
    for stranger in (alice, bob):
        body = stranger.get(reverse("field")).content.decode()
        assert "Nobody has been at a door yet" in body and "First pass" not in body and "Ann" not in body
        assert stranger.get(reverse("field"), {"cut": walked.cut.pk}).status_code == 404
        assert stranger.get(reverse("field_file")).content.decode().count("Ann") == 0
    mine = charlie.get(reverse("field"), {"cut": walked.cut.pk}).content.decode()
    assert "turf-map covered" in mine and "Turf 1: 3 of 6 doors" in mine and "−1" in mine and "2 h" in mine
    assert "America/New_York" in mine
    assert "Ann" in charlie.get(reverse("field_file")).content.decode()
    nothing = charlie.get(reverse("field"), {"from": "2026-10-05"}).content.decode()
    assert "Nothing was recorded on these days" in nothing
    assert charlie.get(reverse("field"), {"from": "yesterday"}).status_code == 400


def test_the_command_line_has_the_same_numbers(world: World, walked: Walk) -> None:
    said = CliRunner().invoke(main, ["field", "numbers", "--as", "rivera", "--by", "canvasser"])
    assert said.exit_code == 0 and "in several rows" in said.output and "Ann" in said.output
    assert "95 of 100 records" in said.output


def test_a_door_that_was_moved_and_answered_in_both_turfs_counts_once(world: World, walked: Walk) -> None:
    """The second door, where Ann was answered in turf 1, goes to turf 2 and is called at again."""
    before = of(world).total
    moved(walked, door=2)
    assert of(world).total == before
    walked.knock("Bob", 7, "talked", turf=2, minute=35, person=7)
    walked.says("Bob", 7, "2", turf=2, minute=36)  # within a day another answer: disputed, as in the vault
    found = of(world, cut=walked.cut)
    assert (found.total.doors, found.total.people) == (before.doors, before.people)
    assert (found.total.answers, found.total.disputed) == (1, 1)
    assert found.total.attempts == before.attempts  # Bob was at this door five minutes before
    walked.says("Ann", 7, "2", turf=2, minute=50)
    assert (of(world).total.answers, of(world).total.disputed) == (2, 0)
    assert [(one.number, one.attempted) for one in of(world, cut=walked.cut).turfs] == [(1, 2), (2, 2)]
