"""A backup holds a home whole; a restored home is it again; what is damaged or cut makes no home.

Backups are taken by commands on a home of their own, which no open transaction of a test holds.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

import commonroll
import migrated
from commonroll.errors import Refusal
from commonroll.flow.leaving import age
from commonroll.roll.vault.vault import Vault
from commonroll.server.backups import restoring, taking
from commonroll.server.home import Home
from commonroll.transparency.verify import verify_folder

WORD = "eleven quiet otters"
KEY = age.Key(passphrase=WORD)
LINES = Path(__file__).parents[1] / "command_lines.py"

DYING = """
import os, signal, sys
from pathlib import Path
from commonroll.flow.leaving import age
from commonroll.server.backups import archive, restoring
new, calls = archive._new, []
def dies(name, into):
    calls.append(name)
    if len(calls) == 8:
        os.kill(os.getpid(), signal.SIGKILL)
    return new(name, into)
archive._new = dies
restoring.restore(Path(sys.argv[1]), Path(sys.argv[2]), age.Key(passphrase=sys.argv[3]))
"""


def run(lines: list[list[str]]) -> list[dict[str, Any]]:
    """What each command line did, in one process that knows nothing of this test."""
    hidden = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "COMMONROLL_HOME", "COMMONROLL_TEST_DATABASE")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, str(LINES)], input=json.dumps(lines), capture_output=True, text=True, timeout=240,
        check=True, env=environment,
    )  # fmt: skip
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of one state's invented voters, `word` with the passphrase, and `home.age`, its backup; half of
    an earlier backup lies about."""
    place = tmp_path_factory.mktemp("backups")
    home, files, word = place / "home", place / "files", place / "word"
    migrated.fill(home)
    word.write_text(WORD + "\n")
    at = ["--home", str(home)]
    begun = run([
        ["init", "--name", "Otters", *at],
        ["generate", "WA", "--voters", "40", "--out", str(files)],
        ["member", "add", "wa", "--name", "Washington", "--kind", "state", "--state", "WA",
             "--passphrase-file", str(word), *at],
        ["load", "wa", str(files / "WA"), *at],
    ])  # fmt: skip
    assert [one["code"] for one in begun] == [0, 0, 0, 0], begun
    (home / "backing-up").mkdir()
    (home / "backing-up" / "half").touch()
    (place / "home.age.part").touch()
    asked = ["--backup-passphrase-file", str(word), *at]
    taken, again, well = run([
        ["backup", "--to", str(place / "home.age"), *asked],
        ["backup", "--to", str(place / "home.age"), *asked],
        ["doctor", *at],
    ])  # fmt: skip
    assert taken["code"] == 0 and "read back whole" in taken["stdout"], taken
    assert again["code"] == 1 and "stands already" in again["stderr"]
    assert well["code"] == 0, (well, "a backup leaves nothing behind")
    return place


@pytest.fixture
def backup(place: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(place / "home.age", tmp_path / "home.age"))


def open_to_others(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.stat().st_mode & 0o077]


def test_a_restored_home_is_the_home_again(place: Path, backup: Path, tmp_path: Path) -> None:
    old, to = Home(place / "home"), Home(tmp_path / "new")
    word = ["--backup-passphrase-file", str(place / "word")]
    (restored,) = run([["restore", str(backup), "--home", str(to.path), *word]])
    assert restored["code"] == 0 and "every checksum right" in restored["stdout"], restored
    vault = Vault(to.vaults, "wa")
    assert vault.check() == [] and vault.current() == Vault(old.vaults, "wa").current() is not None
    with closing(sqlite3.connect(to.database)) as database:
        database.create_function("REGEXP", 2, lambda pattern, value: re.search(pattern, value) is not None)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        vkey = database.execute("SELECT log_vkey FROM server_member WHERE key = 'wa'").fetchone()[0]
    verdict = verify_folder(to.logs / "wa", vkey)
    assert verdict.ok and verdict.root == verify_folder(old.logs / "wa", vkey).root
    secrets = [{path.name: path.read_bytes() for path in home.secrets.iterdir()} for home in (old, to)]
    assert secrets[0] == secrets[1]
    assert open_to_others(to.path) == [] and not (to.path / "half").exists()


def test_nobody_reads_it_without_the_key(backup: Path, tmp_path: Path) -> None:
    assert b"SHA256SUMS" not in backup.read_bytes()
    with pytest.raises(Refusal):
        restoring.restore(backup, tmp_path / "new", age.Key(passphrase="another"))
    assert not list(tmp_path.glob("*new*"))


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda data: data[: len(data) // 2],
    "cut between two chunks": lambda data: data[: len(data) - len(data) % 65_552],
    "one bit": lambda data: data[:-99] + bytes([data[-99] ^ 1]) + data[-98:],
    "no backup": lambda data: b"no backup",
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_backup_makes_no_home(backup: Path, tmp_path: Path, name: str) -> None:
    backup.write_bytes(DAMAGE[name](backup.read_bytes()))
    with pytest.raises(Refusal):
        restoring.restore(backup, tmp_path / "new", KEY)
    assert not list(tmp_path.glob("*new*"))


def test_nothing_is_written_over(place: Path, backup: Path) -> None:
    with pytest.raises(Refusal, match="something is there"):
        restoring.restore(backup, place / "home", KEY)


def test_a_killed_restore_leaves_no_home_and_the_next_one_makes_it(backup: Path, tmp_path: Path) -> None:
    to = tmp_path / "new"
    source = Path(commonroll.__file__).parents[1]
    ended = subprocess.run(
        [sys.executable, "-c", DYING, backup, to, WORD],
        env={**os.environ, "PYTHONPATH": str(source)}, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL
    assert not to.exists()
    restoring.restore(backup, to, KEY)
    assert Home(to).exists() and [path.name for path in tmp_path.glob("*new*")] == ["new"]


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite's is copied by itself")
def test_the_dump_of_postgresql_is_asked_for(tmp_path: Path) -> None:
    assert connection.vendor == "postgresql"
    home, lock = Home(tmp_path / "home"), age.Lock(passphrase=WORD)
    with pytest.raises(Refusal, match="its dump goes into the backup"):
        taking.take(home=home, to=tmp_path / "home.age", lock=lock)
    (tmp_path / "plain.sql").write_text("CREATE TABLE")
    with pytest.raises(Refusal, match="no dump"):
        taking.take(home=home, to=tmp_path / "home.age", lock=lock, dump=tmp_path / "plain.sql")
