"""`key`: made and printed once, listed with its uses, revoked."""

from __future__ import annotations

import pytest
from commands import Shell
from django.test import Client
from world import World

pytestmark = pytest.mark.django_db


def test_a_key_is_made_listed_and_revoked(shell: Shell, world: World) -> None:
    made = shell.json('key create --member oh --purpose volunteer --days 7 --note "sign-up form"')
    headers = {"Authorization": f"Bearer {made['key']}"}
    assert Client().get("/api/match", headers=headers).status_code == 200
    (listed,) = shell.json("key list --member oh --purpose volunteer")
    assert (listed["id"], listed["state"], listed["requests"]) == (made["id"], "in force", 1)
    assert listed["last_uses"][0]["act"] == "match.get" and made["key"] not in str(listed)
    assert shell.json("key list --member oh --purpose gotv") == []
    assert shell.json("key list --member wa") == []
    assert shell.json(f"key revoke {made['id']} --member oh")["state"] == "revoked"
    assert Client().get("/api/match", headers=headers).status_code == 401
    assert "revoked already" in shell.refused(f"key revoke {made['id']} --member oh")
    assert "no such key" in shell.refused("key revoke 000000000000 --member oh")
    assert "no such purpose" in shell.refused("key create --member oh --purpose fun")
