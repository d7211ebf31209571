"""An SQLite database with this version's tables, made once and then copied: what the tables are made from is
the same until a migration, a model or a package changes.

Tables are still made step by step where the file is made, on PostgreSQL, and by each `commonroll init` that a
test types.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".pytest_cache" / "tables"
MADE_FROM = (
    "src/commonroll/server/migrations/*.py", "src/commonroll/server/models/*.py",
    "src/commonroll/server/*.py", "requirements-test.lock",
)  # fmt: skip
DATABASE = "commonroll.sqlite3"
IN_MEMORY = "file:memorydb_default?mode=memory&cache=shared"
"""Where Django makes the test database of an alias that is called default."""

MAKE = """
import sys
from pathlib import Path
from commonroll.console import use
from commonroll.server.home import Home
Home(Path(sys.argv[1])).create()
use(Path(sys.argv[1]))
from commonroll.server import startup
startup.migrate()
"""


def _file() -> Path:
    digest = hashlib.sha256(sys.version.encode())
    for pattern in MADE_FROM:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return KEPT / f"{digest.hexdigest()[:20]}.sqlite3"


def _make(at: Path) -> None:
    dropped = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "DATABASE_OWNER_URL", "COMMONROLL_TEST_DATABASE")
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    with tempfile.TemporaryDirectory(prefix="commonroll-tables-") as folder:
        home = Path(folder) / "home"
        environment["COMMONROLL_HOME"] = str(home)
        subprocess.run([sys.executable, "-c", MAKE, str(home)], env=environment, check=True)
        with closing(sqlite3.connect(home / DATABASE)) as made:
            made.execute("PRAGMA journal_mode = DELETE")  # all of it stands in one file
        half = at.with_suffix(".half")
        shutil.copyfile(home / DATABASE, half)
        half.rename(at)


def _kept() -> Path:
    at = _file()
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not at.exists():
            _make(at)
    return at


def fill(home: Path) -> None:
    """Put the tables where a home looks for its database; nothing where there is one."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (database := home / DATABASE).exists():
        shutil.copyfile(_kept(), database)


@contextmanager
def in_memory() -> Iterator[None]:
    """The tables in the database that Django is about to make for tests."""
    with closing(sqlite3.connect(IN_MEMORY, uri=True)) as keeps, closing(sqlite3.connect(_kept())) as kept:
        kept.backup(keeps)
        yield
