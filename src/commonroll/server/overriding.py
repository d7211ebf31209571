"""Which overrides of law stand: signed by their owner's key as the register has it today, and not ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from commonroll.agreements import overrides as documents
from commonroll.agreements.overrides import Override
from commonroll.errors import Refusal
from commonroll.server import turns
from commonroll.server.models import LawOverride, Member
from commonroll.server.register import Register


@dataclass(frozen=True)
class Overrides:
    """Verified overrides that were not ended, by the owner's key, in the order in which they were issued."""

    by_owner: Mapping[str, tuple[Override, ...]]

    @classmethod
    def all(cls) -> Overrides:
        """Those of every member."""
        return turns.kept("overrides", lambda: cls(_read(LawOverride.objects.filter(ended_at=None))))

    @classmethod
    def of(cls, owner: Member) -> Overrides:
        """Those of one owner, among others'."""
        return cls.all()

    def standing(self, owner: str, now: datetime) -> tuple[Override, ...]:
        """The owner's overrides whose days hold `now`."""
        return tuple(one for one in self.by_owner.get(owner, ()) if one.stands(now))


def _read(rows: Iterable[LawOverride]) -> dict[str, tuple[Override, ...]]:
    found: dict[str, tuple[Override, ...]] = {}
    listed = sorted(rows.select_related("owner"), key=lambda row: (row.issued, row.pk))  # type: ignore[attr-defined]
    keys = Register.today() if listed else None
    for row in listed:
        if keys is not None and (read := verified(row, keys)) is not None:
            found[row.owner.key] = (*found.get(row.owner.key, ()), read)
    return found


def verified(row: LawOverride, keys: Register) -> Override | None:
    """The override of this row if a key of its owner that counts today signed exactly its bytes."""
    for vkey in keys.signing_at(row.owner_id, row.issued):
        record = keys.record(row.owner_id, vkey)
        read = None if record is None or record.withdrawn else _verified(bytes(row.document), row.note, vkey)
        if read is not None and read.by == row.owner.key and read.issued == row.issued:
            return read
    return None


@lru_cache(maxsize=1024)
def _verified(document: bytes, note: str, vkey: str) -> Override | None:
    try:
        return documents.verify(document, note, vkey)
    except Refusal:
        return None
