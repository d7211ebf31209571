"""The site's secret changes: whoever is signed in stays so until the former one is forgotten."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client
from django.urls import reverse
from world import World

from commonroll import at_rest
from commonroll.errors import Refusal
from commonroll.server import field_keys, site_secret
from commonroll.server.home import Home

pytestmark = pytest.mark.django_db

Start = Callable[[], None]


@pytest.fixture
def start(world: World, monkeypatch: pytest.MonkeyPatch) -> Start:
    """A site that starts anew takes its secrets from the home."""

    def start() -> None:
        monkeypatch.setattr(settings, "SECRET_KEY", world.home.secret())
        monkeypatch.setattr(settings, "SECRET_KEY_FALLBACKS", world.home.former_secrets())

    start()
    return start


def test_whoever_is_signed_in_stays_so_until_the_former_secret_is_forgotten(
    world: World, start: Start, alice: Client
) -> None:
    kept = (world.home.derived_secret(), field_keys.sealing_key(world.home).private_numbers())
    sealed = get_adapter().encrypt("JBSWY3DP")
    factor = Authenticator.objects.create(user=world.user("alice"), type="totp", data={"secret": sealed})
    site_secret.change(world.home)
    start()
    assert alice.get(reverse("federation")).status_code == 200 and get_adapter().decrypt(sealed) == "JBSWY3DP"
    other = world.client("bob")
    with pytest.raises(Refusal, match="still known"):
        site_secret.change(world.home)
    assert site_secret.forget(world.home) == 1
    start()
    factor.refresh_from_db()
    assert factor.data["secret"] != sealed and get_adapter().decrypt(factor.data["secret"]) == "JBSWY3DP"
    assert other.get(reverse("federation")).status_code == 200
    field_keys._opened.cache_clear()
    assert kept == (world.home.derived_secret(), field_keys.sealing_key(world.home).private_numbers())
    assert at_rest.is_sealed(world.home.secrets / "django.key") and world.home.former_secrets() == []
    with pytest.raises(Refusal, match="no former"):
        site_secret.forget(world.home)


def test_a_session_of_the_former_secret_ends_with_it(world: World, start: Start) -> None:
    late = world.client("alice")
    site_secret.change(world.home)
    site_secret.forget(world.home)
    start()
    assert late.get(reverse("federation")).status_code == 302


def test_in_a_home_of_before_webhooks_sign_as_they_did(world: World, home_of_before: Home) -> None:
    before = home_of_before.derived_secret()
    assert before == home_of_before.secret().encode()
    site_secret.change(home_of_before)
    assert home_of_before.derived_secret() == before != home_of_before.secret().encode()


@pytest.fixture
def home_of_before(world: World) -> Home:
    (world.home.secrets / "derived.key").unlink()
    return world.home
