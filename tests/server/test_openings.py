"""Sealed details are opened by whom they concern, never without an entry, and anybody can check them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from world import MACHINE, PASSPHRASE, World

from commonroll.errors import Refusal
from commonroll.server import logs, startup
from commonroll.server.actions import openings, questions
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.models import Federation, Journal
from commonroll.transparency.openings import OpeningError, check_opening, parse_opening

pytestmark = pytest.mark.django_db
WHERE = "birth_year < 1971"


@pytest.fixture
def counted(world: World) -> Journal:
    """The entry of a count in Ohio's log."""
    questions.count(home=world.home, viewer=world.member("national"), purpose="gotv", where=WHERE, by=MACHINE)
    startup.fold(world.home)
    return Journal.objects.filter(log="oh", type="count").latest("pk")


def opened(world: World, row: Journal, of: str, part: str, **more: Any) -> Any:
    given = {"passphrase": PASSPHRASE, "by": MACHINE, **more}
    return openings.open_entry(
        home=world.home, log=row.log, index=row.index or 0, of=world.member(of), part=part, **given
    )


def entries() -> list[tuple[str, dict[str, Any]]]:
    rows = Journal.objects.filter(type="opening").order_by("pk")
    return [(row.log, json.loads(bytes(row.leaf))) for row in rows]


def test_both_read_what_is_for_both_and_each_log_says_so(world: World, counted: Journal) -> None:
    for party in ("oh", "national"):
        assert opened(world, counted, party, "detail").details["columns"] == list(counted.columns)
    assert [log for log, _ in entries()] == ["oh", "national"]
    assert {leaf["entry"] for _, leaf in entries()} == {counted.leaf_id}


def test_the_recipient_alone_opens_what_it_searched_for(world: World, counted: Journal) -> None:
    assert WHERE.split()[0] in opened(world, counted, "national", "strategy").details["where"]
    assert [log for log, _ in entries()] == ["national"], "the owner learns nothing of it"
    with pytest.raises(Refusal, match="recipient alone"):
        opened(world, counted, "oh", "strategy")
    with pytest.raises(Unknown):
        opened(world, counted, "wa", "detail")
    with pytest.raises(Refusal, match="passphrase"):
        opened(world, counted, "national", "strategy", passphrase="not this one")
    with pytest.raises(Forbidden):
        opened(world, counted, "national", "strategy", by=Actor.of(world.user("bob")))
    assert len(entries()) == 1, "what was refused was not opened"


def test_in_a_dispute_both_logs_say_so_and_anybody_checks_what_was_shown(
    world: World, counted: Journal
) -> None:
    shown = opened(world, counted, "national", "strategy", dispute=True)
    assert [(log, leaf["ground"], leaf["recipient"][-8:]) for log, leaf in entries()] == [
        ("national", "dispute", "ember:oh"), ("oh", "dispute", "national"),
    ]  # fmt: skip
    startup.fold(world.home)
    read = parse_opening(str(shown).encode())
    keys = {log: logs.log_vkey(world.home, Federation.objects.get(), log) for log in ("oh", "wa")}
    good, sentences = check_opening(read, keys["oh"])
    assert good and sentences[-1].startswith("The details are those")
    assert not check_opening(replace(read, details={**read.details, "where": "party = 'DEM'"}), keys["oh"])[0]
    assert not check_opening(replace(read, part="detail"), keys["oh"])[0]
    assert not check_opening(read, keys["wa"])[0]
    with pytest.raises(OpeningError):
        parse_opening(str(shown).encode()[:-20])


def test_what_was_destroyed_opens_no_more_and_the_entry_stays(world: World, counted: Journal) -> None:
    Journal.objects.filter(pk=counted.pk).update(sealed_strategy=None)
    with pytest.raises(Refusal, match="nothing is kept"):
        opened(world, counted, "national", "strategy")
    assert entries() == []
