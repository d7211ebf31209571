"""The kinds of files below a home: what is lost with one, and what restores it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from commonroll.roll.schema import REFUSED, TABLES
from commonroll.roll.vault.catalogue import Catalogue
from commonroll.server.backups.names import ASIDE, LAST
from commonroll.server.backups.taking import LEFT_OUT
from commonroll.server.doctor import digests
from commonroll.server.home import Home

BACKUP = "put this file back from a backup"
_OWN = {"tmp", ASIDE, f"{ASIDE}.lock", LAST, digests.FOLDER, "last-examination"}
_UNFINISHED = (".part", "-wal", "-shm", "-journal")


@dataclass(frozen=True)
class Kind:
    """Files by their place below the home. `once`: written once, so that any other bytes are damage.

    `made_again`: folders above the file that may go with it, since whoever needs them makes them again.
    """

    places: str
    lost: str
    restore: str = BACKUP
    once: bool = False
    made_again: int | None = None


KINDS = (
    Kind("commonroll.sqlite3", "whatever the site keeps beside vaults and logs",
         "stop the site and put the database back from a backup"),
    Kind("secrets/*", "what this secret opens or signs",
         "put the folder secrets back, all of it, from the backup that the rest of the home is from"),
    Kind("log/*", "the proof of entries of this log",
         "append nothing; put the file back from a member's copy of the log or from a backup"),
    Kind("vaults/*/catalogue.sqlite3", "which files make which snapshot, and who is left out of every read",
         "put the vault back from a backup, and load what came since"),
    Kind("vaults/*/raw/*.txt", "lines of a load as they were delivered",
         f"{BACKUP}, or load the same official file again", once=True),
    Kind("vaults/*/lookup/index/*", "nothing: it is made again", "remove its folder", made_again=1),
    Kind("vaults/*/lookup/words/*", "nothing: it is made again", "remove its folder", made_again=1),
    Kind("copies/*/lookup/*", "nothing: it is made again", "remove its folder", made_again=1),
    Kind("copies/*", "nothing: it is made again", "remove it", made_again=0),
    Kind("vaults/*/lookup/numbers.bin", "the numbers by which programs know this member's voters"),
    Kind("vaults/*/places/*", "addresses taken apart, and doors on the map",
         f"{BACKUP}, or make them again: `commonroll places`"),
    Kind("vaults/*/persons/*", "which registrants are one person", f"{BACKUP}, or link anew"),
    Kind("vaults/*/links/*", "what the next linking would start from", f"{BACKUP}, or link anew"),
    Kind("vaults/*/points/*", "public address points", f"{BACKUP}, or bring the public file again"),
    Kind("vaults/*/ranges/*", "public sides of streets", f"{BACKUP}, or bring the public file again"),
    Kind("vaults/*/streets/*", "public streets", f"{BACKUP}, or bring the public file again"),
    Kind("vaults/*/score-values/*", "guesses of a model as they were shared",
         f"{BACKUP}, or bring the scores again", once=True),
    Kind("vaults/*/marks/keys/*", "tracing of copies marked under this key"),
    Kind("vaults/*/marks/decoys/register.parquet", "tracing by these invented voters"),
    Kind("vaults/*/marks/*", "tracing of a copy by its marks"),
    Kind("vaults/*/traces/*", "the report of a leak that was traced"),
    Kind("vaults/*/reports/*", "a report on a load, a linking or a redaction"),
    Kind("vaults/*/lists/*", "a list that came in, or what was found of it",
         f"{BACKUP}, or bring the list again"),
    Kind("vaults/*/signing.key*", "signing for this member",
         f"{BACKUP}; else make another: `commonroll signing-key rotate`"),
    Kind("vaults/*/reader.key", "sealed details of this member"),
    Kind("vaults/*/FOLDER.md", "nothing: each load writes it", "remove it", made_again=0),
    Kind("vaults/*/_delta_log/*", "which files were which version of a table, for programs that read Delta"),
    Kind("decisions/*", "an hour of decisions on who might do what: none of it can be shown any more"),
    Kind("extracts/*", "a file that left: its recipient cannot fetch it again",
         f"{BACKUP}, or export anew", once=True),
    Kind("uploads/*", "a file that waits for its load", "upload it again"),
    Kind("lists/*", "persons of a saved list", f"{BACKUP}, or save the list again"),
    Kind("turf/*", "doors of a cut", f"{BACKUP}, or cut the turf again"),
    Kind("scores/*", "what a model guesses of a member's voters", f"{BACKUP}, or bring the scores again"),
)  # fmt: skip
OTHER = Kind("*", "what it holds")


def kind_of(place: str) -> Kind:
    """The kind of a file by its place below the home."""
    table = place.split("/")[2:3] if place.startswith("vaults/") else []
    if table and table[0] in TABLES and place.endswith(".parquet") and table[0] != "persons":
        return Kind(place, f"rows of {table[0]}", once=True)
    return next((kind for kind in KINDS if fnmatchcase(place, kind.places)), OTHER)


def every(home: Home, member: str = "") -> Iterator[Path]:
    """Each file that is kept, of one member alone where it is named; the order of places."""
    if not member:
        yield from _below(home.path, _OWN)
        return
    for folder in (home.vaults / member, home.logs / member, home.decisions / member):
        yield from _below(folder, set())
    yield from (path for path in (home.log_key(member), home.next_log_key(member)) if path.exists())


def _below(folder: Path, own: set[str]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name in LEFT_OUT | own or path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir():
            yield from _below(path, set())
        elif path.is_file() and not path.name.endswith(_UNFINISHED):
            yield path


# Tables of a vault


def of_table(home: Home, place: str) -> Kind:
    """What is lost with a file of a vault's table: which snapshots, or whose answers."""
    _, member, table, name = place.split("/", 3)
    vault = home.vaults / member
    try:
        said = _manifests(vault, (vault / "catalogue.sqlite3").stat().st_mtime_ns)
    except (OSError, sqlite3.DatabaseError):
        return kind_of(place)
    if table in (REFUSED.name, *said.appended):
        return Kind(place, f"rows of {table}, which no official file holds", once=True)
    numbers = [number for number, names in said.snapshots.items() if f"{table}/{name}" in names]
    if not numbers:
        return Kind(
            place, "nothing: no snapshot that is kept has it", "none; retention removes it", once=True
        )
    current = " (the current roll)" if max(numbers) == max(said.snapshots) else ""
    load = said.loads[min(numbers)]
    return Kind(
        place, f"rows of {table} of snapshot {', '.join(map(str, sorted(numbers)))}{current}",
        f"{BACKUP}; without one load the official file of load {load} again", once=True,
    )  # fmt: skip


@dataclass(frozen=True)
class _Manifests:
    snapshots: Mapping[int, frozenset[str]]
    loads: Mapping[int, str]
    appended: Sequence[str]


@lru_cache(maxsize=8)
def _manifests(vault: Path, _: int) -> _Manifests:
    catalogue = Catalogue(vault / "catalogue.sqlite3", vault.name)
    kept = catalogue.retained()
    return _Manifests(
        {
            one.number: frozenset(
                f"{table}/{name}" for table, names in catalogue.files(one.number).items() for name in names
            )
            for one in kept
        },
        {one.number: one.load for one in kept},
        tuple(catalogue.appended()),
    )
