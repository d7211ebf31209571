"""Invitations, roles, and the three people on the command of each action."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World

from commonroll.errors import Refusal
from commonroll.server.actions import federation
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.models import Invitation, Role

pytestmark = pytest.mark.django_db


def test_an_invitation_works_once(world: World) -> None:
    _, secret = federation.invite(
        to=world.member("oh"), email="Dora@example.org", role="analyst", by=Actor.of(world.user("alice"))
    )
    dora = federation.accept(secret=secret, password="a long and odd password")
    assert dora.email == "dora@example.org"
    assert dora.roles.get().member.key == "oh"
    with pytest.raises(Unknown):
        federation.accept(secret=secret, password="a long and odd password")


def test_an_invitation_expires_and_its_secret_is_not_stored(world: World) -> None:
    made, secret = federation.invite(to=world.member("oh"), email="e@example.org", role="viewer", by=MACHINE)
    assert secret not in str(Invitation.objects.values().get(pk=made.pk))
    later = timezone.now() + timedelta(days=federation.INVITATION_DAYS, seconds=1)
    with pytest.raises(Unknown):
        federation.invitation(secret, now=later)


def test_a_weak_password_is_refused_and_the_invitation_stays_open(world: World) -> None:
    _, secret = federation.invite(to=world.member("oh"), email="e@example.org", role="viewer", by=MACHINE)
    with pytest.raises(Refusal):
        federation.accept(secret=secret, password="password1234")
    assert federation.invitation(secret)


@pytest.mark.parametrize(("person", "error"), [("charlie", Unknown), ("bob", Unknown), ("violet", Forbidden)])
def test_only_owners_invite(world: World, person: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        federation.invite(
            to=world.member("oh"), email="e@example.org", role="owner", by=Actor.of(world.user(person))
        )


def test_an_account_that_exists_must_sign_in_to_accept(world: World) -> None:
    _, secret = federation.invite(
        to=world.member("oh"), email="charlie@example.org", role="viewer", by=MACHINE
    )
    with pytest.raises(Refusal, match="sign in"):
        federation.accept(secret=secret, password="another long password")
    federation.accept(secret=secret, password="", user=world.user("charlie"))
    assert world.user("charlie").roles.count() == 2


def test_the_last_owner_stays(world: World) -> None:
    alice = world.user("alice")
    with pytest.raises(Refusal, match="last owner"):
        federation.set_role(of=alice, member=world.member("oh"), role="viewer", by=MACHINE)
    assert Role.objects.get(user=alice).name == "owner"


def test_a_member_key_is_a_key_and_a_name_once(world: World) -> None:
    for key in ("OH", "o", "../x", "oh", "federation"):
        with pytest.raises(Refusal):
            federation.add_member(
                home=world.home, key=key, name="X", kind="group", state="", passphrase=PASSPHRASE, by=MACHINE
            )
