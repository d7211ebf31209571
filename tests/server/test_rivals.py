"""Rivals in one race never see each other's answers, counts or contacts: asked at every address.

The same requests of Stone's are made in a world where Rivera worked and in one where it did nothing.
A new address joins by its line in the table of `test_endpoints`, a path of /v4/ and a command by being there.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache
from django.db import transaction
from world import World

sys.path.insert(0, str(Path(__file__).parent / "van"))

from doorstep import index_of_owner
from rivals import WORD, Rival, answers, has, phone, programs, race, shell, works

from commonroll.server import startup
from commonroll.server.van.ids import van_id
from folders import restore

pytestmark = [pytest.mark.django_db, pytest.mark.vault]

Things = list[Mapping[str, Any]]


def stones(world: World, rival: Rival, things: Things) -> dict[str, str]:
    """Everything that Stone can ask: its people, programs, phones and command line."""
    cache.clear()
    startup.fold(world.home)
    pages = answers(world, "beth", things) | phone(things[0]["token"]) | shell(world, things, "stone")
    numbers = sorted({one for each in things for one in each.values() if isinstance(one, int)})
    oh = world.member("oh")
    called = index_of_owner(oh).numbers(np.array([0, 2]))
    people = [str(van_id(world.home, rival.member, oh, int(one))) for one in called]
    return pages | programs(rival, numbers, people)


def saying(found: Mapping[str, str]) -> set[str]:
    """What was asked where Rivera's word stands in the answer."""
    return {asked for asked, text in found.items() if WORD in text.upper()}


def kept(world: World, to: Path) -> None:
    for folder in (one for one in world.home.path.iterdir() if one.is_dir()):
        shutil.copytree(folder, to / folder.name)


def test_a_rival_gets_the_same_whether_the_other_worked_or_not(world: World, tmp_path: Path) -> None:
    rival = race(world)
    mine = has(world, rival.member, "STONES")
    kept(world, tmp_path)
    with transaction.atomic():
        theirs = works(world, world.member("rivera"))
        worked = stones(world, rival, [mine, theirs])
        own = saying(answers(world, "charlie", [theirs]))
        owners = answers(world, "alice", [theirs]) | shell(world, [theirs], "oh")
        transaction.set_rollback(True)
    for folder in tmp_path.iterdir():
        restore(world.home.path / folder.name, folder)
    idle = stones(world, rival, [mine, theirs])
    assert len(own) > 20, "Rivera sees its own"
    assert len(worked) > 500 and sum(text.startswith(("200", "0")) for text in worked.values()) > 200
    assert saying(worked) == set(), "a rival sees it"
    assert saying(owners) == set(), "the owner sees it before its day"
    differ = {asked for asked in worked if worked[asked] != idle[asked]}
    assert {asked for asked in differ if not asked.endswith("/receipts")} == set()
