"""Turfs changed by hand on the site: what nobody holds alone, undone, and nobody's else."""

from __future__ import annotations

import random
import re
import uuid
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from walked import cut, place
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.field import moves
from commonroll.field.walks import order_of
from commonroll.server.actions import turf_moves, walk_numbers
from commonroll.server.models import FieldEvent, HandOut, Turf, TurfCut, TurfHousehold, TurfPerson

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(world: World) -> TurfCut:
    """Ohio cuts its own roll's doors."""
    place(world)
    return cut(world, member="oh", where="status = 'active'")


def members(world: World, made: TurfCut) -> dict[int, set[int]]:
    folder = world.home.turf / made.folder
    return {one.number: set(order_of(folder, one.number).doors) for one in made.turfs.all()}


def handed(made: TurfCut, number: int, **more: object) -> HandOut:
    now = timezone.now()
    values = {"walker": "Ann", "by": "x", "made_at": now, "ends_at": now + timedelta(hours=4)} | more
    return HandOut.objects.create(member=made.member, turf=made.turfs.get(number=number), **values)


def test_blocks_move_on_the_page_and_back(world: World, made: TurfCut, alice: Client) -> None:
    one = reverse("turf_one", args=[made.pk, 1])
    body = alice.get(one).content.decode()
    to = int(re.findall(r'<option value="(\d+)">Turf', body)[0])
    before = members(world, made)
    folder = world.home.turf / made.folder
    block = next(b for b in moves.blocks(folder, turf_moves.size_of(made), [1]) if b.turf == 1)
    assert f'data-block="{block.id}"' in body and 'class="way"' in body
    sent = {"block": [block.id], "to": str(to)}
    done = alice.post(reverse("turf_blocks", args=[made.pk, 1]), sent, follow=True).content.decode()
    after = members(world, made)
    assert "Done: turf" in done and set(block.numbers) <= after[to]
    assert {n for n in before if before[n] != after.get(n)} <= {1, to}
    assert "1 block to turf" in done
    for row in made.turfs.all():
        assert (row.doors, row.metres) == (len(after[row.number]), round(order_of(folder, row.number).afoot))
    alice.post(reverse("turf_undo", args=[made.pk]), {"turf": "1"})
    assert members(world, made) == before and turf_moves.last(world.home, made) is None


def test_a_turf_is_divided_joined_and_cut_again_but_for_the_locked(
    world: World, made: TurfCut, alice: Client
) -> None:
    before = members(world, made)
    large = max(before, key=lambda number: len(before[number]))
    alice.post(reverse("turf_divide", args=[made.pk, large]), {"into": "2"})
    after = members(world, made)
    (fresh,) = set(after) - set(before)
    assert after[large] | after[fresh] == before[large]
    alice.post(reverse("turf_join", args=[made.pk, large]), {"with": str(fresh)})
    assert members(world, made) == before
    alice.post(reverse("turf_lock", args=[made.pk, 1]), {"locked": "yes"})
    assert (
        "is locked" in alice.post(reverse("turf_divide", args=[made.pk, 1]), {"into": "2"}).content.decode()
    )
    turf_moves.again(home=world.home, cut=made, seed=77, by=MACHINE)
    again = members(world, made)
    assert again[1] == before[1] and set().union(*again.values()) == set().union(*before.values())
    alice.post(reverse("turf_lock", args=[made.pk, 1]), {})
    assert not made.turfs.get(number=1).locked


def test_what_somebody_holds_stays_and_what_was_out_gets_a_new_revision(world: World, made: TurfCut) -> None:
    given = handed(made, 1)
    blocks = moves.blocks(world.home.turf / made.folder, turf_moves.size_of(made), [1])
    before = members(world, made)
    move = {"home": world.home, "cut": made, "blocks": [blocks[0].id], "to": None, "by": MACHINE}
    with pytest.raises(Refusal, match="Ann has turf 1 in hand"):
        turf_moves.give(**move)
    turf_moves.again(home=world.home, cut=made, seed=5, by=MACHINE)
    assert members(world, made)[1] == before[1]
    given.returned_at = timezone.now()
    given.save()
    turf_moves.give(**move)
    now = made.turfs.get(number=1)
    assert (now.revision, Turf.objects.filter(cut=made, number=1).count()) == (2, 2)
    old = HandOut.objects.get(pk=given.pk).turf
    assert old.replaced_at is not None and old.doors == len(before[1]) and old not in made.turfs.all()
    turf_moves.undo(home=world.home, cut=made, by=MACHINE)
    assert members(world, made)[1] == before[1]


@pytest.mark.parametrize(("more", "held"), [({"paper": True}, True), ({}, False)])
def test_a_printed_list_is_out_until_it_is_closed(made: TurfCut, more: dict[str, bool], held: bool) -> None:
    past = timezone.now() - timedelta(hours=1)
    handed(made, 2, ends_at=past, **more)
    assert [one.turf.number for one in turf_moves.holders(made)] == ([2] if held else [])


