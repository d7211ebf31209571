"""A turf on paper: printed as a disclosure, typed in by codes, taken back, closed; nobody's else."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from walked import cut, place
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.field.paper import code
from commonroll.server.actions import paper, scripts
from commonroll.server.models import FieldEvent, HandOut, Journal, Turf

pytestmark = pytest.mark.django_db

SCRIPT: dict[str, Any] = {
    "name": "First", "languages": ["en"], "questions": [
        {"id": "q1", "code": "support_gov", "of": "person", "kind": "one", "text": {"en": "For <b>whom</b>?"},
         "answers": [{"answer": "1", "text": {"en": "Ours"}}, {"answer": "5", "text": {"en": "Theirs"}}]}],
}  # fmt: skip


@pytest.fixture
def turf(world: World) -> Turf:
    place(world)
    return cut(world, member="oh", where="status = 'active'").turfs.get(number=1)


@pytest.fixture
def given(world: World, turf: Turf) -> HandOut:
    return paper.give(home=world.home, turf=turf, walker="Ann", script=SCRIPT, by=MACHINE)


def printed(client: Client, given: HandOut) -> str:
    answer = client.post(reverse("turf_paper_print", args=[given.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def enter(client: Client, given: HandOut, line: str, **more: str) -> str:
    sent = {"line": line} | more
    return client.post(reverse("turf_paper_enter", args=[given.pk]), sent, follow=True).content.decode()


def kinds(given: HandOut) -> list[str]:
    return list(FieldEvent.objects.filter(hand_out=given).order_by("pk").values_list("kind", flat=True))


def test_from_a_turf_to_a_list_and_back(world: World, turf: Turf, alice: Client) -> None:
    make = reverse("turf_paper_make", args=[turf.cut_id, turf.number])
    assert alice.post(make, {"walker": " "}).status_code == 400
    here = alice.post(make, {"walker": "Ann <1>"}, follow=True).content.decode()
    assert "Ann &lt;1&gt;" in here and "Nothing is on paper yet" in here
    given = HandOut.objects.get(paper=True)
    assert not given.code_hash and given.device is None and given.claimed_at
    before = Journal.objects.filter(log="oh", type="contact").count()
    body = printed(alice, given)
    assert Journal.objects.filter(log="oh", type="contact").count() == before + 1
    codes = re.findall(r'paper-code">(\w+)<', body)
    assert codes == [code(at) for at in range(1, turf.doors + 1)]
    assert "Ann &lt;1&gt;" in body and body.count('class="paper-person"') == turf.people
    first, second = codes[:2]
    page = enter(alice, given, f"{first} n")
    assert "not home" in page and f"{turf.doors - 1}" in page and "autofocus" in page
    page = enter(alice, given, f"{second}1 t")
    assert "talked" in page
    row = FieldEvent.objects.latest("pk")
    assert (row.kind, row.status, row.person != "") == ("attempt", "ok", True) and row.lead
    live = reverse("turf_live", args=[turf.cut_id])
    drawing = alice.get(live)
    body = drawing.content.decode()
    assert f"1 talked, 1 tried, 0 closed, {turf.cut.doors - 2} not yet" in body and "on paper" in body
    assert body.count("<circle") + body.count("<path") == turf.cut.doors + 4
    stamp = drawing.context["live"].stamp
    assert alice.get(live, {"seen": stamp}).status_code == 204
    page = alice.post(reverse("turf_paper_undo", args=[given.pk]), follow=True).content.decode()
    assert f"{second}, talked, is taken back" in page and f"{second} " in page.split("Doors not yet typed")[1]
    assert "0 talked, 1 tried" in alice.get(live, {"seen": stamp}).content.decode()
    closed = alice.post(reverse("turf_paper_close", args=[given.pk]), follow=True)
    assert "is closed" in closed.content.decode()
    assert "closed" in enter(alice, given, f"{second}1 t").lower()
    assert kinds(given) == ["attempt", "attempt", "undo"]


def test_answers_moves_and_stops_become_events(world: World, given: HandOut, alice: Client) -> None:
    body = printed(alice, given)
    assert "For &lt;b&gt;whom&lt;/b&gt;?" in body
    for line, sort in (
        (f"{code(1)}1 1=2", ["attempt", "answer"]),
        (f"{code(2)}1 m", ["attempt", "moved"]),
        (f"{code(3)}1 o", ["attempt", "optout"]),
    ):
        before = len(kinds(given))
        enter(alice, given, line)
        assert kinds(given)[before:] == sort
    answer = FieldEvent.objects.get(kind="answer")
    assert answer.document["value"] == {"question": "support_gov", "answer": "5"} and answer.status == "ok"
    with pytest.raises(Refusal, match="wanted no calls"):
        paper.undo(home=world.home, hand_out=given, by=MACHINE)


def test_a_line_that_is_wrong_stays_in_the_field(given: HandOut, alice: Client) -> None:
    printed(alice, given)
    one = code(1)
    for line in ("1Z n", "99999A n", f"{one}9 t", f"{one} q", " ", f"{one}1 2=1", "<script>"):
        answer = alice.post(reverse("turf_paper_enter", args=[given.pk]), {"line": line})
        body = answer.content.decode()
        assert answer.status_code == 400 and 'role="alert"' in body, line
        assert 'value="<script>' not in body
    assert not FieldEvent.objects.exists()


def test_the_day_of_a_walk_is_the_one_where_the_doors_are(
    given: HandOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight in the evening in Ohio is the next day in Greenwich."""
    now = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert paper.today(given) == date(2026, 11, 27)
    assert paper._when(given, date(2026, 11, 27), now) == now


def test_a_list_has_the_script_that_was_chosen(turf: Turf, alice: Client) -> None:
    questions = [question | {"next": None} for question in SCRIPT["questions"]]
    for question in questions:
        question["answers"] = [answer | {"next": None} for answer in question["answers"]]
        question["text"] = {"en": "Whom?"}
    draft = {
        "languages": ["en"], "intro": {"en": "Hello."}, "consent": False, "shows": [], "start": "q1",
        "closing": {"en": "Thanks."}, "questions": questions,
    }  # fmt: skip
    script = scripts.make(member=turf.cut.member, name="Doors", draft=draft, by=MACHINE)
    version = scripts.publish(script=script, by=MACHINE)
    assert "Doors, version 1" in alice.get(reverse("turf_one", args=[turf.cut_id, 1])).content.decode()
    make = reverse("turf_paper_make", args=[turf.cut_id, 1])
    assert alice.post(make, {"walker": "Ann", "script": "999"}).status_code == 400
    alice.post(make, {"walker": "Ann", "script": version.pk})
    given = HandOut.objects.get(paper=True)
    assert given.script["name"] == "Doors" and "Whom?" in printed(alice, given)


def test_lists_are_their_members_alone(given: HandOut, bob: Client, charlie: Client) -> None:
    for stranger in (bob, charlie):
        assert stranger.get(reverse("turf_paper", args=[given.pk])).status_code in (403, 404)
        for act in ("turf_paper_enter", "turf_paper_undo", "turf_paper_print", "turf_paper_close"):
            assert stranger.post(reverse(act, args=[given.pk]), {"line": "1B n"}).status_code in (403, 404)
        make = reverse("turf_paper_make", args=[given.turf.cut_id, 1])
        assert stranger.post(make, {"walker": "Eve"}).status_code in (403, 404)
    assert not FieldEvent.objects.exists()
