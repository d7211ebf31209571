"""Where a vault's persons stand: one setting of the catalogue names the files of the last whole linking.

A linking writes its files beside, then this row is swapped, so that whatever dies before leaves the last
linking whole. Events that tell of it are appended after the swap; a linking that died between the two is told
by the next.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from commonroll.errors import Refusal
from commonroll.roll.schema import PERSONS
from commonroll.roll.vault import locks
from commonroll.roll.vault.catalogue import Catalogue, put_setting

SETTING = "persons"
LINKS = "links"
"""Folder of what one linking leaves to the next: ids and scores; names in `*.records` and `*.patch` alone,
which a redaction rewrites."""
WORK = "work-*"
"""Folders below it of linkings under way, or killed; a redaction removes them."""


@dataclass(frozen=True)
class Linked:
    """The last whole linking: its name and instant (ISO, UTC); the snapshot, and `roll`, which tells it from
    what a redaction makes of it; versions of the model and the engine; file names below the vault's folder by
    what they hold (persons, events, model, pairs, verdicts, prints, crowds, records, patch, replaced);
    counts; `base`: the snapshot that the file `records` was made of."""

    run: str
    at: str
    snapshot: int
    roll: str
    model: str
    files: Mapping[str, str]
    counts: Mapping[str, int] = field(default_factory=dict)
    engine: str = ""
    base: int = 0

    def as_json(self) -> str:
        """The setting's text."""
        return json.dumps(asdict(self), sort_keys=True)


def linked(catalogue: Catalogue) -> Linked | None:
    """The last whole linking of a vault; None where there was none."""
    text = catalogue.setting(SETTING)
    return Linked(**json.loads(text)) if text else None


def swap(catalogue: Catalogue, fresh: Linked, *, after: str | None) -> None:
    """Make `fresh` the last linking. The caller holds the vault's lock.

    Raises Refusal where the last one is no longer the run `after`.
    """
    with catalogue.writing() as db:
        row: Any = db.execute("SELECT value FROM setting WHERE name = ?", (SETTING,)).fetchone()
        last = json.loads(row["value"])["run"] if row else None
        if last != after:
            raise Refusal(
                "Another linking ended meanwhile.",
                where=f"vault of {catalogue.member}",
                next_step="Nothing was changed. Link again: it takes up what the other one found.",
            )
        put_setting(db, SETTING, fresh.as_json())


def named(folder: Path, catalogue: Catalogue) -> set[Path]:
    """The files of the last linking below the vault's folder."""
    last = linked(catalogue)
    return {folder / name for name in last.files.values()} if last else set()


def persons_file(folder: Path, catalogue: Catalogue) -> Path | None:
    """The Parquet of `persons` as the last linking left it; None where there was none."""
    last = linked(catalogue)
    return folder / last.files[PERSONS.name] if last else None


@contextmanager
def alone(folder: Path, member: str) -> Iterator[None]:
    """One linking of a vault at a time; loads and readers go on meanwhile. Raises VaultBusy at once."""
    with locks.exclusive(folder / LINKS / "lock", member=member, doing="linking", wait=0):
        yield


def sweep(folder: Path, member: str) -> None:
    """Remove what killed linkings left; where one is under way it removes its own."""
    if not (folder / LINKS).exists():
        return
    with suppress(locks.VaultBusy), alone(folder, member):
        for left in (folder / LINKS).glob(WORK):
            shutil.rmtree(left)
