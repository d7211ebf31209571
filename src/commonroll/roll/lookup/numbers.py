"""The number that a voter keeps in its owner's vault: by the order in which ids were first seen.

A file holds the print of each id, the number is its place, from 1. A voter whom a later file has under
another id keeps the number; an id that goes to another person gets a new one, and no number is used twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from commonroll.roll.lookup.keys import printed

Prints = np.ndarray[Any, np.dtype[np.uint64]]

FILE, SEEN = "numbers.bin", "seen.txt"
RETIRED = np.uint64(0)


def read(folder: Path) -> Prints:
    """Prints by number, the first is number 1's."""
    path = folder / FILE
    return np.fromfile(path, np.uint64) if path.exists() else np.zeros(0, np.uint64)


def write(folder: Path, prints: Prints) -> None:
    fresh = folder / f".{FILE}.part"
    prints.tofile(fresh)
    fresh.replace(folder / FILE)


def carried(folder: Path, reports: Path, salt: str, prints: Prints) -> Prints:
    """The prints after what the loads since said: who stands under another id, which ids are others' now.

    `reports`: the vault's folder of them. What was heeded is noted beside the numbers.
    """
    heeded = set((folder / SEEN).read_text().split()) if (folder / SEEN).exists() else set()
    fresh = [path for path in _loads(reports) if path.name not in heeded]
    prints = prints.copy()
    if len(prints):
        order = np.argsort(prints, kind="stable")
        for path in fresh:
            order = _heed(path, salt, prints, order)
    (folder / SEEN).write_text("\n".join(sorted(heeded | {path.name for path in fresh})))
    return prints


def _loads(reports: Path) -> list[Path]:
    """Lists of loads, the oldest first; of one load the renumbered before the reused."""
    found = [*reports.glob("*.renumbered.parquet"), *reports.glob("*.reused.parquet")]
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))


def _heed(path: Path, salt: str, prints: Prints, order: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    rows = pq.read_table(path)
    ids = rows["state_voter_id"].to_pylist()
    if "earlier_id" in rows.column_names:
        was = _of(rows["earlier_id"].to_pylist(), salt)
        now: Iterable[np.uint64] = _of(ids, salt)
    else:
        was, now = _of(ids, salt), [RETIRED] * len(ids)
    for old, new in zip(was, now, strict=True):
        at = int(np.searchsorted(prints, old, sorter=order))
        if at < len(order) and prints[order[at]] == old and old != RETIRED:
            prints[order[at]] = new
    return np.argsort(prints, kind="stable")


def _of(ids: Iterable[str], salt: str) -> Prints:
    return np.array([printed(salt, "id", {"state_voter_id": one}) or 0 for one in ids], np.uint64)


def with_new(prints: Prints, ids: Prints) -> tuple[Prints, np.ndarray[Any, np.dtype[np.uint32]]]:
    """The prints with those of `ids` that are new at their end, and the number of each of `ids`."""
    order = np.argsort(prints, kind="stable")
    at = np.searchsorted(prints, ids, sorter=order)
    known = np.zeros(len(ids), bool)
    if len(prints):
        inside = at < len(prints)
        known[inside] = prints[order[at[inside]]] == ids[inside]
    found = np.zeros(len(ids), np.uint32)
    found[known] = order[at[known]] + 1
    fresh, first = np.unique(ids[~known], return_index=True)
    # in the order of the roll, so that numbers do not follow the prints
    fresh = fresh[np.argsort(first, kind="stable")]
    sorter = np.argsort(fresh, kind="stable")
    if len(fresh):
        places = sorter[np.searchsorted(fresh, ids[~known], sorter=sorter)]
        found[~known] = len(prints) + places + 1
    return np.concatenate([prints, fresh]), found
