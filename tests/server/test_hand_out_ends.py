"""Turfs that leave somebody's hands, what the phone hears of it, and the page that says who has which."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from test_hand_outs import turf_of
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.server import out
from commonroll.server.actions import hand_out_ends, hand_outs
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import FieldEvent, HandOut, Turf, TurfCut

pytestmark = pytest.mark.django_db


@pytest.fixture
def turf(world: World) -> Turf:
    return turf_of(world.member("rivera"))


def walking(world: World, turf: Turf, walker: str = "Ann") -> tuple[HandOut, hand_outs.Claimed]:
    made, code = hand_outs.give(home=world.home, turf=turf, walker=walker, by=MACHINE)
    got = hand_outs.claim(home=world.home, code=code, address="192.0.2.1")
    made.refresh_from_db()
    return made, got


def phone(name: str, token: str) -> HttpResponse:
    return Client().post(  # type: ignore[return-value]
        reverse(f"api_field_{name}"), {"device": "x", "events": []}, content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip


def test_a_turf_is_handed_back_by_its_phone_and_the_phone_says_that_it_is_empty(
    world: World, turf: Turf
) -> None:
    made, got = walking(world, turf)
    assert phone("return", got.token + "x").status_code == phone("wiped", "x").status_code == 401
    for _ in range(2):
        answer = phone("return", got.send_token)
        assert answer.status_code == 200 and answer.json() == {"do": ["wipe"]}  # type: ignore[attr-defined]
    assert phone("bundle", got.token).status_code == 410
    assert phone("wiped", got.send_token).status_code == 200
    made.refresh_from_db()
    assert made.returned_at and made.wiped_at and out.state(made, timezone.now()) == out.BACK
    with pytest.raises(Refusal, match="deleted it already"):
        hand_out_ends.have_again(hand_out=made, by=MACHINE)
    with pytest.raises(Refusal, match="nobody's hands"):
        hand_out_ends.hand_back(hand_out=made, by=MACHINE)


def test_what_a_lead_takes_away_is_had_again_until_the_phone_has_heard(world: World, turf: Turf) -> None:
    made, got = walking(world, turf)
    with pytest.raises(Refusal, match="Say why"):
        hand_out_ends.revoke(hand_out=made, why=" ", by=MACHINE)
    hand_out_ends.revoke(hand_out=made, why="the shift is over", by=MACHINE)
    assert out.state(made, timezone.now()) == out.REVOKED
    hand_out_ends.have_again(hand_out=made, by=MACHINE)
    assert hand_outs.over(made) == "" and made.revoked_why == ""
    hand_out_ends.hand_back(hand_out=made, by=MACHINE)
    hand_out_ends.have_again(hand_out=made, by=MACHINE)
    hand_out_ends.revoke(hand_out=made, why="the shift is over", by=MACHINE)
    assert phone("bundle", got.token).json()["do"] == ["wipe"]  # type: ignore[attr-defined]
    made.refresh_from_db()
    with pytest.raises(Refusal, match="deleted it already"):
        hand_out_ends.have_again(hand_out=made, by=MACHINE)


def test_a_lost_phone_is_out_and_its_walker_has_a_new_code_in_one_step(world: World, turf: Turf) -> None:
    made, got = walking(world, turf)
    fresh, code = hand_out_ends.lost(home=world.home, hand_out=made, by=MACHINE)
    assert (fresh.walker, fresh.turf, fresh.ends_at) == (made.walker, turf, made.ends_at)
    made.refresh_from_db()
    assert made.revoked_why == hand_out_ends.LOST and phone("bundle", got.token).status_code == 410
    claimed = hand_outs.claim(home=world.home, code=code, address="192.0.2.2")
    assert hand_outs.of_token(claimed.token) == fresh and hand_outs.of_token(got.token) == made
    HandOut.objects.filter(pk=fresh.pk).update(ends_at=timezone.now())
    fresh.refresh_from_db()
    assert hand_out_ends.lost(home=world.home, hand_out=fresh, by=MACHINE)[0].ends_at > timezone.now()


def test_the_rest_goes_on_to_somebody_else_and_what_the_first_recorded_before_counts(
    world: World, turf: Turf
) -> None:
    made, _ = walking(world, turf)
    fresh, _ = hand_out_ends.hand_on(home=world.home, hand_out=made, walker="Ben", by=MACHINE)
    made.refresh_from_db()
    assert fresh.walker == "Ben" and fresh.turf == turf
    assert made.returned_at is not None and made.revoked_at is None and made.wiped_at is None
    HandOut.objects.filter(pk=fresh.pk).update(paper=True)
    fresh.refresh_from_db()
    with pytest.raises(Refusal, match="on paper"):
        hand_out_ends.hand_on(home=world.home, hand_out=fresh, walker="Cy", by=MACHINE)


def test_others_end_nothing(world: World, turf: Turf) -> None:
    made, _ = walking(world, turf)
    for person in ("alice", "bob", "violet"):
        by = Actor.of(world.user(person))
        for end in (
            lambda by=by: hand_out_ends.hand_back(hand_out=made, by=by),
            lambda by=by: hand_out_ends.revoke(hand_out=made, why="x", by=by),
            lambda by=by: hand_out_ends.have_again(hand_out=made, by=by),
            lambda by=by: hand_out_ends.lost(home=world.home, hand_out=made, by=by),
            lambda by=by: hand_out_ends.hand_on(home=world.home, hand_out=made, walker="x", by=by),
            lambda by=by: hand_outs.new_code(home=world.home, hand_out=made, by=by),
        ):
            with pytest.raises(Unknown):
                end()
    assert hand_outs.over(made) == ""


def test_how_turfs_stand(world: World, turf: Turf) -> None:
    now = timezone.now()
    made, _ = walking(world, turf)
    for changed, state in (
        ({}, out.OUT), ({"wiped_at": now}, out.EMPTY),
        ({"seen_at": now - timedelta(hours=1)}, out.SILENT_OUT),
        ({"claimed_at": None, "code_until": now + timedelta(1)}, out.CODE),
        ({"claimed_at": None, "code_until": now}, out.CODE_OVER), ({"ends_at": now}, out.EXPIRED),
        ({"paper": True}, out.PAPER), ({"returned_at": now}, out.BACK), ({"revoked_at": now}, out.REVOKED),
        ({"revoked_at": now, "wiped_at": now}, out.WIPED),
    ):  # fmt: skip
        one = HandOut.objects.get(pk=made.pk)
        for name, value in changed.items():
            setattr(one, name, value)
        assert out.state(one, now) == state
    assert len({state.sign for state in out.STATES}) == len(out.STATES)


def rang(made: HandOut, household: str, kind: str = "attempt", **more: str) -> str:
    now, event = timezone.now(), uuid.uuid4()
    FieldEvent.objects.create(
        member=made.member, turf=made.turf, hand_out=made, event=event, kind=kind, household=household,
        document={"value": {"result": "not_home"}, **more}, received_at=now, effective_at=now, by="x",
    )  # fmt: skip
    return str(event)


def test_the_page_gives_with_codes_says_who_has_which_and_ends_it(
    world: World, turf: Turf, charlie: Client, alice: Client
) -> None:
    other, cut = turf_of(turf.cut.member, 2), TurfCut.objects.get()
    page = reverse("turf_out", args=[cut.pk])
    assert "0 of 20 doors" in charlie.get(page).content.decode()
    form = {"walker-1": "Ann <b>", "walker-2": " ", "walker-99": "x", "hours": "8", "script": ""}
    given = charlie.post(reverse("turf_give", args=[cut.pk]), form)
    body, made = given.content.decode(), HandOut.objects.get()
    assert given["Cache-Control"] == "private, no-store" and "Ann &lt;b&gt;" in body
    (typed,) = re.findall(r'code-word" translate="no">([A-Z]{4}-[A-Z]{4})<', body)
    assert typed.replace("-", "") not in body.replace(typed, "") and body.count('class="qr"') == 1
    assert round((made.ends_at - made.made_at) / timedelta(hours=1), 2) == 20
    got = hand_outs.claim(home=world.home, code=typed, address="192.0.2.1")
    back = rang(made, "h1")
    for household in ("h1", "h2", "h2"):
        rang(made, household)
    rang(made, "h3", kind="undo", replaces=rang(made, "h3"))
    assert back and out.doors_done(cut) == {turf.pk: 2}
    body = charlie.get(page).content.decode()
    assert "2 of 10" in body and "being walked" in body and 'name="walker-2"' in body
    assert "in nobody" not in charlie.get(page + "?state=out").content.decode().partition("<table")[2]
    does = {
        what: reverse("turf_out_act", args=[made.pk, what]) for what in ("away", "again", "lost", "on", "x")
    }
    assert "taken away" in charlie.post(does["away"], {"why": "rain"}, follow=True).content.decode()
    assert "same hands again" in charlie.post(does["again"], follow=True).content.decode()
    assert "code-word" in charlie.post(does["lost"]).content.decode()
    assert "code-word" in charlie.post(does["on"], {"walker": "Ben"}).content.decode()
    assert charlie.post(does["x"]).status_code == 404 and hand_outs.of_token(got.token) == made
    assert charlie.post(reverse("turf_give", args=[cut.pk]), {"walker-1": ""}).status_code == 400
    before = HandOut.objects.count()
    for stranger in (alice, world.client("bob")):
        assert stranger.get(page).status_code == 404
        assert stranger.post(reverse("turf_give", args=[cut.pk]), form).status_code == 404
        assert stranger.post(does["lost"]).status_code == 404
    assert HandOut.objects.count() == before and other.hand_outs.count() == 0
