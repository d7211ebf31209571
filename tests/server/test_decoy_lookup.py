"""A recipient that looks for a decoy of its copy finds it as it finds voters; nobody else ever does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_decoys import _export, _register, salted
from test_search import find, ids, whole
from world import MACHINE, World

from commonroll.roll.lookup import index as indexes
from commonroll.server import looked
from commonroll.server.actions import search
from commonroll.server.actor import Actor, Unknown

pytestmark = [pytest.mark.django_db, pytest.mark.vault]

__all__ = ["salted"]


def _split(world: World) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The decoys in National's copy, as its file has them, and those that it lacks."""
    register = {row["state_voter_id"]: row for row in _register(world).to_pylist()}
    there = set(_export(world, "national")["state_voter_id"].to_pylist()) & register.keys()
    return [register[one] for one in sorted(there)], [register[one] for one in register.keys() - there]


def test_a_search_knows_exactly_the_decoys_of_the_copy(salted: World) -> None:
    there, lacking = _split(salted)
    for row in there:
        assert row["state_voter_id"] in ids(find(salted, "national", whole(row)))
        assert row["state_voter_id"] not in ids(find(salted, "oh", whole(row)))
    for row in lacking:
        assert row["state_voter_id"] not in ids(find(salted, "national", whole(row)))


def test_persons_of_one_score_come_by_their_ids(salted: World) -> None:
    """So that none stands out by coming after all voters."""
    for row in _split(salted)[0]:
        name = row["last_name"]
        met = find(salted, "national", name).persons
        found = [one.seen for one in met if one.owner.key == "oh"]
        same = [seen["state_voter_id"] for seen in found if seen["last_name"] == name]
        assert row["state_voter_id"] in same and same == sorted(same)


def test_a_decoy_is_looked_at_by_its_number_and_by_nobody_elses(salted: World) -> None:
    row = _split(salted)[0][0]
    (person,) = find(salted, "national", whole(row)).persons
    asked: dict[str, Any] = {"home": salted.home, "purpose": "gotv", "van_id": person.van_id, "by": MACHINE}
    looked_at = search.look(viewer=salted.member("national"), **asked)
    assert looked_at.person.seen["last_name"] == row["last_name"]
    for other in ("oh", "wa", "rivera"):
        with pytest.raises(Unknown):
            search.look(viewer=salted.member(other), **asked)


def test_while_a_rolls_words_are_made_decoys_are_found_as_voters_are(
    salted: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = _split(salted)[0][0]
    monkeypatch.setattr("commonroll.server.finding.LARGE", 0)
    monkeypatch.setattr("commonroll.server.finding.is_made", lambda *_: False)
    monkeypatch.setattr(looked, "make_aside", lambda _: None)
    looked.make(salted.home, "oh")
    found = find(salted, "national", row["state_voter_id"], by=Actor.of(salted.user("nadia")))
    assert found.waiting and ids(found) == {row["state_voter_id"]}


def test_few_rows_need_no_place_for_every_number() -> None:
    few = indexes.Index.__new__(indexes.Index)
    few.__dict__["_mapped"] = {"number": np.array([9, 4, 7], np.uint32)}
    assert few.places_of(np.array([7, 8, 9, 4, 0, 100], np.int64)).tolist() == [2, -1, 0, 1, -1, -1]
    assert (few.place_of(4), few.place_of(5)) == (1, None)


def test_the_rolls_own_index_stays_one_for_all(salted: World) -> None:
    row = _split(salted)[0][0]
    find(salted, "oh", whole(row))
    kept = sorted((salted.home.vaults / "oh" / "lookup" / "index").iterdir())
    find(salted, "national", whole(row))
    assert sorted((salted.home.vaults / "oh" / "lookup" / "index").iterdir()) == kept
