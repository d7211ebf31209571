"""`recall`: listed for both, shown, answered here or with a key that never comes near the server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Shell
from world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def recalled(shell: Shell, tmp_path: Path) -> str:
    """The id of a recall by Ohio to the national committee."""
    shell(
        "export --as national --purpose gotv --where \"member = 'oh'\" --columns last_name --to",
        tmp_path / "x.csv",
    )
    shell("agreement revoke 1 --as oh --cause law {pass}")
    (one,) = shell.json("recall list --as national")["to_delete"]
    return str(one["id"])


def test_a_recall_is_answered(shell: Shell, recalled: str) -> None:
    (lent,) = shell.json("recall held --as oh")
    assert lent["state"] == "recalled" and lent["rows"] > 0
    assert (
        "6" in shell("recall list --as oh").stdout
        and "all of them" in shell(f"recall show {recalled} --as oh").stdout
    )
    assert "no such recall" in shell.refused(f"recall show {recalled} --as rivera")
    assert "no such recall" in shell.refused(f"recall acknowledge {recalled} --as oh {{pass}}")
    shell(f"recall acknowledge {recalled} --as national {{pass}}")
    assert shell.json(f"recall show {recalled} --as oh")["state"] == "met"
    assert shell.json("recall held --as oh")[0]["state"] == "deleted"
    assert "was answered" in shell.refused(f"recall acknowledge {recalled} --as national {{pass}}")


def test_a_statement_is_signed_offline(shell: Shell, world: World, recalled: str, tmp_path: Path) -> None:
    text = tmp_path / "statement.json"
    text.write_text(shell(f"recall acknowledge {recalled} --as national --unsigned").stdout)
    assert json.loads(text.read_text())["statement"]["says"] == "cr:statement/deleted"
    key = world.home.signing_key("national")
    line = shell("agreement sign --as national {pass}", "--key", key, "--text", text).stdout.strip()
    shell(f"recall acknowledge {recalled} --as national", "--text", text, "--line", line)
    assert shell.json(f"recall show {recalled} --as national")["state"] == "met"
    shell(f"recall acknowledge {recalled} --as national", "--line", line, code=2)
