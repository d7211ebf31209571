"""The diary's lines and totals agree with what the log's leaves say, whatever is filtered."""

from __future__ import annotations

import html
import json
from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from world import World

from commonroll.errors import Refusal
from commonroll.server import jobs, startup
from commonroll.server.actions import diary
from commonroll.server.actor import Actor
from commonroll.server.models import Extract
from commonroll.transparency.log import LogFolder

USES = ("count", "view", "contact", "export.intent", "share.open")
pytestmark = pytest.mark.django_db


@pytest.fixture
def leaves(world: World, bob: Client) -> list[dict[str, Any]]:
    """What the log of Ohio holds after a list was taken, read from its own files."""
    asked = {"where": "member = 'oh'", "columns": ["state_voter_id", "last_name"], "format": "csv"}
    bob.post(reverse("extract_make"), asked)
    jobs.run_extract.call(str(Extract.objects.latest("pk").pk))
    startup.fold(world.home)
    path, vkey = diary.log_folder(home=world.home, log="oh", by=Actor.command_line())
    log = LogFolder(path, vkey.split("+")[0])
    return [{"index": n, **json.loads(entry)} for n, entry in enumerate(log.entries(0, log.size))]


def key(urn: str) -> str:
    return urn.rpartition(":")[2]


def used(leaves: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [leaf for leaf in leaves if leaf["type"] in USES and leaf.get("recipient")]


def test_totals_are_those_of_the_leaves(leaves: list[dict[str, Any]]) -> None:
    by = Actor.command_line()
    uses = used(leaves)
    assert uses and any(leaf["type"] == "export.intent" for leaf in uses)
    found = {line["urn"]: line for line in diary.uses_by_agreement(log="oh", by=by)}
    assert {urn: line["uses"] for urn, line in found.items()} == Counter(leaf["agreement"] for leaf in uses)
    for urn, line in found.items():
        mine = [leaf for leaf in uses if leaf["agreement"] == urn]
        assert line["rows"] == sum(int(leaf["rows"]) for leaf in mine if leaf["type"] == "export.intent")
        assert line["columns"] == {column for leaf in mine for column in leaf["columns"]}
    days = diary.uses_by_day(log="oh", first=date(2000, 1, 1), by=by)
    assert {(who, day.isoformat()): n for who, found in days.items() for day, n in found.items()} == Counter(
        (key(leaf["recipient"]), leaf["at"][:10]) for leaf in uses
    )


def test_each_filter_keeps_the_leaves_it_says(leaves: list[dict[str, Any]], world: World) -> None:
    (column, *_) = next(leaf["columns"] for leaf in used(leaves) if leaf["columns"])
    day = leaves[-1]["at"][:10]
    wanted = {
        "recipient": ("national", lambda leaf: key(leaf.get("recipient", "")) == "national"),
        "purpose": ("gotv", lambda leaf: leaf.get("purpose") == "gotv"),
        "type": ("export.intent", lambda leaf: leaf["type"] == "export.intent"),
        "column": (column, lambda leaf: column in leaf.get("columns", ())),
        "since": (day, lambda leaf: leaf["at"][:10] >= day),
        "until": ("2000-01-01", lambda leaf: False),
    }
    for name, (value, keep) in wanted.items():
        rows = diary.entries(home=world.home, log="oh", by=Actor.command_line(), last=1000, **{name: value})
        want = [leaf["index"] for leaf in leaves if keep(leaf)]
        assert [row["index"] for row in rows][::-1] == want, name
        assert bool(want) == (name != "until"), name
    with pytest.raises(Refusal, match="no day"):
        diary.entries(home=world.home, log="oh", by=Actor.command_line(), since="yesterday")


def test_pages_hold_each_entry_once(leaves: list[dict[str, Any]], world: World) -> None:
    seen: list[int] = []
    before = None
    while rows := diary.entries(home=world.home, log="oh", by=Actor.command_line(), last=3, before=before):
        seen += [row["index"] for row in rows]
        before = seen[-1]
    assert seen == [leaf["index"] for leaf in reversed(leaves)]


def test_the_page_shows_what_is_sealed_by_its_hash(leaves: list[dict[str, Any]], alice: Client) -> None:
    sealed = next(leaf["strategy"] for leaf in leaves if leaf.get("strategy"))
    page = html.unescape(alice.get(reverse("diary")).content.decode())
    assert sealed in page and "who alone can open it" in page
