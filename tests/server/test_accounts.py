"""Signing in, second factors, invitations: what keeps an account its owner's."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from axes.models import AccessAttempt
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from world import MACHINE, PASSWORD, World, address

from commonroll.server.actions import federation
from commonroll.server.models import Invitation, Role, User

pytestmark = pytest.mark.django_db

LOGIN, LOGOUT = "/accounts/login/", "/accounts/logout/"
NEW_PASSWORD = "seven odd geese by the canal"


def sign_in(client: Client, person: str, password: str = PASSWORD, **headers: Any) -> HttpResponse:
    return client.post(LOGIN, {"login": address(person), "password": password}, **headers)  # type: ignore[return-value]


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def text_of(response: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# Passwords


def test_alice_signs_in_with_her_password(nobody: Client) -> None:
    assert sign_in(nobody, "alice").status_code == 302
    assert is_in(nobody)


def test_the_case_of_an_address_does_not_matter(nobody: Client) -> None:
    nobody.post(LOGIN, {"login": "ALICE@Example.ORG", "password": PASSWORD})
    assert is_in(nobody)


def test_a_page_asks_to_sign_in_and_comes_back(nobody: Client) -> None:
    asked = nobody.get("/log/")
    assert asked["Location"] == f"{LOGIN}?next=/log/"
    done = nobody.post(asked["Location"], {"login": address("alice"), "password": PASSWORD, "next": "/log/"})
    assert done["Location"] == "/log/"


def test_signing_in_leads_to_no_other_site(nobody: Client) -> None:
    form = {"login": address("alice"), "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert "elsewhere" not in nobody.post(LOGIN, form)["Location"]


def test_a_wrong_password_does_not_say_whether_there_is_an_account(world: World) -> None:
    known = sign_in(world.client(), "alice", "wrong")
    unknown = sign_in(world.client(), "mallory", "wrong")
    assert known.status_code == unknown.status_code == 200
    assert text_of(known).replace(address("alice"), "X") == text_of(unknown).replace(address("mallory"), "X")


def test_a_password_is_never_shown_again(nobody: Client) -> None:
    assert "a-very-wrong-word" not in sign_in(nobody, "alice", "a-very-wrong-word").content.decode()


def test_a_person_made_inactive_does_not_get_in(world: World) -> None:
    User.objects.filter(email=address("alice")).update(is_active=False)
    client = world.client()
    sign_in(client, "alice")
    assert not is_in(client)


def test_a_person_made_inactive_is_out_at_once(world: World, alice: Client) -> None:
    assert is_in(alice)
    User.objects.filter(email=address("alice")).update(is_active=False)
    assert not is_in(alice)


# Guessing


def test_five_wrong_passwords_close_the_account_for_a_while(world: World, nobody: Client) -> None:
    for _ in range(5):
        sign_in(nobody, "alice", "wrong")
    sign_in(nobody, "alice")
    assert not is_in(nobody)


def test_guessing_at_alice_does_not_lock_bob_out(world: World, nobody: Client) -> None:
    for _ in range(8):
        sign_in(nobody, "alice", "wrong")
    bob = world.client()
    sign_in(bob, "bob")
    assert is_in(bob)


def guessed(client: Client, times: int) -> HttpResponse:
    """So many wrong guesses, slowly enough for the limit by the minute."""
    for _ in range(times):
        cache.clear()
        response = sign_in(client, "alice", "wrong")
    cache.clear()
    return response


def test_slow_guessing_is_locked_out_by_account_and_address(world: World, nobody: Client) -> None:
    said = guessed(nobody, settings.AXES_FAILURE_LIMIT)
    assert said.status_code == 429 and "quarter of an hour" in text_of(said)
    assert sign_in(nobody, "alice").status_code == 429
    assert AccessAttempt.objects.get().username == address("alice")
    bob = world.client()
    sign_in(bob, "bob")
    assert is_in(bob)


def test_a_lock_out_ends(nobody: Client) -> None:
    guessed(nobody, settings.AXES_FAILURE_LIMIT)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(hours=1))
    sign_in(nobody, "alice")
    assert is_in(nobody)


def test_a_failed_sign_in_keeps_no_password(nobody: Client) -> None:
    sign_in(nobody, "alice", "a-very-wrong-word")
    assert "a-very-wrong-word" not in str(list(AccessAttempt.objects.values()))


# Cookies and leaving


def test_the_session_cookie_is_for_the_site_alone(nobody: Client) -> None:
    sign_in(nobody, "alice")
    cookie = nobody.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert settings.SESSION_COOKIE_SECURE == settings.HTTPS == settings.CSRF_COOKIE_SECURE


def test_signing_in_changes_the_session(nobody: Client) -> None:
    nobody.get(LOGIN)
    before = nobody.cookies.get(settings.SESSION_COOKIE_NAME)
    sign_in(nobody, "alice")
    after = nobody.cookies[settings.SESSION_COOKIE_NAME].value
    assert after and (before is None or before.value != after)


def test_a_link_signs_nobody_out(alice: Client) -> None:
    alice.get(LOGOUT)
    assert is_in(alice)
    alice.post(LOGOUT)
    assert not is_in(alice)


def test_a_form_of_another_site_signs_nobody_in_or_out(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict, "alice").status_code == 403
    strict.force_login(world.user("alice"), backend=settings.AUTHENTICATION_BACKENDS[-1])
    assert strict.post(LOGOUT).status_code == 403
    assert is_in(strict)


# A second factor


def code(secret: str, *, steps: int = 0) -> str:
    """What an authenticator app shows now, or so many periods from now."""
    counter = list(totp.yield_hotp_counters_from_time())
    return totp.format_hotp_value(totp.hotp_value(secret, counter[len(counter) // 2] + steps))


@pytest.fixture
def secret(nobody: Client) -> str:
    """Alice's authenticator app, enrolled through the page."""
    sign_in(nobody, "alice")
    asked = nobody.get(reverse("mfa_activate_totp"))
    assert "reauthenticate" in asked["Location"], (
        "a session that lies open is not enough to change how one signs in"
    )
    page = nobody.post(asked["Location"], {"password": PASSWORD}, follow=True)
    assert page.status_code == 200
    made = str(nobody.session[totp.SECRET_SESSION_KEY])
    assert made in page.content.decode()
    done = nobody.post(reverse("mfa_activate_totp"), {"code": code(made)})
    assert done.status_code == 302
    cache.clear()
    return made


