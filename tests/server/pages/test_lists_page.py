"""Pages of lists: made from a universe, read by 200, combined, split, put away and taken back."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from world import MACHINE, World

from commonroll.server.actions import list_reading, lists, loads
from commonroll.server.models import Extract, ListFolder, SavedList, SavedUniverse

pytestmark = pytest.mark.django_db

HERE = {"where": "member = 'oh'", "kind": "list"}


def body(client: Client, name: str, *words: object, **query: object) -> str:
    answer = client.get(reverse(name, args=words), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_page_says_what_to_do(bob: Client) -> None:
    assert "No list yet" in body(bob, "lists")


def test_from_the_universe_to_pages_of_200_and_a_file(world: World, bob: Client, alice: Client) -> None:
    bob.post(reverse("list_folder"), {"name": "Ohio"})
    folder = ListFolder.objects.get()
    bob.post(reverse("universe_save"), {**HERE, "name": "Ohioans", "folder": folder.pk})
    listed = SavedList.objects.get()
    assert listed.folder == folder and "Ohioans" in body(bob, "lists")
    one, two = (body(bob, "list", listed.pk, page=at, columns="state_voter_id") for at in (1, 2))
    assert "Places 1 to 200" in one and one.count("<tr><td") == 200
    assert two.count("<tr><td") == listed.rows - 200 and "Page before" in two
    found = bob.post(reverse("find"), {"q": "ohioans"})
    assert "Ohioans" not in body(alice, "lists") and "Ohioans" in found.content.decode()
    answer = bob.post(reverse("list_export", args=[listed.pk]), {"columns": "last_name", "format": "csv"})
    assert answer.status_code == 302 and Extract.objects.get().listed["id"] == listed.pk


def test_who_opted_out_is_a_number_on_the_page_and_not_a_row(
    world: World, bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob.post(reverse("universe_save"), {**HERE, "name": "Ohioans"})
    listed = SavedList.objects.get()
    shown = body(bob, "list", listed.pk, columns="state_voter_id")
    gone = next(row for row in (voter for voter in voters(world, listed)) if row in shown)
    loads.vault(world.home, world.member("oh")).suppress([gone])
    shown = body(bob, "list", listed.pk, columns="state_voter_id")
    assert gone not in shown and "1 left out" in shown and "1 of them left out today" in shown
    monkeypatch.setattr(list_reading, "LONG", 100)
    shown = body(bob, "list", listed.pk, columns="state_voter_id")
    assert "Counting" in shown and "1 left out" not in shown
    assert "1 left out" in body(bob, "list", listed.pk, part="standing")


def voters(world: World, listed: SavedList) -> list[str]:
    page = list_reading.page(home=world.home, listed=listed, columns=("state_voter_id",), by=MACHINE)
    return [str(voter) for voter in page.rows.column("state_voter_id").to_pylist()]


def test_two_lists_make_a_third_which_is_split_and_rebuilt(world: World, bob: Client) -> None:
    for name, where in (("A", "member = 'oh'"), ("B", "member = 'oh' AND birth_year > 1980")):
        bob.post(reverse("universe_save"), {"kind": "list", "name": name, "where": where})
    one, other = SavedList.objects.order_by("pk")
    said = {"one": one.pk, "other": other.pk, "operation": "difference", "name": "A without B"}
    bob.post(reverse("list_combine"), said)
    rest = SavedList.objects.get(name="A without B")
    assert rest.rows == one.rows - other.rows
    bob.post(reverse("list_split", args=[rest.pk]), {"names": "test\ncontrol", "seed": "7"})
    assert sum(each.rows for each in SavedList.objects.filter(name__in=("test", "control"))) == rest.rows
    bob.post(reverse("list_sample", args=[one.pk]), {"size": "9", "seed": "7", "name": "nine"})
    assert SavedList.objects.get(name="nine").rows == 9
    answer = bob.post(reverse("list_rebuild", args=[one.pk]), {"step": one.steps.get().pk}, follow=True)
    assert "exactly the persons of then" in answer.content.decode()
    refused = bob.post(reverse("list_sample", args=[one.pk]), {"size": "9" * 12, "name": "nine"})
    assert refused.status_code == 400


def test_what_is_put_away_is_taken_back(bob: Client, world: World) -> None:
    bob.post(reverse("universe_save"), {**HERE, "name": "Ohioans"})
    bob.post(reverse("universe_save"), {"where": "age < 30", "name": "Young"})
    listed, universe = SavedList.objects.get(), SavedUniverse.objects.get()
    gone = bob.post(reverse("list_delete", args=[listed.pk]), follow=True).content.decode()
    assert "Undo" in gone and bob.get(reverse("list", args=[listed.pk])).status_code == 404
    bob.post(reverse("universe_forget", args=[universe.pk]))
    for kind, pk in (("list", listed.pk), ("universe", universe.pk)):
        bob.post(reverse("list_back"), {"kind": kind, "pk": pk})
    shown = body(bob, "lists")
    assert "Ohioans" in shown and "Young" in shown and "<h2>Put away</h2>" not in shown


def test_under_another_purpose_nobody_is_shown(world: World, bob: Client) -> None:
    bob.post(reverse("universe_save"), {**HERE, "name": "Ohioans"})
    listed = SavedList.objects.get()
    SavedList.objects.update(purpose="fundraising")
    shown = body(bob, "list", listed.pk, columns="state_voter_id")
    assert "Change the purpose" in shown and "<tr><td" not in shown
    assert bob.post(reverse("list_export", args=[listed.pk]), {"columns": "last_name"}).status_code == 400


def test_a_definition_that_is_not_this_members_is_not_there(
    world: World, bob: Client, charlie: Client
) -> None:
    made = lists.make(
        home=world.home, member=world.member("oh"), name="x", purpose="gotv", where="", by=MACHINE
    )
    assert bob.get(reverse("list", args=[made.pk])).status_code == 404
    assert charlie.post(reverse("list_delete", args=[made.pk])).status_code == 404
