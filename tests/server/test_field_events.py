"""The door by which phones send: a device's token, nothing else, and an answer to each record by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from doorstep import SCRIPT, Phone, calling, turf_of
from world import MACHINE, World

from commonroll.field import sealing
from commonroll.server.actions import hand_outs
from commonroll.server.models import FieldEvent, HandOut, Turf

pytestmark = pytest.mark.django_db
JSON = "application/json"


class Device(Phone):
    """A phone that talks to the site."""

    def __init__(self, world: World, turf: Turf, walker: str) -> None:
        given, code = hand_outs.give(home=world.home, turf=turf, walker=walker, by=MACHINE)
        HandOut.objects.filter(pk=given.pk).update(script=SCRIPT)
        claimed = Client().post(reverse("api_field_claim"), {"code": code}, content_type=JSON).json()
        self.key, self.device = sealing.point_of(claimed["server_key"]), claimed["device"]
        self.token, self.sends = claimed["token"], claimed["send_token"]
        super().__init__(HandOut.objects.get(pk=given.pk))

    def post(self, events: Any, *, token: str = "", **more: Any) -> HttpResponse:
        bearer = {"Authorization": f"Bearer {token or self.sends}"}
        body = {"device": self.device, "events": events} | more
        return Client().post(reverse("api_field_events"), body, content_type=JSON, headers=bearer)  # type: ignore[return-value]

    def sealed(self, *events: dict[str, Any]) -> list[dict[str, str]]:
        return [sealing.seal(one, self.key).as_dict() for one in events]

    def others(self, after: str = "0", token: str = "") -> Any:
        bearer = {"Authorization": f"Bearer {token or self.token}"}
        return Client().get(reverse("api_field_events"), {"after": after}, headers=bearer)


@pytest.fixture
def turf(world: World) -> Turf:
    return calling(world)[1]


@pytest.fixture
def ann(world: World, turf: Turf) -> Device:
    return Device(world, turf, "Ann")


def test_a_pair_sends_and_sees_each_other(ann: Device, world: World, turf: Turf) -> None:
    bea = Device(world, turf, "Bea")
    events = ann.sealed(ann.event("attempt", value={"result": "talked"}), ann.event("answer"))
    now = datetime.now(UTC).isoformat()
    got = ann.post([*events, events[0] | {"ct": "AAAA"}, 7], now=now).json()  # type: ignore[attr-defined]
    assert [(one["id"], one["status"]) for one in got["acks"]] == [
        (events[0]["id"], "ok"), (events[1]["id"], "ok"), (events[0]["id"], "rejected"), ("", "rejected"),
    ]  # fmt: skip
    assert got["do"] == [] and got["drop"] == [] and got["cursor"] == FieldEvent.objects.latest("pk").pk
    assert {one["status"] for one in ann.post(events).json()["acks"]} == {"dup"}  # type: ignore[attr-defined]
    seen = bea.others().json()
    assert [set(one) for one in seen["events"]] == [
        {"id", "household", "person", "kind", "value", "by", "at", "replaces"}
    ] * 2
    assert ann.others().json()["events"] == []
    assert bea.others(str(seen["cursor"])).json() == {"events": [], "cursor": seen["cursor"]}


def test_a_token_opens_its_own_turf_alone(ann: Device, world: World, client: Client) -> None:
    rival = Device(world, turf_of(world.member("oh"), world.member("oh"), "Ohio's own"), "Olga")
    event = ann.event("answer")
    ann.post(ann.sealed(event))
    assert rival.others().json()["events"] == []
    stolen = ann.post(ann.sealed(ann.event("answer")), token=rival.sends)
    assert stolen.status_code == 400 and FieldEvent.objects.count() == 1
    told = rival.post(rival.sealed(event)).json()["acks"][0]  # type: ignore[attr-defined]
    assert told["status"] == "rejected" and "turf" not in told["reason"]
    for token in ("x", ann.token[:-1], ann.device, "A" * 5000):
        answer = ann.post([], token=token)
        assert answer.status_code == 401 and answer.json()["do"] == ["lock"]  # type: ignore[attr-defined]
    # the token of a locked phone sends, and reads nothing
    assert ann.others(token=ann.sends).status_code == 401
    assert client.post(reverse("api_field_events"), {}, content_type=JSON).status_code == 401


def test_what_is_too_large_or_no_list_is_refused_whole(ann: Device) -> None:
    large = ann.post([{}] * 100_000)
    assert large.status_code == 413 or "none was taken" in large.json()["error"]  # type: ignore[attr-defined]
    assert ann.post(["x" * 40_000] * 40).status_code == 413
    for wrong in (7, "x", None, {"a": 1}):
        assert ann.post(wrong).status_code == 400
    assert ann.post([], now="yesterday").status_code == 400 and ann.post([], more=1).status_code == 400
    assert [ann.others(after).status_code for after in ("x", "-1", "9" * 19)] == [400] * 3
    assert not FieldEvent.objects.exists()
    assert Client().put(reverse("api_field_events")).status_code == 405


def test_a_phone_that_was_taken_out_is_wiped_and_its_answers_are_held(ann: Device, world: World) -> None:
    event = ann.event("answer")
    HandOut.objects.filter(pk=ann.given.pk).update(revoked_at=datetime.now(UTC), revoked_why="lost")
    got = ann.post(ann.sealed(event)).json()  # type: ignore[attr-defined]
    assert got["do"] == ["wipe"] and got["acks"][0]["status"] == "held" and got["acks"][0]["reason"]
    assert FieldEvent.objects.get().status == "held"
    ended = ann.others()
    assert ended.status_code == 410 and ended.json()["do"] == ["wipe"]
