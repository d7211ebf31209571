"""What the diary says is what the log says, read again from its entries, slowly."""

from __future__ import annotations

import csv
import html
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from world import MACHINE, PASSPHRASE, World, agree

from commonroll.errors import Refusal
from commonroll.server import logs, startup, tallies
from commonroll.server.actions import diary, diary_counties, diary_totals, questions
from commonroll.server.models import USES, Federation, Journal
from commonroll.server.pages.periods import periods_of
from commonroll.server.readers import open_reader
from commonroll.transparency.leaves import open_sealed
from commonroll.transparency.openings import fits

pytestmark = pytest.mark.django_db
ADAMS, ALLEN, FRANKLIN = "39001", "39003", "39049"
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
LEFT = ("export.intent", "share.open")


@pytest.fixture
def used(world: World) -> World:
    """National counts, looks at and takes Ohio's rows."""
    asked = {"home": world.home, "viewer": world.member("national"), "purpose": "gotv", "by": MACHINE}
    for where in ("", "status = 'active'", "birth_year > 1980", "county_fips = '39001'"):
        questions.count(where=where, **asked)
    questions.rows(where="member = 'oh'", columns=["last_name"], **asked)
    for column, where in (("state_voter_id", ""), ("birth_year", " AND county_name < 'B'")):
        questions.export(where=f"member = 'oh'{where}", columns=[column], format="csv", **asked)
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


def test_a_county_is_named_in_what_the_owner_may_open(used: World) -> None:
    """The slow reading: every use's details, opened by their owner."""
    key = open_reader(used.home.reader_key("oh"), PASSPHRASE)
    for one in uses(used):
        row = Journal.objects.get(leaf_id=one["id"])
        details, salt = open_sealed(bytes(row.sealed_shared or b""), key)
        assert details.get("counties", []) == row.counties and fits(one, "detail", details, salt)
    assert [len(counties_of(one)) for one in uses(used)] == [0, 0, 0, 1, 0, 0, 6]


def counties_of(one: dict[str, Any]) -> list[str]:
    return list(Journal.objects.get(leaf_id=one["id"]).counties)


def day_of(one: dict[str, Any]) -> date:
    return Journal.objects.get(leaf_id=one["id"]).at.date()


def may_have(fips: str, one: dict[str, Any]) -> bool:
    return fips in (counties_of(one) or [fips])


CHOICES: list[tuple[dict[str, str], Callable[[dict[str, Any]], bool]]] = [
    ({}, lambda one: True),
    ({"type": "export.intent"}, lambda one: one["type"] == "export.intent"),
    ({"column": "voters.birth_year"}, lambda one: "voters.birth_year" in one["columns"]),
    ({"county": ADAMS}, lambda one: may_have(ADAMS, one)),
    ({"county": ALLEN, "type": "count"}, lambda one: one["type"] == "count" and may_have(ALLEN, one)),
    ({"county": FRANKLIN}, lambda one: may_have(FRANKLIN, one)),
    ({"recipient": "national", "purpose": "research"}, lambda one: False),
    ({"until": YESTERDAY}, lambda one: day_of(one).isoformat() <= YESTERDAY),
]


@pytest.mark.parametrize("added_up", [False, True], ids=["as they came", "added up"])
def test_totals_are_those_of_the_entries(
    used: World, added_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "CHUNK", 4)
    assert not added_up or (tallies.run() > 2 and tallies.run() == 0)
    every = uses(used)
    for filters, fitting in CHOICES:
        found = [one for one in every if fitting(one)]
        asked: dict[str, Any] = {"log": "oh", "by": MACHINE, "filters": filters}
        lines = diary_totals.uses_by_agreement(**asked)
        assert sum(line["uses"] for line in lines) == len(found), filters
        left = sum(int(one["rows"]) for one in found if one["type"] in LEFT)
        assert sum(line["rows"] for line in lines) == left
        columns: set[str] = set().union(*(line["columns"] for line in lines))
        assert columns == {column for one in found for column in one["columns"]}
        days = diary_totals.uses_by_day(**asked).get("national", {})
        assert days == Counter(map(day_of, found))
        if filters:
            listed = list(paged(used, {"recipient": "national", **filters}))
            assert listed == sorted(listed, reverse=True)
            of_uses = Journal.objects.filter(log="oh", index__in=listed, type__in=USES)
            assert set(of_uses.values_list("leaf_id", flat=True)) == {one["id"] for one in found}
    assert len([one for one in every if may_have(FRANKLIN, one)]) == len(every) - 2


