"""What a redaction has rewritten so far: kept file by file, so that a killed one is logged by the next."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

OPEN, STATE = "redaction.open", "redaction.state"
"""In the folder of reports: files rewritten and not logged yet; how far a redaction is."""
CUT_SHORT = "It was cut short; what it had done is kept, and is logged with the next one."
STATE_LASTS = 600.0
"""Seconds without a word after which a redaction is taken for ended: its process was killed."""


@dataclass(frozen=True)
class Rewritten:
    """One file that was rewritten: where it stands, its SHA-256 before and after, rows or lines taken out."""

    place: str
    old: str
    new: str
    taken: int


class Ledger:
    """The files that are rewritten, noted before the new one takes the old one's place."""

    def __init__(self, reports: Path) -> None:
        self._path = reports / OPEN

    def note(self, one: Rewritten) -> None:
        """Add a file."""
        with self._path.open("a", encoding="utf-8") as out:
            out.write(f"{json.dumps(asdict(one))}\n")

    def done(self, still: Callable[[Rewritten], bool]) -> list[Rewritten]:
        """Every file noted, the last word on each; without those that stand as before (`still`)."""
        last = {(one.place, one.old): one for one in self._noted()}
        return [one for one in last.values() if not still(one)]

    def _noted(self) -> Iterator[Rewritten]:
        lines = self._path.read_text("utf-8").splitlines() if self._path.exists() else []
        for line in lines:
            try:
                yield Rewritten(**json.loads(line))
            except ValueError:  # the last line of a process that was killed while it wrote
                continue

    def close(self) -> None:
        """The files stand in a report that was written; the next redaction begins anew."""
        self._path.unlink(missing_ok=True)


@dataclass(frozen=True)
class State:
    """How far a redaction is: files looked through, of so many. `stopped`: why it ended without a result."""

    done: int = 0
    of: int = 0
    stopped: str = ""

    @property
    def fraction(self) -> float:
        """Share of the files that are looked through."""
        return self.done / self.of if self.of else 0.0


def say(reports: Path, state: State | None) -> None:
    """Keep how far a redaction is, for whoever looks; None: it ended well."""
    path = reports / STATE
    if state is None:
        path.unlink(missing_ok=True)
        return
    reports.mkdir(parents=True, mode=0o700, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(state)), "utf-8")
    part.replace(path)


def state(reports: Path) -> State | None:
    """How far a redaction is; None where none is under way and the last one ended well."""
    path = reports / STATE
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        silent = time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return None
    known = State(**found)
    if not known.stopped and silent > STATE_LASTS:
        return State(known.done, known.of, CUT_SHORT)
    return known
