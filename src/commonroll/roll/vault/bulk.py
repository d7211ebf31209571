"""Bulk tables of a vault as Delta tables: files that stand in a table's folder become a version of it."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake import Schema as DeltaSchema
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, CommitProperties

from commonroll.errors import Refusal
from commonroll.roll.schema import TABLES, Column, Table, Type
from commonroll.roll.vault.catalogue import Part

CONFIGURATION: dict[str, str | None] = {
    # The vault's own vacuum decides what goes; nobody's default of 7 or 30 days may.
    "delta.deletedFileRetentionDuration": "interval 36500 days",
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.enableExpiredLogCleanup": "false",
    "delta.checkpointInterval": "20",
}

ARROW: dict[Type, pa.DataType] = {
    "string": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
}


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a vault's table: its columns in order, all nullable (the gate judges nulls)."""
    return pa.schema([pa.field(c.name, ARROW[c.type]) for c in table])


DIGESTS = "sha256"
"""In the metadata of a commit: JSON, file name -> SHA-256."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = ("No space left on device", "File too large", "database or disk is full")


@contextmanager
def room_on_disk(where: str) -> Iterator[None]:
    """Turn a full disk, whoever meets it, into a refusal that says so; other errors pass."""
    try:
        yield
    except (OSError, DeltaError, sqlite3.Error) as error:
        words = str(error)
        if getattr(error, "errno", None) not in _FULL and not any(full in words for full in _FULL_WORDS):
            raise
        raise Refusal(
            "The disk is full. What was there before is whole.",
            where=where,
            next_step="Free some space, then run the same command again.",
        ) from error


def write_empty(folder: Path, table: str, name: str) -> Path:
    """A Parquet file without rows and with the table's columns."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    pq.write_table(arrow_schema(TABLES[table]).empty_table(), path)
    return path


def measure(path: Path, table: str) -> int:
    """Rows of a staged Parquet file. Raises ValueError where its columns are not the table's."""
    metadata = pq.ParquetFile(path)
    found = metadata.schema_arrow
    wanted = TABLES[table]
    if tuple(found.names) != wanted.names:
        missing, extra = set(wanted.names) - set(found.names), set(found.names) - set(wanted.names)
        raise ValueError(f"{table}: missing {sorted(missing)}, extra {sorted(extra)}, or in another order")
    for column in wanted:
        if not _fits(found.field(column.name).type, column):
            raise ValueError(f"{column.qualified}: {found.field(column.name).type}, wanted {column.type}")
    return int(metadata.metadata.num_rows)


def _fits(found: pa.DataType, column: Column) -> bool:
    if pa.types.is_dictionary(found):
        found = found.value_type
    if pa.types.is_large_string(found):
        found = pa.string()
    return bool(found == ARROW[column.type])


def take_in(folder: Path, table: str, files: Sequence[Path]) -> dict[str, int]:
    """Rows by name of files that now stand in the table's folder, flushed to the disk.

    Files written there stay as they are; others move in. Raises ValueError for a file of other columns.
    """
    folder.mkdir(parents=True, exist_ok=True)
    counts = [measure(path, table) for path in files]
    taken = [_moved_in(folder, path.absolute()) for path in files]
    for path in taken:
        sync(path)
    return {path.relative_to(folder).as_posix(): n for path, n in zip(taken, counts, strict=True)}


def _moved_in(folder: Path, path: Path) -> Path:
    if path.is_relative_to(folder):
        return path
    return Path(shutil.move(path, folder / f"part-{uuid4().hex}.parquet"))


def commit(folder: Path, table: str, rows: Mapping[str, int], *, append: bool, load: str) -> Part:
    """Make files of the table's folder (name -> rows) its next version, or add them to it.

    No data is copied and no value reaches the log: the statistics are row counts alone, and the files' hashes
    stand beside them (`digests`). The caller holds the vault's lock. Returns the version, the rows and the
    names of every file of that version.
    """
    delta = _opened(folder, table)
    before = delta.version()
    told = {"load": load, DIGESTS: json.dumps({name: digest(folder / name) for name in rows})}
    delta.create_write_transaction(
        [_added(folder / name, name, count) for name, count in rows.items()],
        "append" if append else "overwrite",
        arrow_schema(TABLES[table]),
        commit_properties=CommitProperties(custom_metadata=told, max_commit_retries=0),
    )
    part = at_version(folder)
    if part.version != before + 1 or (not append and set(part.files) != set(rows)):
        raise RuntimeError(f"{table}: somebody else wrote to the Delta table; version {part.version}")
    sync(folder / "_delta_log" / f"{part.version:020}.json")
    sync(folder / "_delta_log")
    sync(folder)
    return part


def _opened(folder: Path, table: str) -> DeltaTable:
    if DeltaTable.is_deltatable(str(folder)):
        return DeltaTable(str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    schema = DeltaSchema.from_arrow(arrow_schema(TABLES[table]))
    return DeltaTable.create(str(folder), schema, name=table, configuration=CONFIGURATION)


def _added(path: Path, name: str, rows: int) -> AddAction:
    stat = path.stat()
    return AddAction(
        name, stat.st_size, {}, int(stat.st_mtime * 1000), True, json.dumps({"numRecords": rows})
    )


def at_version(folder: Path, version: int | None = None) -> Part:
    """A version as Delta's own log has it: version (the newest if not given), rows, file names."""
    delta = DeltaTable(str(folder), version=version)
    actions = delta.get_add_actions(flatten=True)
    names = sorted(str(path) for path in actions.column("path").to_pylist())
    rows = sum(actions.column("num_records").to_pylist()) if names else 0
    return Part(delta.version(), rows, tuple(names))


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 by file name, as each commit of a table told it; none of files from before they were told."""
    found: dict[str, str] = {}
    for path in sorted((folder / "_delta_log").glob("*.json")):
        for line in path.read_bytes().splitlines():
            if DIGESTS.encode() in line:
                found |= _told(line)
    return found


def _told(line: bytes) -> dict[str, str]:
    try:
        return dict(json.loads(json.loads(line)["commitInfo"][DIGESTS]))
    except (ValueError, KeyError, TypeError):  # a damaged line tells of nothing
        return {}


def differences(folder: Path, table: str, part: Part) -> list[str]:
    """How a part of a manifest row differs from Delta's log and from the disk: sentences."""
    logged = at_version(folder, part.version)
    found = []
    if set(logged.files) != set(part.files):
        found.append(f"{table}: Delta's log names other files for version {part.version} than the catalogue.")
    if logged.rows != part.rows:
        found.append(f"{table}: Delta's log counts {logged.rows} rows, the catalogue {part.rows}.")
    missing = [name for name in part.files if not (folder / name).is_file()]
    if missing:
        found.append(f"{table}: {len(missing)} of {len(part.files)} files are missing.")
    elif (rows := sum(measure(folder / name, table) for name in part.files)) != part.rows:
        found.append(f"{table}: the files hold {rows} rows, the catalogue counts {part.rows}.")
    return found


def exists(folder: Path) -> bool:
    """Whether a Delta table stands in `folder`."""
    return folder.is_dir() and DeltaTable.is_deltatable(str(folder))


def sync(path: Path) -> None:
    """Flush a file or folder to the disk, so that a power cut after the manifest row loses nothing."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
