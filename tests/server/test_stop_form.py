"""The voter's own form: anybody may send it, without an account or a script, and nobody learns from it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from test_stops import has_number, left_alone, listed, undo
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.server.actions import public_stops, stop_looks, stops
from commonroll.server.models import Journal, Knock, Stop
from commonroll.server.pages import stop_form

pytestmark = pytest.mark.django_db
WAYS = ["phone", "text", "email", "mail", "door"]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop_form, "LEAST_SECONDS", 0)


def sent(client: Client | None = None, **fields: Any) -> Any:
    return (client or Client()).post("/stop", {"ways": WAYS} | fields)


def test_a_number_of_the_roll_and_one_of_nobody_get_the_same_answer(world: World) -> None:
    voter = next(iter(listed(world)))
    has_number(world, voter)
    known, unknown = sent(phone="614 555 0142"), sent(phone="614 555 0199")
    plain = [re.sub(rb'nonce="[^"]*"|name="csrf[^>]*>', b"", one.content) for one in (known, unknown)]
    assert known.status_code == unknown.status_code == 200 and plain[0] == plain[1]
    assert b"614" not in plain[0]
    assert left_alone(world) == {(voter, "phone"), (voter, "text")}
    assert set(Stop.objects.values_list("source", "heard_by", "by", "channel")) == {("form", None, "", "all")}
    for member in ("oh", "wa", "national", "rivera"):
        assert Journal.objects.filter(log=member, type="stop").count() == 2


def test_an_answer_takes_its_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(stop_form, "LEAST_SECONDS", 30)
    monkeypatch.setattr(stop_form.time, "sleep", waited.append)
    sent(phone="614 555 0199")
    assert 20 < waited[0] <= 30


def test_all_of_it_at_once_and_only_what_was_chosen(world: World) -> None:
    answer = sent(
        phone="614-555-0142", email="A@stops.example", address="12 Main St", unit="2", zip5="43215-1234",
        ways=["text", "email", "door"],
    )  # fmt: skip
    assert answer.status_code == 200
    assert set(Stop.objects.values_list("kind", "channel")) == {
        ("phone", "text"), ("email", "all"), ("address", "door"),
    }  # fmt: skip


NO_FORMS: tuple[dict[str, Any], ...] = (
    {}, {"phone": " "}, {"phone": "12"}, {"phone": "6145550142", "ways": []}, {"email": "nobody"},
    {"phone": "6145550142", "ways": ["mail"]}, {"address": "12 Main St"}, {"phone": "=1+1"},
    {"address": "x", "zip5": "4321"}, {"phone": "<script>alert(1)</script>"}, {"phone": "6145550142\0"},
    {"phone": "'; DROP TABLE server_stop"}, {"email": "a@" + "b" * 300}, {"unit": "2", "zip5": "43215"},
    {"phone": "6145550142", "ways": ["all", "x"]}, {"email": "a@b.example\r\nBcc: c@d.example"},
    {"address": "\u202e" * 9, "zip5": "43215"},
)  # fmt: skip


def test_whatever_else_is_sent_is_refused_in_words_and_nothing_is_heard(world: World) -> None:
    for fields in NO_FORMS:
        answer = sent(**fields)
        assert answer.status_code == 400 and b"Next: " in answer.content, fields
        assert b"<script>alert" not in answer.content
    assert not Stop.objects.exists()


def test_it_needs_no_script_and_no_account_but_a_form_of_ours(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    page = strict.get("/stop")
    assert b"<script" not in page.content.replace(b"</script>", b"") or b"<form" in page.content
    assert strict.post("/stop", {"ways": WAYS, "phone": "6145550142"}).status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
    assert token is not None
    fields = {"ways": WAYS, "phone": "6145550142", "csrfmiddlewaretoken": token[1]}
    assert strict.post("/stop", fields).status_code == 200
    assert world.client("alice").get("/stop").status_code == 200
    assert Client().put("/stop").status_code == 405


def test_one_place_sends_so_many_an_hour_and_all_places_so_many_a_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_stops, "AN_HOUR", 3)
    for at in range(public_stops.AN_HOUR):
        assert sent(phone=f"614 555 01{at:02}").status_code == 200
    answer = sent(phone="614 555 0150")
    assert answer.status_code == 429 and int(answer["Retry-After"]) <= 3600
    assert Stop.objects.count() == public_stops.AN_HOUR
    assert "127.0.0.1" not in repr(list(Knock.objects.values()))
    monkeypatch.setattr(public_stops, "A_DAY", public_stops.AN_HOUR)
    Knock.objects.all().delete()
    assert sent(phone="614 555 0150").status_code == 429


def test_only_who_runs_the_machine_takes_it_back(world: World) -> None:
    sent(phone="614 555 0142")
    (act,) = stop_looks.acts(of=None, by=MACHINE)
    heard = stops.Heard(act.act, 1, 1)
    with pytest.raises(Refusal):
        undo(world, heard)
    with pytest.raises(Refusal):
        undo(world, heard, "oh")
    stops.undo(home=world.home, act=act.act, of=None, reason="a typo of the voter's", by=MACHINE)
    (word,) = stop_looks.of_value(
        home=world.home, of=world.member("oh"), kind="phone", text="614 555 0142", by=MACHINE
    )
    assert (word.heard_by, word.stands, word.act) == ("the public form", False, None)
