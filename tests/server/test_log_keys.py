"""The key of a log is changed while the site runs; whoever holds the former one follows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from world import MACHINE, World, agree

from commonroll.errors import Refusal
from commonroll.server import logs, startup
from commonroll.server.actions import agreement_events, diary, log_keys, questions
from commonroll.server.actor import Actor
from commonroll.server.meaning import events_of
from commonroll.server.models import Agreement, Federation, Journal
from commonroll.transparency.receipts import verify_receipt
from commonroll.transparency.verify import verify_folder

pytestmark = pytest.mark.django_db


def count(world: World) -> None:
    questions.count(home=world.home, viewer=world.member("national"), purpose="gotv", by=MACHINE)
    startup.fold(world.home)


def signs(world: World, log: str = "oh") -> str:
    return logs.log_vkey(world.home, Federation.objects.get(), log)


def verifies(world: World, vkey: str, log: str = "oh") -> bool:
    return verify_folder(world.home.logs / log, vkey).ok


def changed(world: World, log: str = "oh") -> tuple[str, str]:
    old = signs(world, log)
    log_keys.begin(home=world.home, log=log, by=MACHINE)
    return old, log_keys.finish(home=world.home, log=log, by=MACHINE)


def test_both_sign_then_the_next_alone_and_the_former_leads_to_it(world: World) -> None:
    old = signs(world)
    count(world)
    new = log_keys.begin(home=world.home, log="oh", by=MACHINE)
    assert log_keys.begin(home=world.home, log="oh", by=MACHINE) == new, "again changes nothing"
    count(world)
    assert verifies(world, old) and verifies(world, new)
    receipt = diary.receipt(home=world.home, log="oh", index=0, by=MACHINE)
    assert log_keys.finish(home=world.home, log="oh", by=MACHINE) == new == world.member("oh").log_vkey
    count(world)
    assert verifies(world, old) and verifies(world, new)
    assert verify_receipt(receipt, old).ok and verify_receipt(receipt, new).ok
    assert not verify_receipt(diary.receipt(home=world.home, log="oh", index=0, by=MACHINE), old).ok
    for log in ("oh", "federation"):
        assert Journal.objects.filter(log=log, type="log.key", owner="oh").count() == 2
    with pytest.raises(Refusal, match="not being changed"):
        log_keys.finish(home=world.home, log="oh", by=MACHINE)


def test_the_federations_own_log_and_a_second_change(world: World) -> None:
    first, second = changed(world, "federation")
    assert changed(world, "federation")[0] == second
    assert verifies(world, first, "federation") and verifies(world, second, "federation")
    assert diary.verify(home=world.home, log="federation", by=MACHINE).ok


def test_what_the_former_key_signed_for_the_node_goes_on_counting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now().replace(microsecond=0)
    text = agree("oh", "rivera", start=now - timedelta(days=3), until=now + timedelta(days=1))
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: text.until)
        assert agreement_events.record_expired(world.home) == 1
    changed(world)
    assert [event.kind for event in events_of(Agreement.objects.get(pk=text.pk))] == ["Expired"]


@pytest.mark.parametrize("step", ["kept", "known", "put"])
def test_a_change_that_was_killed_is_finished_by_the_next_try(
    world: World, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = signs(world)
    new = log_keys.begin(home=world.home, log="oh", by=MACHINE)
    dies = {
        "kept": "commonroll.server.actions.log_keys.put_handover",
        "known": "commonroll.server.actions.log_keys.at_rest.put",
        "put": "pathlib.Path.unlink",
    }[step]
    with monkeypatch.context() as patch:
        patch.setattr(dies, killed)
        with pytest.raises(KeyboardInterrupt):
            log_keys.finish(home=world.home, log="oh", by=MACHINE)
    count(world)
    assert verifies(world, signs(world)), "in between too"
    assert log_keys.finish(home=world.home, log="oh", by=MACHINE) == new
    count(world)
    assert verifies(world, old) and verifies(world, new) and signs(world) == new


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_the_change_is_served_beside_the_tiles(world: World) -> None:
    changed(world)
    address = "/log/oh/keys/000"
    served = world.client("alice").get(address)
    assert served.status_code == 200 and served.content.startswith(b"test.commonroll.invalid/log/oh+")
    assert world.client("charlie").get(address).status_code == 404
    assert world.client("alice").get("/log/oh/keys/001").status_code == 404


def test_a_key_is_changed_by_whoever_runs_the_machine_alone(world: World) -> None:
    with pytest.raises(Refusal, match="runs the machine"):
        log_keys.begin(home=world.home, log="oh", by=Actor.of(world.user("alice")))
