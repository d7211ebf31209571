"""The page of programs: a secret is shown once, to an owner; what is wrong is said where it was typed."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from world import World

from commonroll.server.models import ApiKey, Webhook

pytestmark = pytest.mark.django_db
CHANGE = "/extracts/programs/change"


def test_a_key_is_made_shown_once_used_and_revoked(world: World, alice: Client) -> None:
    asked = {"what": "key", "purpose": "gotv", "may": ["ask"], "days": "30", "note": "the <b>notebook</b>"}
    made = alice.post(CHANGE, asked).content.decode()
    (secret,) = re.findall(r'id="secret">(crk_[\w-]+)<', made)
    again = alice.get(reverse("programs")).content.decode()
    assert secret not in again and "<b>notebook" not in again and "ask" in again
    use = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/columns", headers=use).status_code == 200
    key = ApiKey.objects.get()
    assert (key.scopes, key.member.key) == (["ask"], "oh")
    assert alice.post(CHANGE, {"what": "revoke", "which": key.pk}).status_code == 302
    assert Client().get("/api/columns", headers=use).status_code == 401


def test_a_webhook_is_made_and_ended(world: World, alice: Client) -> None:
    asked = {"what": "webhook", "url": "https://hooks.a.us/x", "event": ["load", "export"]}
    made = alice.post(CHANGE, asked).content.decode()
    assert re.search(r'id="secret">crw_[\w-]+<', made)
    hook = Webhook.objects.get()
    assert hook.url in alice.get(reverse("programs")).content.decode()
    assert alice.post(CHANGE, {"what": "end", "which": hook.pk}).status_code == 302
    assert hook.url not in alice.get(reverse("programs")).content.decode()


@pytest.mark.parametrize(
    "asked",
    [
        {"what": "key", "purpose": "gotv", "days": "30"},
        {"what": "key", "purpose": "gotv", "may": ["sign"], "days": "30"},
        {"what": "key", "purpose": "fun", "may": ["ask"], "days": "30"},
        {"what": "key", "purpose": "gotv", "may": ["ask"], "days": "9999"},
        {"what": "webhook", "url": "https://127.0.0.1.nip.invalid/", "event": ["load"]},
        {"what": "webhook", "url": "http://a.us/", "event": ["load"]},
        {"what": "webhook", "url": "https://a.us/"},
        {"what": "revoke", "which": "unknown"},
        {"what": "ping", "which": "unknown"},
        {},
    ],
)
def test_what_is_wrong_changes_nothing(world: World, alice: Client, asked: dict[str, str]) -> None:
    answer = alice.post(CHANGE, asked)
    assert answer.status_code == 400 and "class=" in answer.content.decode()
    assert not ApiKey.objects.exists() and not Webhook.objects.exists()


def test_charlie_ends_nothing_of_ohios(world: World, alice: Client, charlie: Client) -> None:
    alice.post(CHANGE, {"what": "webhook", "url": "https://hooks.a.us/x", "event": ["load"]})
    alice.post(CHANGE, {"what": "key", "purpose": "gotv", "may": ["ask"], "days": "30"})
    for what, which in (("end", Webhook.objects.get().pk), ("revoke", ApiKey.objects.get().pk)):
        assert charlie.post(CHANGE, {"what": what, "which": which}).status_code == 400
    assert ApiKey.objects.get().revoked_at is None and Webhook.objects.get().state == "on"
    assert "hooks.a.us" not in charlie.get(reverse("programs")).content.decode()
