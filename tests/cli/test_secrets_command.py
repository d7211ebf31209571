"""`commonroll secrets` as an operator types it."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Shell
from world import World

from commonroll import at_rest


def test_every_secret_of_a_home_is_sealed_and_named(world: World, shell: Shell) -> None:
    said = shell.json("secrets show")
    assert not said["outside"] and all(one["sealed"] for one in said["secrets"])
    files = {path.relative_to(world.home.path).as_posix() for path in world.home.secrets.iterdir()}
    assert {one["file"] for one in said["secrets"]} == files - {"secrets/data.key", "secrets/master.key"}
    assert all(one["what"] != "of this site" for one in said["secrets"]), "each has its words"
    shown = shell("secrets show").stdout
    assert "signs the log of oh" in shown and "whoever copies the whole home has it" in shown


def test_the_master_key_is_moved_and_the_home_opens_with_it_alone(
    world: World, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(at_rest.ENVIRONMENT, raising=False)
    before = world.home.secret()
    outside = tmp_path / "master.key"
    said = shell(f"secrets rotate --all --to {outside}").stdout
    assert (
        f"{at_rest.ENVIRONMENT}={outside}" in said.replace("\n", "")
        and "secrets are sealed under new keys" in said
    )
    assert outside.stat().st_mode & 0o077 == 0 and not (world.home.secrets / "master.key").exists()
    assert "stands already" in shell(f"secrets rotate --to {outside}", code=1).stderr
    monkeypatch.setenv(at_rest.ENVIRONMENT, str(outside))
    assert world.home.secret() == before and shell.json("secrets show")["outside"]
    assert shell.json("doctor")["whole"]
    monkeypatch.setenv(at_rest.ENVIRONMENT, str(tmp_path / "none.key"))
    at_rest._ring.cache_clear()
    refused = shell("doctor", code=1)
    assert "master key" in refused.stderr + refused.stdout