def test_the_secret_of_a_second_factor_is_not_readable_in_the_database(world: World, secret: str) -> None:
    assert secret not in str(list(Authenticator.objects.values()))


def test_a_password_alone_is_not_enough_any_more(world: World, secret: str) -> None:
    client = world.client()
    assert sign_in(client, "alice")["Location"].startswith(reverse("mfa_authenticate"))
    assert not is_in(client)


def test_password_and_code_let_alice_in(world: World, secret: str) -> None:
    client = world.client()
    sign_in(client, "alice")
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert is_in(client)


def test_an_old_or_wrong_code_does_not(world: World, secret: str) -> None:
    for wrong in ("000000", code(secret, steps=-20), ""):
        client = world.client()
        sign_in(client, "alice")
        client.post(reverse("mfa_authenticate"), {"code": wrong})
        assert not is_in(client)


def test_a_code_works_once(world: World, secret: str) -> None:
    used = code(secret)
    for expected in (True, False):
        client = world.client()
        sign_in(client, "alice")
        client.post(reverse("mfa_authenticate"), {"code": used})
        assert is_in(client) is expected


def test_a_recovery_code_works_once(world: World, secret: str) -> None:
    held = Authenticator.objects.get(user=world.user("alice"), type=Authenticator.Type.RECOVERY_CODES).wrap()
    spare = held.get_unused_codes()[0]
    for expected in (True, False):
        client = world.client()
        sign_in(client, "alice")
        client.post(reverse("mfa_authenticate"), {"code": spare})
        assert is_in(client) is expected


def test_codes_are_not_guessed_without_end(world: World, secret: str) -> None:
    client = world.client()
    sign_in(client, "alice")
    answers = [
        client.post(reverse("mfa_authenticate"), {"code": f"{n:06d}"}).content.decode() for n in range(12)
    ]
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert not is_in(client)
    assert answers[0] != answers[-1]


def test_turning_the_second_factor_off_asks_for_the_password_again(world: World, secret: str) -> None:
    client = world.client("alice")  # a session in which nobody typed a password lately
    asked = client.post(reverse("mfa_deactivate_totp"))
    assert asked.status_code == 302 and "reauthenticate" in asked["Location"]
    assert Authenticator.objects.filter(type=Authenticator.Type.TOTP).exists()


# How one becomes a user


def test_nobody_signs_up(nobody: Client) -> None:
    before = User.objects.count()
    page = nobody.get("/accounts/signup/")
    assert "closed" in text_of(page).lower()
    nobody.post("/accounts/signup/", {"email": "eve@example.org", "password1": NEW_PASSWORD})
    assert User.objects.count() == before


def invited(alice: Client, email: str, role: str = "analyst") -> str:
    """The link of an invitation that Alice makes on her page, as the page shows it."""
    alice.post(reverse("invite"), {"email": email, "role": role})
    page = alice.get("/").content.decode()
    link = re.search(r"https?://testserver(/invitation/[A-Za-z0-9_-]+)", page)
    assert link is not None
    return link.group(1)


