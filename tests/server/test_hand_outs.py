"""Turfs in somebody's hands: codes that work once, tokens that are over when the turf is, nobody else's."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from world import MACHINE, World

from commonroll import at_rest
from commonroll.errors import Refusal
from commonroll.server import field_keys, wall
from commonroll.server.actions import hand_outs, keys
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.api import field_access
from commonroll.server.home import Home
from commonroll.server.models import HandOut, Journal, KeyUse, Member, Turf, TurfCut

pytestmark = pytest.mark.django_db


def turf_of(member: Member, number: int = 1) -> Turf:
    cut, _ = TurfCut.objects.get_or_create(
        member=member, name="First pass", folder="none", purpose="gotv",
        defaults={"size_by": "doors", "size": 10, "at_door": 2, "seed": 1, "doors": 10, "people": 20,
                  "by": "x", "made_at": timezone.now()},
    )  # fmt: skip
    return Turf.objects.create(
        cut=cut, number=number, name="ELM ST", doors=10, people=20, latitude=39, longitude=-83
    )


@pytest.fixture
def given(world: World) -> tuple[HandOut, str]:
    """A turf of Rivera's for Ann, and its code."""
    turf = turf_of(world.member("rivera"))
    return hand_outs.give(home=world.home, turf=turf, walker="Ann  Bee", by=MACHINE)


def claim(code: str, address: str = "192.0.2.1", **more: Any) -> tuple[int, dict[str, Any]]:
    body = {"code": code} | more
    came = Client().post(
        reverse("api_field_claim"), json.dumps(body), content_type="application/json", REMOTE_ADDR=address
    )
    return came.status_code, came.json()


def asks(token: str) -> HttpRequest:
    return RequestFactory().post("/api/field/x", headers={"Authorization": f"Bearer {token}"})


def test_a_code_is_claimed_once_and_says_what_the_phone_has(given: tuple[HandOut, str], home: Home) -> None:
    made, code = given
    status, got = claim(f" {code[:4].lower()}-{code[4:]} ", device_name="a phone")
    made.refresh_from_db()
    assert status == 200 and got == {
        "device": str(made.device), "token": got["token"], "send_token": got["send_token"],
        "server_key": field_keys.public_key(home),
        "member": "Rivera", "turf": "ELM ST", "walker": "Ann Bee", "doors": 10, "people": 20,
        "ends_at": made.ends_at.isoformat(timespec="seconds"),
    }  # fmt: skip
    assert code not in str(vars(made)) and got["token"].partition(".")[2] not in str(vars(made))
    assert field_access.device_of(asks(got["token"])) == made
    sends = asks(got["send_token"])
    assert field_access.device_of(sends, sending=True) == made
    assert field_access.device_of(asks(got["token"]), sending=True) == made
    with pytest.raises(field_access.BadToken):
        field_access.device_of(sends)
    for _ in range(2):
        status, refused = claim(code)
        assert status == 410 and "used already" in refused["error"] and refused["do"] == []
    assert Journal.objects.filter(log="rivera", type="operator").latest("pk").sealed_shared


def test_a_claim_whose_reply_was_lost_is_asked_for_again_by_the_same_device_alone(
    given: tuple[HandOut, str], world: World
) -> None:
    made, code = given
    mine, another = "k" * 43, "x" * 43
    first = claim(code, key=mine)
    assert first[0] == 200 and claim(code, key=mine) == first
    for other in ({"key": another}, {}, {"key": ""}):
        status, refused = claim(code, **other)
        assert status == 410 and "used already" in refused["error"] and "token" not in refused
    for none in ("k" * 42, "k" * 44, "<" * 43, "k" * 43 + "\n"):
        assert claim(code, key=none)[0] == 400
    made.refresh_from_db()
    assert mine not in str(vars(made)) and KeyUse.objects.count() == 0
    HandOut.objects.filter(pk=made.pk).update(bundled_at=timezone.now())
    assert claim(code, key=mine)[0] == 410, "the turf is there, and its code still opens it"
    HandOut.objects.filter(pk=made.pk).update(bundled_at=None, revoked_at=timezone.now())
    assert claim(code, key=mine)[0] == 410
    _, newer = hand_outs.give(home=world.home, turf=made.turf, walker="Bea", by=MACHINE)
    assert claim(newer, key=mine)[1]["token"] != first[1]["token"]


