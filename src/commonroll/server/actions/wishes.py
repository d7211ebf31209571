"""What a person asks for in a draft, and the terms that it becomes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.utils import timezone

from commonroll.agreements.law import packs_for
from commonroll.agreements.profile import ContactQuota, Mask, Terms, answers_within, columns_of
from commonroll.errors import Refusal
from commonroll.roll.schema import CLASSES, GRANTABLE
from commonroll.server.models import Member

DEFAULT_CONTACT = ContactQuota(3, "household", 30)


@dataclass(frozen=True)
class Wishes:
    """What a person asks for in a draft; column classes are a shortcut and are expanded before signing."""

    purposes: Sequence[str]
    modes: Sequence[str]
    columns: Sequence[str]
    start: datetime
    until: datetime
    masks: Mapping[str, Mask] = field(default_factory=dict)
    rows: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rows_per_export: int = 0
    exports_per_day: int = 0
    contact: ContactQuota = DEFAULT_CONTACT
    return_within_days: int = 7
    delete_within_days: int = 7
    breach_within_hours: int = 48
    notice_days: int = 14


def qualified(column: str) -> str:
    """`party` as `voters.party`; a qualified name stays."""
    return column if "." in column else f"voters.{column}"


def expand(columns: Sequence[str]) -> tuple[str, ...]:
    """Column names with classes replaced by their columns; refused when a word is neither."""
    found: set[str] = set()
    for word in columns:
        if qualified(word) in GRANTABLE:
            found.add(qualified(word))
        elif word in CLASSES:
            found.update(columns_of([word]))
        else:
            raise Refusal(
                f"there is no column or class {word!r}", next_step="see the reference for columns and classes"
            )
    return tuple(sorted(found))


def terms_of(*, owner: Member, recipient: Member, wishes: Wishes) -> Terms:
    """Typed terms for a new agreement between two members, as of now."""
    return Terms(
        id=f"urn:uuid:{uuid.uuid4()}",
        owner=owner.key,
        recipient=recipient.key,
        purposes=tuple(sorted(set(wishes.purposes))),
        modes=tuple(sorted(set(wishes.modes))),
        columns=expand(wishes.columns),
        masks=dict(wishes.masks),
        rows={column: tuple(sorted(set(values))) for column, values in wishes.rows.items() if values},
        start=wishes.start.astimezone(UTC),
        until=wishes.until.astimezone(UTC),
        timestamp=timezone.now().replace(microsecond=0),
        profile=1,
        rows_per_export=wishes.rows_per_export,
        exports_per_day=wishes.exports_per_day,
        contact=(wishes.contact,) if {"contact", "export"} & set(wishes.modes) else (),
        law_packs=tuple(sorted(pack.id for pack in packs_for(owner.state))),
        returns=answers_within(wishes.return_within_days),
        delete_within_days=wishes.delete_within_days,
        breach_within_hours=wishes.breach_within_hours,
        notice_days=wishes.notice_days,
    )
