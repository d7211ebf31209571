"""Whatever kills a leave: the member's vault is whole, and no half package has the package's name."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from left_home import IDENTITY, RECIPIENT

import commonroll
from commonroll.flow.leaving import age, package
from commonroll.roll.vault.vault import Vault

HERE = Path(__file__).parent
pytestmark = pytest.mark.vault

STEPS = (("put_file", 9), ("enter", 1), ("put_agreements", 1), ("_check_read", 1))
"""As in `dying_leave`, which cannot be imported beside another home."""
OVER = ("put_agreements", "_check_read")
"""Steps after the end: the member has left, and asks for its package again."""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a home for each step, as the killed process left it."""
    folder = tmp_path_factory.mktemp("killed")
    source = Path(commonroll.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": f"{source}:{HERE}:{HERE.parent}:{HERE.parent / 'roll'}"}
    environment.pop("DATABASE_URL", None)
    program = [sys.executable, str(HERE / "dying_leave.py"), str(folder), RECIPIENT]
    subprocess.run(program, env=environment, check=True, timeout=180)
    return folder


def left(home: Path) -> bool:
    with closing(sqlite3.connect(home / "commonroll.sqlite3")) as db:
        (at,) = db.execute("SELECT left_at FROM server_member WHERE key = 'nc'").fetchone()
    return at is not None


@pytest.mark.parametrize(("name", "nth"), STEPS)
def test_the_vault_is_whole_and_no_half_package_has_the_name(killed: Path, name: str, nth: int) -> None:
    home = killed / f"{name}-{nth}"
    assert not (home / "nc.age").exists()
    held = Vault(home / "vaults", "nc")
    current = held.current()
    assert held.check() == [] and current is not None and current.rows["voters"] == 2
    assert left(home) == (name in OVER), "before the end nothing has ended"


def test_it_is_asked_for_again(killed: Path) -> None:
    file = killed / "again" / "nc.age"
    with file.open("rb") as source, age.opening(source, age.Key((IDENTITY,))) as plain:
        assert "vault/catalogue.sqlite3" in package.read(plain, most=file.stat().st_size)
    assert not list((killed / "again").glob("*.part")) and left(killed / "again")
