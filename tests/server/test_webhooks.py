"""Webhooks: told in order, signed, once an entry is in the log; of one's own, and never of a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from receiver import Receiver, received
from world import MACHINE, PASSPHRASE, World, agree

from commonroll.errors import Refusal
from commonroll.invented import generate
from commonroll.server import outgoing, startup
from commonroll.server.actions import agreement_events, loads, questions, webhooks
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.models import Agreement, Journal, Webhook

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    with received(tmp_path_factory.mktemp("receiver")) as found:
        yield found


@pytest.fixture
def told(program: Receiver, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Receiver:
    monkeypatch.setenv("SSL_CERT_FILE", str(program.certificate))
    settings.OUTGOING_NAMES, settings.OUTGOING_NETWORKS = outgoing.allowed("localhost,127.0.0.0/8,::1/128")
    program.came.clear()
    program.answers.clear()
    return program


def hook_of(world: World, told: Receiver, member: str, *events: str) -> tuple[Webhook, str]:
    return webhooks.create(
        home=world.home, of=world.member(member), url=told.url, events=events or list(webhooks.EVENTS),
        by=MACHINE,
    )  # fmt: skip


def messages(told: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in told.came]


def taken(world: World) -> None:
    """National takes rows of Ohio."""
    questions.export(
        home=world.home, viewer=world.member("national"), purpose="gotv", where="member = 'oh'",
        columns=("last_name",), format="csv", by=MACHINE,
    )  # fmt: skip


def tell(world: World) -> int:
    startup.fold(world.home)
    return webhooks.tell(world.home)


def test_an_entry_is_told_once_signed_and_with_its_place_in_the_log(world: World, told: Receiver) -> None:
    hook, secret = hook_of(world, told, "oh", "export")
    taken(world)
    assert webhooks.tell(world.home) in (0, 1)
    tell(world)
    assert tell(world) == 0
    ((headers, body),) = told.came
    assert headers["x-commonroll-signature"] == webhooks.signature(secret, body)
    said = json.loads(body)
    entry = Journal.objects.get(log="oh", index=said["index"])
    assert said["entry"] == json.loads(bytes(entry.leaf)) and said["event"] == "export"
    assert headers["x-commonroll-delivery"] == entry.leaf_id and said["webhook"] == hook.pk
    assert secret not in json.dumps(webhooks.hooks_of(of=world.member("oh"), by=MACHINE))


def test_what_was_before_is_not_told(world: World, told: Receiver) -> None:
    taken(world)
    startup.fold(world.home)
    hook_of(world, told, "oh")
    assert tell(world) == 0


def test_an_agreement_is_told_to_both_and_to_nobody_else(world: World, told: Receiver) -> None:
    hooks = {member: hook_of(world, told, member)[0].pk for member in ("oh", "national", "wa", "rivera")}
    agree("oh", "national", purposes=["volunteer"])
    tell(world)
    heard = {said["webhook"] for said in messages(told)}
    assert heard == {hooks["oh"], hooks["national"]}
    assert {said["event"] for said in messages(told)} == {"agreement"}


def test_charlie_hears_nothing_of_rows_that_others_take(world: World, told: Receiver) -> None:
    hook_of(world, told, "rivera")
    hook_of(world, told, "national")
    taken(world)
    agreement_events.revoke(
        home=world.home, agreement=Agreement.objects.get(owner__key="oh", recipient__key="national"),
        member=world.member("oh"), cause="law", passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip
    tell(world)
    assert [said["event"] for said in messages(told)] == ["agreement"]


def test_a_load_is_told_and_only_what_was_asked_for(world: World, told: Receiver, tmp_path: Path) -> None:
    hook_of(world, told, "oh", "load")
    hook_of(world, told, "oh", "list", "response")
    generate(["OH"], 20, 7, tmp_path)
    loads.from_files(
        home=world.home, to=world.member("oh"), paths=[tmp_path / "OH"], accept="gate", layout=None,
        by=MACHINE,
    )  # fmt: skip
    taken(world)
    tell(world)
    (said,) = messages(told)
    assert said["event"] == "load" and said["entry"]["verdict"] == "refuse"


def test_a_failure_is_tried_again_later_and_in_order_then_it_stops(world: World, told: Receiver) -> None:
    hook, _ = hook_of(world, told, "oh", "export")
    taken(world)
    taken(world)
    for failure, wait in enumerate(webhooks.WAITS, 1):
        told.answers = [500]
        assert tell(world) == 0
        hook.refresh_from_db()
        assert (hook.failures, hook.last_said, hook.state) == (failure, "500", "on")
        assert hook.next_at is not None
        assert timedelta(0) <= timezone.now() + wait - hook.next_at < timedelta(seconds=30)
        assert webhooks.tell(world.home) == 0, "it waits"
        Webhook.objects.update(next_at=timezone.now())
    told.answers = [404]
    assert tell(world) == 0
    hook.refresh_from_db()
    assert hook.state == Webhook.State.STOPPED
    assert len({said["entry"]["id"] for said in messages(told)}) == 1
    told.came.clear()
    webhooks.resume(of=world.member("oh"), hook_id=hook.pk, by=MACHINE)
    assert tell(world) == 2
    first, second = messages(told)
    assert first["index"] < second["index"]


def test_a_webhook_that_ended_is_told_nothing(world: World, told: Receiver) -> None:
    hook, _ = hook_of(world, told, "oh", "export")
    webhooks.end(of=world.member("oh"), hook_id=hook.pk, by=MACHINE)
    taken(world)
    assert tell(world) == 0 and webhooks.hooks_of(of=world.member("oh"), by=MACHINE) == []
    with pytest.raises(Unknown):
        webhooks.resume(of=world.member("oh"), hook_id=hook.pk, by=MACHINE)


def test_another_secret_signs_from_then_on_and_only_its_owner_asks_for_it(
    world: World, told: Receiver
) -> None:
    hook, first = hook_of(world, told, "oh", "export")
    for other, refused in (("violet", Forbidden), ("charlie", Unknown)):
        with pytest.raises(refused):
            webhooks.renew(
                home=world.home, of=world.member("oh"), hook_id=hook.pk, by=Actor.of(world.user(other))
            )
    hook, second = webhooks.renew(home=world.home, of=world.member("oh"), hook_id=hook.pk, by=MACHINE)
    taken(world)
    tell(world)
    ((headers, body),) = told.came
    signed = headers["x-commonroll-signature"]
    assert first != second and signed == webhooks.signature(second, body) != webhooks.signature(first, body)
    assert sum(b"webhook.renewed" in bytes(row.leaf) for row in Journal.objects.filter(log="oh")) == 1


def test_a_ping_says_what_was_answered(world: World, told: Receiver) -> None:
    hook, _ = hook_of(world, told, "oh", "load")
    of = world.member("oh")
    told.answers = [204, 410]
    assert webhooks.ping(home=world.home, of=of, hook_id=hook.pk, by=MACHINE) == "204"
    assert webhooks.ping(home=world.home, of=of, hook_id=hook.pk, by=MACHINE) == "410"
    with pytest.raises(Unknown):
        webhooks.ping(home=world.home, of=world.member("wa"), hook_id=hook.pk, by=MACHINE)


@pytest.mark.parametrize(
    ("url", "events"),
    [
        ("https://a.us", ["shoes"]),
        ("https://10.0.0.1/x", ["load"]), ("https://a.us", []), ("http://a.us", ["load"]),
        ("https://www.example.com", ["load"]), ("https://x:y@a.us", ["load"]),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(world: World, url: str, events: list[str]) -> None:
    with pytest.raises(Refusal):
        webhooks.create(home=world.home, of=world.member("oh"), url=url, events=events, by=MACHINE)
    assert not Webhook.objects.exists()


def test_owners_alone_make_them_and_ten_at_most(world: World, told: Receiver) -> None:
    asked = {"home": world.home, "of": world.member("oh"), "url": told.url, "events": ["load"]}
    with pytest.raises(Forbidden):
        webhooks.create(**asked, by=Actor.of(world.user("violet")))
    with pytest.raises(Unknown):
        webhooks.create(**asked, by=Actor.of(world.user("charlie")))
    for _ in range(webhooks.MOST):
        hook_of(world, told, "oh", "load")
    with pytest.raises(Refusal, match="10 webhooks at most"):
        hook_of(world, told, "oh", "load")
