"""The register of members' signing keys as it stands today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from commonroll.agreements.signing import KeyRecord
from commonroll.server import turns
from commonroll.server.models import MemberKey


@dataclass(frozen=True)
class Register:
    """Keys by member (its database id), oldest first."""

    keys: Mapping[int, tuple[KeyRecord, ...]]

    @classmethod
    def today(cls) -> Register:
        return turns.kept("register", cls._read)

    @classmethod
    def _read(cls) -> Register:
        found: dict[int, tuple[KeyRecord, ...]] = {}
        for key in MemberKey.objects.order_by("valid_from", "pk"):
            record = KeyRecord(key.vkey, key.valid_from, key.withdrawn_at, key.retired_at)
            found[key.member_id] = (*found.get(key.member_id, ()), record)
        return cls(found)

    def record(self, member: int, vkey: str) -> KeyRecord | None:
        """The member's key of this text, if the register has it."""
        return next((key for key in self.keys.get(member, ()) if key.vkey == vkey), None)

    def signing_at(self, member: int, at: datetime) -> tuple[str, ...]:
        """The member's keys that could sign at that time, the newest first."""
        found = [
            key.vkey
            for key in self.keys.get(member, ())
            if key.since <= at
            and (key.retired is None or at <= key.retired)
            and (key.withdrawn is None or at <= key.withdrawn)
        ]
        return tuple(reversed(found))

    def withdrawn(self, vkey: str) -> bool:
        """Whether the key was withdrawn, whoever's it is."""
        return any(key.vkey == vkey and key.withdrawn for keys in self.keys.values() for key in keys)
