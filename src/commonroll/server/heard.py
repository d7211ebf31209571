"""What an owner heard on the phones, mailboxes and e-mails of its decoys: a note each, in its vault alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from commonroll import at_rest

FOLDER = Path("marks") / "decoys" / "heard"


@dataclass(frozen=True)
class Held:
    """A recipient whose copy has the decoy: extracts with it (id, on, rows, purpose, signed), by day."""

    recipient: str
    extracts: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Heard:
    """One contact: which decoy, by what (`kind`), on which day (ISO 8601), what the owner wrote of it, who
    reported it and when, who holds the decoy, and with what probability any copy does."""

    id: str
    decoy: str
    kind: str
    reached: str
    on: str
    said: str
    by: str
    at: str
    chance: float
    held: Sequence[Held] = field(default_factory=tuple)


def keep(vault: Path, one: Heard) -> None:
    """Write a note, sealed, whole or not at all."""
    folder = vault / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    at_rest.put(folder / f"{one.id}.json", content(one))


def content(one: Heard) -> bytes:
    """The bytes of a note, of which the log has a hash."""
    return json.dumps(asdict(one), ensure_ascii=False, sort_keys=True).encode()


def every(vault: Path) -> list[Heard]:
    """All notes, the newest first."""
    found = [_read(path) for path in (vault / FOLDER).glob("*.json")]
    return sorted(found, key=lambda one: (one.on, one.at, one.id), reverse=True)


def _read(path: Path) -> Heard:
    said = json.loads(at_rest.read(path))
    return Heard(**said | {"held": tuple(Held(**one) for one in said["held"])})
