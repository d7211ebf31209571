"""Taking a backup while the site runs: what belongs together is set aside under its locks, then sealed.

Vaults first, then the logs, and under both the database: so no snapshot is named that is not there, and no
log is shorter than its journal says. Files that are never written again are linked, all others copied.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from commonroll.errors import Refusal
from commonroll.flow.leaving import age
from commonroll.roll.vault.vault import Vault
from commonroll.server import startup, wall
from commonroll.server.backups import archive
from commonroll.server.backups.names import ASIDE, DUMP, LAST
from commonroll.server.home import Home
from commonroll.server.logs import folder
from commonroll.server.models import Federation
from commonroll.transparency.log import LOCK, WRITING

LOCK_SECONDS = 60.0
DATABASES = (".sqlite3",)
LEFT_OUT = {"lock", "leases", "staging", LOCK, WRITING}
OWN = {ASIDE, f"{ASIDE}.lock", LAST, "tmp", "vaults", "log", "found", "copies"}
PG_DUMP = b"PGDMP"


@dataclass(frozen=True)
class Taken:
    """A backup that was read back whole: files in it, bytes of the sealed file."""

    files: int
    bytes: int


@wall.node()
def take(*, home: Home, to: Path, lock: age.Lock, dump: Path | None = None) -> Taken:
    """Make the backup `to`, which must not exist. It has its name only once it was read back whole.

    `dump`: of a PostgreSQL database, by `pg_dump --format=custom` with the site stopped. Raises Refusal where
    a load runs for longer than a minute, where `to` stands already, or the dump is missing or none.
    """
    if to.exists():
        raise Refusal("this file stands already", where=str(to), next_step="name another one")
    _check_dump(dump)
    part = to.with_name(f"{to.name}.part")
    part.unlink(missing_ok=True)
    with _aside(home) as aside:
        startup.fold(home)
        _gather(home, aside, dump)
        identity, recipient = age.new_identity()
        mine = lock if lock.passphrase else age.Lock((*lock.recipients, recipient))
        files = archive.write(aside, part, mine)
        archive.read(part, age.Key(passphrase=lock.passphrase) if lock.passphrase else age.Key((identity,)))
    # a link, since a rename would replace what came there meanwhile
    os.link(part, to)
    part.unlink()
    (home.path / LAST).write_text(datetime.now(UTC).isoformat(timespec="seconds") + "\n")
    return Taken(files, to.stat().st_size)


def _check_dump(dump: Path | None) -> None:
    if connection.vendor == "sqlite":
        return
    if dump is None:
        raise Refusal(
            "the database is PostgreSQL: its dump goes into the backup",
            next_step="stop the site, run `pg_dump --format=custom --file=FILE` as a superuser, then name "
            "FILE with --database-dump",
        )
    with dump.open("rb") as file:
        if file.read(len(PG_DUMP)) != PG_DUMP:
            raise Refusal("this is no dump in pg_dump's custom format", where=dump.name,
                          next_step="make it by `pg_dump --format=custom --file=FILE`")  # fmt: skip


@contextmanager
def _aside(home: Home) -> Iterator[Path]:
    """An empty folder on the home's own disk, for one backup at a time; gone afterwards."""
    aside = home.path / ASIDE
    with (home.path / f"{ASIDE}.lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refusal("another backup is being made", next_step="wait until it is done") from error
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        try:
            yield aside
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _gather(home: Home, aside: Path, dump: Path | None) -> None:
    fed = Federation.objects.get()
    with ExitStack() as locks:
        for path in _folders(home.vaults):
            held = Vault(home.vaults, path.name)
            locks.enter_context(held.lock(wait=LOCK_SECONDS, doing="backup"))
        for path in _folders(home.logs):
            locks.enter_context(folder(home, fed.origin, path.name).writing())
        _tree(home.logs, aside / "log")
        _database(home, aside, dump)
        _tree(home.vaults, aside / "vaults")
    for path in sorted(home.path.iterdir()):
        if path.is_dir() and path.name not in OWN:
            _tree(path, aside / path.name)


def _folders(of: Path) -> list[Path]:
    return sorted(path for path in of.iterdir() if path.is_dir()) if of.is_dir() else []


def _database(home: Home, aside: Path, dump: Path | None) -> None:
    if connection.vendor != "sqlite":
        assert dump is not None
        shutil.copyfile(dump, aside / DUMP)
        return
    _copy_database(Path(connection.settings_dict["NAME"]), aside / home.database.name)


def _copy_database(source: Path, to: Path) -> None:
    """By SQLite's own backup: whole as of one moment, whoever writes meanwhile."""
    with closing(sqlite3.connect(source, timeout=20)) as live, closing(sqlite3.connect(to)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _tree(source: Path, to: Path) -> None:
    to.mkdir(mode=0o700)
    for path in sorted(source.iterdir()):
        if path.name in LEFT_OUT or path.is_symlink() or path.name.endswith((".part", "-wal", "-shm")):
            continue
        if path.is_dir():
            _tree(path, to / path.name)
        elif path.suffix in DATABASES:
            _copy_database(path, to / path.name)
        elif path.suffix == ".parquet":
            os.link(path, to / path.name)
        else:
            shutil.copyfile(path, to / path.name)
