"""What of a vault goes into a package: every file that something names, and a page for strangers."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commonroll.flow.leaving.package import bad
from commonroll.roll.schema import TABLES
from commonroll.roll.vault.persons import LINKS
from commonroll.roll.vault.vault import Vault

CATALOGUE = "catalogue.sqlite3"
_PASSING = ("lock", "leases", "staging", f"{LINKS}/lock")
"""Who reads or writes just now; of no use afterwards."""


def files(vault: Vault) -> list[Path]:
    """The files to take, relative to the vault's folder, without the catalogue. The caller holds its lock.

    Table files that no kept snapshot names stay behind, as do links and what is half written.
    """
    named = vault.named(datetime.now(UTC))
    return sorted(path for path in _plain(vault.path) if _taken(vault.path, path, named))


def _plain(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        here = Path(where)
        folders[:] = [n for n in folders if not n.startswith((".", "work-")) and not (here / n).is_symlink()]
        for name in names:
            if not name.startswith(".") and stat.S_ISREG((here / name).lstat().st_mode):
                yield (here / name).relative_to(folder)


def _taken(folder: Path, path: Path, named: set[Path]) -> bool:
    text = path.as_posix()
    if text.startswith(CATALOGUE) or path.suffix == ".part":
        return False
    if any(text == one or text.startswith(f"{one}/") for one in _PASSING):
        return False
    of_a_table = path.parts[0] in TABLES and path.suffix == ".parquet"
    return folder / path in named if of_a_table or path.parts[0] == LINKS else True


def standing(vault: Vault) -> str:
    """One hash over names, sizes and times of a vault's files: whether anything was written since."""
    digest = hashlib.sha256()
    for path in sorted(_plain(vault.path)):
        text = path.as_posix()
        if any(text == one or text.startswith(f"{one}/") for one in _PASSING):
            continue
        found = (vault.path / path).lstat()
        digest.update(f"{text}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def copy_catalogue(vault: Vault, to: Path) -> bool:
    """A whole copy of the catalogue, whoever writes it meanwhile; False where the vault has none."""
    if not vault.catalogue.path.exists():
        return False
    with closing(sqlite3.connect(vault.catalogue.path)) as here, closing(sqlite3.connect(to)) as there:
        here.backup(there)
    return True


def schema() -> dict[str, Any]:
    """Every table with its columns: type, meaning, class."""
    return {
        table.name: [{"column": c.name, "type": c.type, "class": c.cls, "meaning": c.meaning} for c in table]
        for table in TABLES.values()
    }


def snapshots(vault: Vault) -> dict[str, Any]:
    """Which files make which kept snapshot and each event table, so that nobody needs the catalogue."""
    kept = []
    for one in vault.snapshots():
        names = vault.catalogue.files(one.number)
        kept.append(
            {
                "number": one.number,
                "made_at": one.made_at.isoformat(),
                "state": one.state,
                "load": one.load,
                "layouts": list(one.layouts),
                "tables": {
                    table: {"rows": one.rows[table], "files": [f"vault/{table}/{n}" for n in names[table]]}
                    for table in one.versions
                },
            }
        )
    events = {
        table: {"rows": part.rows, "files": [f"vault/{table}/{name}" for name in part.files]}
        for table, part in vault.catalogue.appended().items()
    }
    return {"current_first": kept, "events": events, "suppressed": vault.suppressed().num_rows}


def check_arrived(vault: Vault, held: Mapping[str, str], said: Mapping[str, Any]) -> None:
    """Raise BadPackage unless an unpacked vault is whole and names nothing but its own files.

    `held`: names of the package's files. `said`: its snapshots.json.
    """
    _check_catalogue(vault)
    for path in vault.named(datetime.now(UTC)):
        inside = path.is_relative_to(vault.path) and ".." not in path.parts
        if not inside or f"vault/{path.relative_to(vault.path).as_posix()}" not in held:
            raise bad("the vault names a file that the package does not hold", CATALOGUE)
    if snapshots(vault) != said:
        raise bad("the snapshots are not those that the package lists", CATALOGUE)
    for one in vault.snapshots():
        if sentences := vault.check(one):
            raise bad(sentences[0], f"snapshot {one.number}")


def _check_catalogue(vault: Vault) -> None:
    """A catalogue has our tables and nothing that runs: no trigger, no view."""
    if not vault.catalogue.path.exists():
        return
    with closing(sqlite3.connect(":memory:")) as ours:
        vault.catalogue.lay_out(ours)
        wanted = _shape(ours)
    with closing(sqlite3.connect(f"file:{vault.catalogue.path}?mode=ro", uri=True)) as db:
        try:
            sound = _shape(db) == wanted and db.execute("PRAGMA quick_check").fetchone()[0] == "ok"
        except sqlite3.DatabaseError as error:
            raise bad("the catalogue cannot be read", CATALOGUE) from error
    if not sound:
        raise bad("the catalogue holds something else than the tables of a vault", CATALOGUE)


def _shape(db: sqlite3.Connection) -> set[tuple[object, ...]]:
    """What a database holds, and the columns of its tables; older ones may say it in other words."""
    things = set(db.execute("SELECT type, name, tbl_name FROM sqlite_master"))
    columns = "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_xinfo(m.name) c"
    return things | set(db.execute(columns))
