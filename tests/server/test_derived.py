"""What secrets are derived from changes: a receiver is told first, and nothing is read twice meanwhile."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any, cast

import pytest
from world import MACHINE, World

from commonroll import at_rest
from commonroll.errors import Refusal
from commonroll.server import derived, field_keys
from commonroll.server.actions import call_records, webhooks
from commonroll.server.models import Webhook
from commonroll.server.van import calls

pytestmark = pytest.mark.django_db


def made(world: World) -> tuple[Webhook, str]:
    return webhooks.create(
        home=world.home, of=world.member("oh"), url="https://hooks.ohio.us/", events=["load"], by=MACHINE
    )


def secret(world: World, hook: Webhook) -> str:
    return webhooks.secret_of(world.home, Webhook.objects.get(pk=hook.pk))


def test_a_webhook_signs_as_before_until_it_is_renewed_or_the_former_is_forgotten(
    world: World,
) -> None:
    (one, told), (other, other_told), (older, _) = made(world), made(world), made(world)
    Webhook.objects.filter(pk=older.pk).update(salt="")
    stood, called = secret(world, older), calls.secret_of(world.home, "a")
    derived.change(world.home)
    assert (secret(world, one), secret(world, other), secret(world, older)) == (told, other_told, stood)
    assert calls.secret_of(world.home, "a") == called and secret(world, made(world)[0]) != told
    _, renewed = webhooks.renew(home=world.home, of=world.member("oh"), hook_id=one.pk, by=MACHINE)
    assert secret(world, one) == renewed != told
    assert {hook.pk for hook in derived.waiting(world.home)} == {other.pk, older.pk}
    with pytest.raises(Refusal, match="still known"):
        derived.change(world.home)
    assert {hook.pk for hook in derived.forget(world.home)} == {other.pk, older.pk}
    ends = (secret(world, other), secret(world, older), calls.secret_of(world.home, "a"))
    assert secret(world, one) == renewed and not {other_told, stood, called} & set(ends)
    derived.change(world.home)
    assert ends == (secret(world, other), secret(world, older), calls.secret_of(world.home, "a")), "again"


def test_the_fields_key_stays_and_a_record_is_known_by_both_ids(world: World) -> None:
    key = field_keys.sealing_key(world.home).private_numbers()
    of = cast(Any, SimpleNamespace(urn=uuid.uuid4()))
    (before,) = call_records.events_of(of, "a")
    derived.change(world.home)
    now = call_records.events_of(of, "a")
    assert now[1:] == (before,) and now[0] != before
    derived.forget(world.home)
    field_keys._opened.cache_clear()
    assert field_keys.sealing_key(world.home).private_numbers() == key
    assert call_records.events_of(of, "a") == now[:1]
    assert at_rest.is_sealed(world.home.secrets / "derived.key")
