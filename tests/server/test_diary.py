"""What the diary says is what the log says, read again from its entries, slowly."""

from __future__ import annotations

import csv
import html
import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.server import logs, startup
from commonroll.server.actions import diary, questions
from commonroll.server.models import Federation, Journal

pytestmark = pytest.mark.django_db
OHIO = "urn:commonroll:member:oh"
LEFT = ("export.intent", "share.open")


@pytest.fixture
def used(world: World) -> World:
    """National counts, looks at and takes Ohio's rows."""
    asked = {"home": world.home, "viewer": world.member("national"), "purpose": "gotv", "by": MACHINE}
    for where in ("", "status = 'active'", "birth_year > 1980"):
        questions.count(where=where, **asked)
    questions.rows(where="member = 'oh'", columns=["last_name"], **asked)
    for columns in (("state_voter_id",), ("state_voter_id", "birth_year")):
        questions.export(where="member = 'oh'", columns=columns, format="csv", **asked)
    old = Journal.objects.filter(log="oh", type="count").earliest("pk")
    Journal.objects.filter(pk=old.pk).update(at=old.at - timedelta(days=3))
    startup.fold(world.home)
    return world


def leaves(world: World) -> Iterator[dict[str, Any]]:
    folder = logs.folder(world.home, Federation.objects.get().origin, "oh")
    for entry in folder.entries(0, folder.size):
        yield json.loads(entry)


def uses(world: World) -> list[dict[str, Any]]:
    return [
        one
        for one in leaves(world)
        if "recipient" in one and one["type"] in ("count", "view", "contact", *LEFT)
    ]


def test_totals_are_those_of_the_entries(used: World) -> None:
    (line,) = diary.uses_by_agreement(log="oh", by=MACHINE)
    found = uses(used)
    assert line["uses"] == len(found) >= 6 and line["recipient"] == "national"
    assert line["rows"] == sum(int(one["rows"]) for one in found if one["type"] in LEFT) > 400
    assert line["columns"] == {column for one in found for column in one["columns"]}
    assert {one["agreement"] for one in found} == {line["urn"]}


def test_days_are_those_of_the_entries(used: World) -> None:
    today = datetime.now(UTC).date()
    days = diary.uses_by_day(log="oh", first=today - timedelta(days=29), by=MACHINE)["national"]
    written = Counter(date.fromisoformat(one["at"][:10]) for one in uses(used))
    assert sum(days.values()) == sum(written.values()) and len(days) == 2, "one was put three days back"
    assert days[min(days)] == 1


def test_filters_leave_what_the_entries_say(used: World) -> None:
    every = list(leaves(used))
    asked = {
        "type": ("count", lambda one: one["type"] == "count"),
        "column": ("voters.birth_year", lambda one: "voters.birth_year" in one.get("columns", ())),
        "purpose": ("gotv", lambda one: one.get("purpose") == "gotv"),
        "recipient": ("national", lambda one: one.get("recipient", "").endswith(":national")),
    }
    for name, (value, fits) in asked.items():
        found = diary.entries(home=used.home, log="oh", by=MACHINE, last=500, **{name: value})
        assert [one["index"] for one in reversed(found)] == [n for n, one in enumerate(every) if fits(one)]
        assert found, name
    back = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
    (one,) = diary.entries(home=used.home, log="oh", by=MACHINE, since=back, until=back)
    assert one["type"] == "count"
    assert diary.entries(home=used.home, log="oh", by=MACHINE, column="voters.birth") == [], (
        "no part of a name"
    )
    with pytest.raises(Refusal, match="no day"):
        diary.entries(home=used.home, log="oh", by=MACHINE, since="yesterday")


def test_the_file_has_every_entry_as_it_stands_in_the_log(used: World, alice: Client) -> None:
    answer = alice.get(reverse("diary_csv"))
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]
    assert [json.loads(row["entry"]) for row in rows] == list(leaves(used))
    assert [int(row["number"]) for row in rows] == list(range(len(rows)))
    assert answer["Content-Disposition"] == 'attachment; filename="diary-oh.csv"'
    few = alice.get(reverse("diary_csv"), {"type": "count", "column": "voters.birth_year"})
    assert b"".join(few.streaming_content).count(b"\n") == 2  # type: ignore[attr-defined]


def test_older_entries_keep_the_choices(used: World, alice: Client) -> None:
    page = alice.get(reverse("diary"), {"type": "count", "since": "2020-01-01"}).content.decode()
    assert 'name="since" value="2020-01-01"' in page and "type=count&amp;since=2020-01-01" in page
    assert alice.get(reverse("diary"), {"since": "soon"}).status_code == 400


def test_pages_hold_each_entry_once(used: World) -> None:
    seen: list[int] = []
    before = None
    while rows := diary.entries(home=used.home, log="oh", by=MACHINE, last=3, before=before):
        seen += [row["index"] for row in rows]
        before = seen[-1]
    assert seen == list(range(len(list(leaves(used)))))[::-1]


def test_the_page_shows_what_is_sealed_by_its_hash(used: World, alice: Client) -> None:
    sealed = next(leaf["strategy"] for leaf in leaves(used) if leaf.get("strategy"))
    page = html.unescape(alice.get(reverse("diary")).content.decode())
    assert sealed in page and "who alone can open it" in page
