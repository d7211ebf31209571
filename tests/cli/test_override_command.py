"""`agreement override`: made here or with a key kept off the server, listed, taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Shell
from world import World

pytestmark = pytest.mark.django_db

WORDS = "--whole-file --until 2027-06-01 --reason 'Counsel of the party reads the statute otherwise.'"


def test_made_listed_and_ended(shell: Shell) -> None:
    assert "WA-1" in shell("agreement override rules --as wa").stdout
    assert "it is federal" in shell.refused(f"agreement override make US-1 --as wa {WORDS} {{pass}}")
    shell(f"agreement override make WA-1 --as wa {WORDS.replace('--whole-file', '')} {{pass}}", code=2)
    made = shell(f"agreement override make WA-1 --as wa {WORDS} {{pass}}").stdout.split()[-1]
    assert "stands" in shell("agreement override list --as wa").stdout
    shell(f"agreement override end {made} --as wa {{pass}}")
    assert "taken back" in " ".join(shell("agreement override list --as wa").stdout.split())
    shell.refused(f"agreement override end {made} --as wa {{pass}}")


def test_signed_offline(shell: Shell, world: World, tmp_path: Path) -> None:
    text = tmp_path / "override.json"
    text.write_text(shell(f"agreement override make WA-1 --as wa {WORDS} --unsigned").stdout)
    key = world.home.signing_key("wa")
    signed = shell("agreement sign --as wa {pass}", "--key", key, "--text", text)
    assert "reads the statute otherwise" in signed.stderr
    shell("agreement override enter --as wa", "--text", text, "--line", signed.stdout.strip())
    shell.refused("agreement override enter --as wa", "--text", text, "--line", signed.stdout.strip())
