"""Mark keys: 32 random bytes per owner and year, in the owner's vault and nowhere else.

A key that was revealed to prove a leak is burnt: what is marked from then on is marked under its successor,
and it stays in the vault to trace what left before.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from commonroll import at_rest
from commonroll.errors import Refusal
from commonroll.tracing.code import KEY_BYTES, commitment

FOLDER = "marks"
_NAME = re.compile(r"([0-9]{4})(?:\.([0-9]{1,3}))?")


@dataclass(frozen=True)
class MarkKey:
    """A key by its name: the year, `2026.2` for the successor of one that was burnt."""

    name: str
    secret: bytes
    burnt: bool = False

    @property
    def year(self) -> str:
        return self.name[:4]

    @property
    def generation(self) -> int:
        """1, or how many keys of the year there are with it."""
        return _order(self.name)[1]

    @property
    def commitment(self) -> str:
        """What the log says of it: hexadecimal SHA-256."""
        return commitment(self.secret)


class MarkKeys:
    """The mark keys in a vault's folder (HOME/vaults/MEMBER)."""

    def __init__(self, vault: Path) -> None:
        self.folder = vault / FOLDER / "keys"

    def every(self) -> tuple[MarkKey, ...]:
        """All keys, burnt ones too, the oldest first."""
        names = [path.stem for path in self.folder.glob("*.key") if _NAME.fullmatch(path.stem)]
        return tuple(self._read(name) for name in sorted(names, key=_order))

    def of_year(self, year: str) -> MarkKey | None:
        """The key under which things of a year are marked now."""
        return next((key for key in reversed(self.every()) if key.year == year and not key.burnt), None)

    def make(self, year: str) -> MarkKey:
        """The year's key, made where there is none. Whoever makes one logs its commitment before using it."""
        found = self.of_year(year)
        if found is not None:
            return found
        number = 1 + max((_order(key.name)[1] for key in self.every() if key.year == year), default=0)
        name = year if number == 1 else f"{year}.{number}"
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # of two who make it at once the first one's stays
        at_rest.put_new(self.folder / f"{name}.key", secrets.token_hex(KEY_BYTES).encode() + b"\n")
        return self._read(name)

    def burn(self, name: str) -> None:
        """Mark nothing under this key any more: it was shown to others, or is no secret."""
        if not (self.folder / f"{name}.key").exists():
            raise Refusal("There is no mark key of this name.", where=name[:20], next_step="Name the year.")
        self.burnt_at(name).touch(mode=0o600)

    def burnt_at(self, name: str) -> Path:
        """The empty file that is there once a key is burnt."""
        return self.folder / f"{name}.burnt"

    def is_burnt(self, name: str) -> bool:
        """Whether nothing is marked under this key any more."""
        return self.burnt_at(name).exists()

    def _read(self, name: str) -> MarkKey:
        secret = bytes.fromhex(at_rest.read(self.folder / f"{name}.key").decode().strip())
        if len(secret) != KEY_BYTES:
            raise Refusal(
                "A mark key is damaged.", where=f"mark key {name}", next_step="Restore it from a backup."
            )
        return MarkKey(name, secret, self.is_burnt(name))


def _order(name: str) -> tuple[str, int]:
    found = _NAME.fullmatch(name)
    assert found is not None
    return found[1], int(found[2] or 1)