def test_a_code_that_is_wrong_old_or_of_a_turf_that_is_over_opens_nothing(
    given: tuple[HandOut, str], home: Home
) -> None:
    made, code = given
    for wrong in (
        "",
        "BBBBBBBB",
        code[:7],
        code + "B",
        "../../..",
        "A" * 8,
        "\N{CYRILLIC CAPITAL LETTER VE}" * 8,
    ):
        assert claim(wrong)[0] == 404
    HandOut.objects.filter(pk=made.pk).update(code_until=timezone.now())
    assert claim(code)[0] == 410
    newer = hand_outs.new_code(home=home, hand_out=made, by=MACHINE)
    assert claim(code)[0] == 404
    HandOut.objects.filter(pk=made.pk).update(ends_at=timezone.now())
    assert claim(newer) == (410, {
        "error": "the time for this turf is over", "next": "ask whoever gave it to you for another turf",
        "do": [],
    })  # fmt: skip
    for body in (b"", b"[]", b"{", b'{"code": 7}', b'{"code": "x", "more": 1}', b'{"code": "x\\u0000"}'):
        came = Client().post(reverse("api_field_claim"), body, content_type="application/json")
        assert came.status_code in (400, 404) and set(came.json()) == {"error", "next", "do"}


def test_who_guesses_waits_and_others_do_not(given: tuple[HandOut, str]) -> None:
    _, code = given
    for _ in range(hand_outs.WRONG_AT_MOST):
        assert claim("BBBBBBBB", "192.0.2.9")[0] == 404
    assert claim(code, "192.0.2.9")[0] == 429
    assert not keys.too_many_wrong("192.0.2.9")  # wrong codes shut no program's key out
    KeyUse.objects.filter(act=hand_outs.CLAIM).update(times=hand_outs.WRONG_AT_ALL)
    assert claim(code)[0] == 429
    KeyUse.objects.filter(act=hand_outs.CLAIM).update(at=timezone.now() - timedelta(hours=1))
    assert claim(code)[0] == 200


def test_a_token_is_over_when_the_turf_is(given: tuple[HandOut, str]) -> None:
    made, code = given
    token = claim(code)[1]["token"]
    device, _, secret = token.partition(".")
    for wrong in ("", token[:-1], token + "x", f"{device}.", f".{secret}", "0" * 32 + f".{secret}", code):
        with pytest.raises(field_access.BadToken) as bad:
            field_access.device_of(asks(wrong))
    answer = field_access.refused(bad.value)
    assert answer.status_code == 401 and json.loads(answer.content)["do"] == ["lock"]
    now = timezone.now()
    for over in ({"revoked_at": now}, {"returned_at": now}, {"ends_at": now}):
        HandOut.objects.filter(pk=made.pk).update(**over)
        with pytest.raises(field_access.Ended) as gone:
            field_access.device_of(asks(token))
        assert json.loads(field_access.refused(gone.value).content)["do"] == ["wipe"]
        assert field_access.device_of(asks(token), ended=True) == made
        HandOut.objects.filter(pk=made.pk).update(
            revoked_at=None, returned_at=None, ends_at=now + timedelta(1)
        )
    with pytest.raises(keys.TooMany):
        for _ in range(200):
            field_access.device_of(asks(token))


def test_a_device_acts_for_nobody(given: tuple[HandOut, str], world: World) -> None:
    by = field_access.actor(given[0])
    with pytest.raises(Unknown):
        by.require("read", world.member("rivera"))
    with wall.acting("oh"):
        assert hand_outs.of_token("x.y") is None


def test_who_cuts_turf_gives_it(given: tuple[HandOut, str], world: World) -> None:
    turf = given[0].turf
    for person, refusal in (("alice", Unknown), ("bob", Unknown), ("violet", Unknown)):
        with pytest.raises(refusal):
            hand_outs.give(home=world.home, turf=turf, walker="x", by=Actor.of(world.user(person)))
    ohios = turf_of(world.member("oh"))
    with pytest.raises(Forbidden):
        hand_outs.give(home=world.home, turf=ohios, walker="x", by=Actor.of(world.user("violet")))
    late = timezone.now() + timedelta(days=15)
    for wrong in ({"walker": " "}, {"ends_at": timezone.now()}, {"ends_at": late}, {"walker": "a\0b"}):
        with pytest.raises(Refusal):
            hand_outs.give(**({"home": world.home, "turf": turf, "walker": "x", "by": MACHINE} | wrong))  # type: ignore[arg-type]
    turf.cut.put_away_at = timezone.now()
    with pytest.raises(Refusal, match="put away"):
        hand_outs.give(home=world.home, turf=turf, walker="x", by=MACHINE)


def test_the_home_has_one_sealing_key_that_opens_with_its_secret_alone(home: Home) -> None:
    first = field_keys.sealing_key(home)
    path = home.secrets / "field.key"
    assert path.stat().st_mode & 0o77 == 0 and at_rest.is_sealed(path)
    assert b"ENCRYPTED" in at_rest.read(path)
    field_keys._opened.cache_clear()
    assert field_keys.sealing_key(home).private_numbers() == first.private_numbers()
    assert isinstance(first.curve, ec.SECP256R1)
    with pytest.raises(Refusal, match="another one"):
        field_keys._opened(path, (b"another secret",), 0)
