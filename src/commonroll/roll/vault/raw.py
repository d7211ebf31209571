"""The lines as delivered, beside the roll: which line a row came from. For the owner alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pyarrow.compute as pc

from ...errors import Refusal
from ..engine import ibis_engine
from ..recognition.recognition import Incoming
from ..schema import VOTERS
from .carry import loads_behind
from .suppression import EVERYTHING
from .vault import Snapshot, Vault


def line_as_delivered(vault: Vault, snapshot: Snapshot, file: str, line: int) -> str:
    """The line that a row of `snapshot` names by `source_file` and `source_line`.

    Raises Refusal where the vault no longer keeps it, or its voter is left out of every read today.
    """
    if _of_a_hidden_voter(vault, snapshot, file, line):
        raise Refusal(
            "This line is not shown: its voter is protected.",
            where=f"vault of {vault.member}, snapshot {snapshot.number}",
            next_step="Nothing is to be done.",
        )
    for load in loads_read(vault, snapshot):
        for folder in folders(vault, load, file):
            parts = [path for path in sorted(folder.glob("*.txt")) if int(path.stem) <= line]
            if parts:
                with parts[-1].open("rb") as lines:
                    found = next(islice(lines, line - int(parts[-1].stem), None), None)
                if found is not None:
                    return found.decode("utf-8", "replace").rstrip("\n")
    raise Refusal(
        "The vault does not keep this line.",
        where=f"vault of {vault.member}, snapshot {snapshot.number}",
        next_step="Look for it in the state's own file.",
    )


def _of_a_hidden_voter(vault: Vault, snapshot: Snapshot, file: str, line: int) -> bool:
    held = vault.suppressed()
    hidden = held.filter(pc.equal(held["channel"], EVERYTHING))["state_voter_id"].to_pylist()
    with vault.lease(snapshot):
        rows = ibis_engine().read_parquet(list(vault.files(snapshot, VOTERS.name)))
        there = rows.filter((rows["source_file"] == file) & (rows["source_line"] == line))
        found = ibis_engine().to_pyarrow(there.select("state_voter_id", "confidential")).to_pylist()
    return any(row["confidential"] or row["state_voter_id"] in hidden for row in found)


def loads_read(vault: Vault, snapshot: Snapshot) -> list[str]:
    """The loads whose lines a snapshot has rows of, each before those that it carried rows over from."""
    made = _loads_of(vault)[snapshot.number].values()
    return list(dict.fromkeys(load for one in made for load in loads_behind(vault, one)))


def apart_from_earlier(
    vault: Vault, snapshot: Snapshot, files: Sequence[Incoming], load: str
) -> list[Incoming]:
    """The files of a load; one of a name that rows of the snapshot came from gets the load's beside it."""
    loads = loads_read(vault, snapshot)
    taken = {read["name"] for one in loads for read in _files_of(vault, one)}
    return [
        replace(one, file=replace(one.file, name=f"{one.file.name} ({load})"))
        if one.file.name in taken
        else one
        for one in files
    ]


def _files_of(vault: Vault, load: str) -> Sequence[Mapping[str, str]]:
    report = vault.path / "reports" / f"{load}.json"
    return json.loads(report.read_text("utf-8"))["files"] if report.exists() else ()


def folders(vault: Vault, load: str, file: str) -> Iterator[Path]:
    """The folders that hold the lines of a file of a load, in parts named by their first line."""
    for read in _files_of(vault, load):
        if read["name"] == file:
            yield vault.path / "raw" / load / read["folder"]


def _loads_of(vault: Vault) -> Mapping[int, Mapping[str, str]]:
    """Snapshot -> table with rows -> the load that made its version; snapshots that were retired, too."""
    made: dict[tuple[str, int], str] = {}
    loads: dict[int, dict[str, str]] = {}
    with vault.catalogue.reading() as db:
        query = "SELECT number, load, versions, rows FROM snapshot ORDER BY number"
        rows = db.execute(query).fetchall() if db else []
    for row in rows:
        versions, counts = json.loads(row["versions"]), json.loads(row["rows"])
        loads[row["number"]] = {
            table: made.setdefault((table, version), row["load"])
            for table, version in versions.items()
            if counts[table]
        }
    return loads


def sweep(vault: Vault) -> None:
    """Remove the raw lines that no readable snapshot needs, and what killed loads left in staging.

    The caller holds the vault's lock, which says that no load is under way.
    """
    shutil.rmtree(vault.path / "staging", ignore_errors=True)
    loads = _loads_of(vault)
    made = {load for snapshot in vault.snapshots() for load in loads[snapshot.number].values()}
    needed = {load for one in made for load in loads_behind(vault, one)}
    for folder in (vault.path / "raw").glob("*"):
        if folder.name not in needed:
            shutil.rmtree(folder, ignore_errors=True)
