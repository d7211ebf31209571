"""What a person asks for in a draft, and the terms that it becomes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from django.utils import timezone

from commonroll.agreements.law import packs_for
from commonroll.agreements.profile import (
    FOUND_OUT,
    MADE,
    ContactQuota,
    Mask,
    Price,
    Terms,
    answers_within,
    columns_of,
    version_for,
)
from commonroll.agreements.reading import wrong
from commonroll.agreements.universe import Universe
from commonroll.errors import Refusal
from commonroll.roll.schema import CLASSES, GRANTABLE
from commonroll.server.models import Member

DEFAULT_CONTACT = ContactQuota(3, "household", 30)


@dataclass(frozen=True)
class Wishes:
    """What a person asks for in a draft; column classes are a shortcut and are expanded before signing.

    Bounces, addresses and what the recipient made (`profile.MADE`) come back only where their days are given;
    the law that governs is the owner's state's unless another is named. What limits exports counts only where
    exports are asked for.
    """

    purposes: Sequence[str]
    modes: Sequence[str]
    columns: Sequence[str]
    start: datetime
    until: datetime
    masks: Mapping[str, Mask] = field(default_factory=dict)
    rows: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rows_per_day: int = 0
    export_free: bool = False
    approval: bool = False
    contact: Sequence[ContactQuota] = (DEFAULT_CONTACT,)
    return_within_days: int = 7
    delete_within_days: int = 7
    breach_within_hours: int = 48
    notice_days: int = 14
    appeal_days: int = 0
    bounces_within_days: int = 0
    addresses_within_days: int = 0
    lists_within_days: int = 0
    scores_within_days: int = 0
    scripts_within_days: int = 0
    universe: Universe | None = None
    group: str | None = None
    onward: Sequence[str] = ()
    price: Price | None = None
    royalty_percent: int = 0
    credit: bool = False
    blackout: tuple[datetime, datetime] | None = None
    governing_law: str = ""
    release: date | None = None


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
            granted = columns_of([word])
            if not granted:
                raise wrong("columns", f"No agreement grants columns of class {word}.", "Leave it out.")
            found.update(granted)
        else:
            raise Refusal(
                f"there is no column or class {word!r}", next_step="see the reference for columns and classes"
            )
    return tuple(sorted(found))


def terms_of(*, owner: Member, recipient: Member, wishes: Wishes) -> Terms:
    """Typed terms for a new agreement between two members, as of now; refused where nothing is asked for."""
    for name in ("purposes", "modes", "columns"):
        if not getattr(wishes, name):
            raise wrong(name, f"No {name.rstrip('s')} is named.", f"Name at least one of the {name}.")
    exports, returns = "export" in wishes.modes, _returns(wishes)
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
        rows_per_day=wishes.rows_per_day if exports and not wishes.export_free else 0,
        export_free=wishes.export_free and exports,
        approval=wishes.approval and exports,
        contact=sorted_quotas(wishes.contact) if {"contact", "export"} & set(wishes.modes) else (),
        law_packs=tuple(sorted(pack.id for pack in packs_for(owner.state))),
        returns=returns,
        profile=version_for(returns),
        delete_within_days=wishes.delete_within_days,
        breach_within_hours=wishes.breach_within_hours,
        notice_days=wishes.notice_days,
        appeal_days=wishes.appeal_days,
        universe=wishes.universe,
        group=wishes.group,
        onward=tuple(sorted(set(wishes.onward))),
        price=wishes.price,
        royalty_percent=wishes.royalty_percent,
        credit=wishes.credit,
        blackout=wishes.blackout,
        governing_law=wishes.governing_law or owner.state,
        release=wishes.release,
    )


def _returns(wishes: Wishes) -> dict[str, int]:
    agreed = {kind: getattr(wishes, f"{kind}_within_days") for kind in (*FOUND_OUT, *MADE)}
    return answers_within(wishes.return_within_days) | {kind: days for kind, days in agreed.items() if days}


def sorted_quotas(quotas: Sequence[ContactQuota]) -> tuple[ContactQuota, ...]:
    """In the order of the profile."""
    return tuple(sorted(quotas, key=lambda quota: (quota.channel, quota.per, quota.days)))
