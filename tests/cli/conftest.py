"""The command line on the small federation of the site's tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))

from commands import Shell
from world import *  # noqa: F403
from world import PASSPHRASE, World


@pytest.fixture
def shell(world: World, tmp_path: Path) -> Shell:
    passphrases = tmp_path / "passphrase"
    passphrases.write_text(f"{PASSPHRASE}\nonly the first line counts\n")
    return Shell(world.home.path, passphrases)