def paged(world: World, filters: dict[str, Any]) -> Iterator[int]:
    before = None
    while rows := diary.entries(home=world.home, log="oh", by=MACHINE, last=2, before=before, **filters):
        yield from (row["index"] for row in rows)
        before = rows[-1]["index"]


def test_filters_leave_what_the_entries_say(used: World) -> None:
    every = list(leaves(used))
    asked = {
        "type": ("count", lambda one: one["type"] == "count"),
        "column": ("voters.birth_year", lambda one: "voters.birth_year" in one.get("columns", ())),
        "purpose": ("gotv", lambda one: one.get("purpose") == "gotv"),
        "recipient": ("national", lambda one: one.get("recipient", "").endswith(":national")),
    }
    for name, (value, fitting) in asked.items():
        found = diary.entries(home=used.home, log="oh", by=MACHINE, last=500, **{name: value})
        assert [one["index"] for one in reversed(found)] == [n for n, one in enumerate(every) if fitting(one)]
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
    assert [row["counties"].split() for row in rows] == [counties_of(one) for one in leaves(used)]
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


def test_uses_entered_before_get_the_counties_of_their_terms(world: World) -> None:
    rivera = agree("oh", "rivera", rows={"county_fips": [ADAMS, ALLEN]})
    asked = {"home": world.home, "purpose": "gotv", "by": MACHINE}
    questions.count(viewer=world.member("rivera"), **asked)
    questions.count(viewer=world.member("national"), where="county_fips = '39001'", **asked)
    entered = Journal.objects.filter(log="oh", type="count")
    assert list(entered.values_list("counties", flat=True)) == [[ADAMS, ALLEN], [ADAMS]]
    entered.update(counties=[])
    assert (diary_counties.fill(), diary_counties.fill()) == (1, 0)
    assert entered.get(agreement=rivera.urn).counties == [ADAMS, ALLEN]


def test_the_page_and_its_chart_obey_the_filters(used: World, alice: Client) -> None:
    page = html.unescape(alice.get(reverse("diary"), {"county": FRANKLIN, "type": "count"}).content.decode())
    assert "Franklin County" in page and "the last 30 days" in page
    taken = alice.get(reverse("diary"), {"county": ADAMS, "type": "count"}).context["chart"]
    fewer = alice.get(reverse("diary"), {"county": FRANKLIN, "type": "count"}).context["chart"]
    assert [sum(one["values"]) for chart in (taken, fewer) for one in chart["series"]] == [4, 3]
    assert all(len(one["values"]) == len(fewer["labels"]) == 30 for one in fewer["series"])
    nothing = alice.get(reverse("diary"), {"since": "2001-01-01", "until": "2001-01-31"})
    assert b"No use" in nothing.content and nothing.context["chart"]["title"].endswith("31 Jan 2001")
    assert alice.get(reverse("diary"), {"county": "99999"}).status_code == 400
    part = alice.get(reverse("diary"), {"county": ADAMS}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and 'id="uses"' in part and "data-chart" in part


def test_days_are_put_together_when_they_are_many() -> None:
    week = periods_of("2025-11-03", "2026-11-03")
    assert week.kind == "week" and week.begins[:2] == [date(2025, 11, 3), date(2025, 11, 10)]
    assert sum(week.sums({date(2025, 11, 9): 2, date(2025, 11, 10): 3, date(2030, 1, 1): 9})) == 5
    long = periods_of("0001-01-01", "2026-11-03")
    assert long.from_first(date(2024, 2, 29)).labels[0] == "Feb 2024"
    assert len(long.from_first(None).labels) == 30 and periods_of("2026-11-03", "2026-11-01").labels == []