def test_as_many_turfs_as_people_within_their_counties(world: World, made: TurfCut, alice: Client) -> None:
    form = {"name": "By people", "size": "3", "by": "walkers", "where": "status = 'active'"}
    body = alice.post(reverse("turf_make"), form | {"within": "county"}, follow=True).content.decode()
    by_people = TurfCut.objects.get(name="By people")
    assert (
        by_people.size == round(made.doors / 3)
        and "each within its county" in body
        and "Before they go out" in body
    )
    doors = pq.read_table(world.home.turf / by_people.folder / "doors.parquet")
    side = dict(zip(doors["door"].to_pylist(), doors["within"].to_pylist(), strict=True))
    assert len(set(side.values())) > 1
    assert all(len({side[door] for door in mine}) == 1 for mine in members(world, by_people).values())
    for wrong in ({"within": "parish"}, {"size": "0"}, {"size": "99999"}):
        refused = alice.post(reverse("turf_make"), form | {"name": "Not yet"} | wrong)
        typed = refused.content.decode()
        assert refused.status_code == 400 and 'value="Not yet"' in typed and "status = &#x27;active" in typed
        assert 'value="walkers" checked' in typed
    _border(world, by_people, side, alice)


def _border(world: World, made: TurfCut, side: dict[int, str], alice: Client) -> None:
    """Doors of two counties come into one turf only where somebody says so."""
    before = members(world, made)
    of = {number: side[min(doors)] for number, doors in before.items()}
    one, other = next((a, b) for a in of for b in of if of[a] != of[b])
    folder = world.home.turf / made.folder
    block = next(b for b in moves.blocks(folder, turf_moves.size_of(made), [one]) if b.turf == one)
    give, join = (reverse(name, args=[made.pk, one]) for name in ("turf_blocks", "turf_join"))
    for address, sent in ((give, {"block": [block.id], "to": str(other)}), (join, {"with": str(other)})):
        said = alice.post(address, sent)
        assert said.status_code == 400 and b"would cross a border" in said.content
        assert members(world, made) == before
    alice.post(join, {"with": str(other), "across": "yes"})
    assert members(world, made)[one] == before[one] | before[other]
    assert "across a border" in str(turf_moves.last(world.home, made))
    turf_moves.undo(home=world.home, cut=made, by=MACHINE)
    assert members(world, made) == before


def test_turfs_are_their_members_alone(made: TurfCut, alice: Client, bob: Client, charlie: Client) -> None:
    for stranger in (bob, charlie):
        assert stranger.get(reverse("turf_one", args=[made.pk, 1])).status_code in (403, 404)
        for act in ("turf_blocks", "turf_divide", "turf_join", "turf_lock"):
            assert stranger.post(reverse(act, args=[made.pk, 1]), {"into": "2"}).status_code in (403, 404)
        for act in ("turf_undo", "turf_again"):
            assert stranger.post(reverse(act, args=[made.pk])).status_code in (403, 404)
    assert alice.get(reverse("turf_one", args=[made.pk, 999])).status_code == 404
    assert alice.post(reverse("turf_blocks", args=[made.pk, 1]), {"to": "new"}).status_code == 400


def test_numbers_are_the_same_through_any_moves_splits_and_merges(world: World, made: TurfCut) -> None:
    """Three doors are called at after every change, wherever they lie; each is one door, one answer."""
    chance, folder = random.Random(3), world.home.turf / made.folder
    doors = sorted(chance.sample(sorted(set().union(*members(world, made).values())), 3))
    changes = {
        "give": lambda n: {"blocks": [moves.blocks(folder, turf_moves.size_of(made), [n])[0].id], "to": None},
        "divide": lambda n: {"number": n},
        "join": lambda n: {"numbers": [n, *(other for other in sorted(members(world, made)) if other != n)]},
        "again": lambda n: {"seed": chance.randrange(99)},
    }
    names = [*changes, *chance.choices(list(changes), k=2)]
    for step, name in enumerate(names, 1):
        for at, door in enumerate(doors):
            (number,) = [n for n, held in members(world, made).items() if door in held]
            given = handed(made, number, walker=f"walker {at}", returned_at=timezone.now())
            called(given, door, step, answer=str(1 + step % 2))
        number = chance.choice(sorted(members(world, made)))
        try:
            getattr(turf_moves, name)(home=world.home, cut=made, by=MACHINE, **changes[name](number))
        except Refusal as refusal:  # there is nothing to join, or nothing changes
            assert name in ("join", "again", "give") and refusal.next_step
        found = walk_numbers.walked(home=world.home, member=made.member, by=MACHINE)
        assert walk_numbers.values(found.total) == [3, 3 * step, 3 * step, 3, 3, 0]
    assert Turf.objects.filter(cut=made, replaced_at__isnull=False).count() > 2


def called(given: HandOut, door: int, step: int, answer: str) -> None:
    """Somebody knocked, two hours after the time before, and was given another answer."""
    at = timezone.now() - timedelta(hours=2 * (20 - step))
    house, _ = TurfHousehold.objects.get_or_create(
        turf=given.turf, door=door, defaults={"key": f"h{given.pk}", "stop": door}
    )
    person, _ = TurfPerson.objects.get_or_create(
        household=house, owner=given.member, number=door, defaults={"key": f"p{given.pk}"}
    )
    for kind, value in (("attempt", {"result": "talked"}), ("answer", {"question": "gov", "answer": answer})):
        seq, id_ = FieldEvent.objects.count() + 1, uuid.uuid4()
        document = {
            "id": str(id_), "turf": str(given.urn), "rev": 1, "seq": seq, "at": at.isoformat(), "mono": seq,
            "kind": kind, "stop": door, "household": house.key, "person": person.key, "value": value,
            "replaces": None,
        }  # fmt: skip
        FieldEvent.objects.create(
            member=given.member, turf=given.turf, hand_out=given, event=id_, kind=kind, household=house.key,
            person=person.key, document=document, received_at=at, effective_at=at, by=given.walker,
        )  # fmt: skip