def take_up(client: Client, link: str, password: str = NEW_PASSWORD) -> HttpResponse:
    """Open the link, send its form."""
    page = client.get(link, follow=True)
    where = page.redirect_chain[-1][0] if page.redirect_chain else link  # type: ignore[attr-defined]
    return client.post(where, {"password": password})  # type: ignore[return-value]


def test_an_invitation_from_alice_to_dora_from_end_to_end(alice: Client, nobody: Client) -> None:
    link = invited(alice, "dora@example.org")
    assert take_up(nobody, link).status_code == 302
    assert is_in(nobody)
    role = Role.objects.get(user__email="dora@example.org")
    assert (role.member.key, role.name) == ("oh", "analyst")
    nobody.post(LOGOUT)
    nobody.post(LOGIN, {"login": "dora@example.org", "password": NEW_PASSWORD})
    assert is_in(nobody)


def test_the_link_is_shown_once(alice: Client) -> None:
    link = invited(alice, "dora@example.org")
    assert link not in alice.get("/").content.decode()


def test_a_link_works_once_and_not_after_its_days(alice: Client, world: World) -> None:
    link = invited(alice, "dora@example.org")
    take_up(world.client(), link)
    assert world.client().get(link, follow=True).status_code == 404
    late = invited(alice, "emil@example.org")
    Invitation.objects.filter(email="emil@example.org").update(expires_at=timezone.now())
    assert world.client().get(late, follow=True).status_code == 404


def test_a_made_up_link_is_no_page(nobody: Client) -> None:
    assert nobody.get("/invitation/made-up", follow=True).status_code == 404


@pytest.mark.parametrize("weak", ["", "short", "password1234", "dora@example.org"])
def test_weak_passwords_are_refused_with_the_reason(alice: Client, world: World, weak: str) -> None:
    link = invited(alice, "dora@example.org")
    client = world.client()
    answer = take_up(client, link, weak)
    assert answer.status_code == 400
    assert "password" in text_of(answer).lower()
    assert not User.objects.filter(email="dora@example.org").exists()
    assert take_up(client, link).status_code == 302


def test_an_invitation_gives_a_stranger_no_account_that_exists(world: World, nobody: Client) -> None:
    _, secret = federation.invite(to=world.member("oh"), email=address("charlie"), role="owner", by=MACHINE)
    answer = take_up(nobody, f"/invitation/{secret}")
    assert answer.status_code == 400 and not is_in(nobody)
    assert world.user("charlie").check_password(PASSWORD)
    assert Role.objects.filter(user=world.user("charlie")).count() == 1


def test_only_who_it_names_takes_an_invitation_up(world: World, bob: Client) -> None:
    _, secret = federation.invite(to=world.member("oh"), email=address("charlie"), role="owner", by=MACHINE)
    take_up(bob, f"/invitation/{secret}")
    assert not Role.objects.filter(user=world.user("bob"), member__key="oh").exists()


def test_the_secret_does_not_stay_in_the_address(world: World, nobody: Client) -> None:
    _, secret = federation.invite(to=world.member("oh"), email="d@example.org", role="viewer", by=MACHINE)
    opened = nobody.get(f"/invitation/{secret}")
    assert opened.status_code == 302 and secret not in opened["Location"]
    assert secret not in nobody.get(opened["Location"]).content.decode()


# Changing what identifies a person


def test_an_address_is_not_changed_by_its_user(alice: Client) -> None:
    answer = alice.post("/accounts/email/", {"action_add": "", "email": "other@example.org"})
    assert answer.status_code == 404
    assert User.objects.filter(email=address("alice")).exists()


def test_a_new_password_keeps_to_the_rules_and_ends_other_sessions(world: World, nobody: Client) -> None:
    sign_in(nobody, "alice")
    other = world.client("alice")
    form = {"oldpassword": PASSWORD, "password1": "short", "password2": "short"}
    nobody.post("/accounts/password/change/", form)
    assert world.user("alice").check_password(PASSWORD)
    cache.clear()
    nobody.post("/accounts/password/change/", {**form, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert world.user("alice").check_password(NEW_PASSWORD)
    assert not is_in(other)


def test_asking_for_a_new_password_does_not_say_whether_there_is_an_account(world: World) -> None:
    answers = [
        world.client().post("/accounts/password/reset/", {"email": address(person)})
        for person in ("alice", "mallory")
    ]
    assert [a.status_code for a in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    to_alice = [message for message in mail.outbox if message.to == [address("alice")]]
    assert len(to_alice) == 1
