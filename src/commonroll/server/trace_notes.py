"""Traces that an owner asked for, in its vault's folder `traces`: a note for each and, then its report."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from commonroll.roll.vault.vault import Vault

TRACING, DONE, REFUSED = "tracing", "done", "refused"
STUCK = datetime.timedelta(hours=2)
"""A trace that has said nothing for so long died."""


@dataclass(frozen=True)
class Note:
    """One asking: the file's name, who asked when (UTC, ISO 8601), TRACING, DONE or REFUSED.

    `sha256`: of the report, as the log has it; `refusal`: what was wrong with the file; `seen_on`: the day on
    which the file was seen outside (ISO 8601), where that was said.
    """

    id: str
    file: str
    by: str
    at: str
    state: str = TRACING
    sha256: str = ""
    refusal: Mapping[str, str] = field(default_factory=dict)
    seen_on: str = ""

    def stuck(self, now: datetime.datetime) -> bool:
        return self.state == TRACING and now - datetime.datetime.fromisoformat(self.at) > STUCK


def write(vault: Vault, note: Note) -> Note:
    """Keep a note, whole or not at all."""
    (vault.path / "traces").mkdir(parents=True, exist_ok=True, mode=0o700)
    _put(_path(vault, note.id), json.dumps(asdict(note), ensure_ascii=False).encode())
    return note


def keep_report(vault: Vault, note: Note, content: bytes) -> None:
    """Keep the very bytes that the log has the hash of."""
    _put(_report(vault, note.id), content)


def every(vault: Vault) -> list[Note]:
    """All askings, the newest first."""
    found = (vault.path / "traces").glob("*.note")
    return sorted((_read(path) for path in found), key=lambda note: (note.at, note.id), reverse=True)


def one(vault: Vault, name: str) -> Note | None:
    return next((note for note in every(vault) if note.id == name), None)


def report(vault: Vault, note: Note) -> bytes:
    """A report's bytes."""
    return _report(vault, note.id).read_bytes()


def document(vault: Vault, note: Note) -> dict[str, Any]:
    """A report as `report.document` made it."""
    said: dict[str, Any] = json.loads(report(vault, note))
    return said


def _put(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
    part.replace(path)


def _read(path: Path) -> Note:
    return Note(**json.loads(path.read_text("utf-8")))


def _path(vault: Vault, name: str) -> Path:
    return vault.path / "traces" / f"{name}.note"


def _report(vault: Vault, name: str) -> Path:
    return vault.path / "traces" / f"{name}.json"
