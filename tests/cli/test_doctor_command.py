"""`commonroll doctor` as an operator types it."""

from __future__ import annotations

from commands import Shell
from world import World


def test_a_whole_home_ends_with_0(shell: Shell) -> None:
    assert "This home is whole." in shell("doctor").stdout
    assert shell.json("doctor --member oh") == {"whole": True, "findings": [], "mended": []}


def test_what_would_be_mended_is_said_first(world: World, shell: Shell) -> None:
    key = world.home.log_key("oh")
    key.chmod(0o644)
    said = shell("doctor", code=1).stdout
    assert "secrets/oh.log.key" in said
    assert "--mend would: set the rights 0600" in said
    assert key.stat().st_mode & 0o777 == 0o644
    assert "0 wrong, 1 mended." in shell("doctor --mend").stdout
    assert key.stat().st_mode & 0o777 == 0o600
