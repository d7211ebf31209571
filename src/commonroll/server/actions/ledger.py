"""Give and get: what each side of an agreement lent, saw and returned, from receipts and events."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.insight.came_back import RETURNED, Outstanding, came_back
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import sharing
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.meaning import grant_of
from commonroll.server.models import ROWS_LEFT, USES, Agreement, Journal, Member


def lines(*, home: Home, of: Member, by: Actor) -> list[dict[str, Any]]:
    """One line per owner and recipient that ever signed, with `of` on either side.

    Each line: owner, recipient, agreements (numbers), uses, rows_lent (rows that left), columns_seen
    (distinct columns used), answers_returned, answers_gathered, attempts_returned, bounces_returned,
    addresses_returned (what stands with the owner under the recipient's name), late (kind -> how many are
    late under the terms), overdue (all of them), last_use.
    """
    by.require("read", of)
    pairs: dict[tuple[str, str], list[Agreement]] = {}
    signed = Agreement.objects.filter(Q(owner=of) | Q(recipient=of), finalized_at__isnull=False)
    for agreement in signed.select_related("owner", "recipient").order_by("number"):
        pairs.setdefault((agreement.owner.key, agreement.recipient.key), []).append(agreement)
    now = timezone.now()
    return [_line(home, owner, recipient, texts, now) for (owner, recipient), texts in sorted(pairs.items())]


def _line(home: Home, owner: str, recipient: str, texts: list[Agreement], now: datetime) -> dict[str, Any]:
    rows = Journal.objects.filter(log=owner, recipient=recipient)
    uses = list(rows.filter(type__in=USES).values_list("type", "rows", "columns", "at"))
    waits = _waits(home, owner, recipient, texts, now)
    mine = Vault(home.vaults, owner)
    brought = came_back({table: mine.event_files(table) for table in RETURNED}, owner=owner).get(recipient)
    late = {kind: one.overdue for kind, one in waits.items() if one.overdue}
    return {
        "owner": owner,
        "recipient": recipient,
        "agreements": [text.number for text in texts],
        "uses": len(uses),
        "rows_lent": sum(n or 0 for kind, n, _, _ in uses if kind in ROWS_LEFT),
        "columns_seen": len({column for _, _, columns, _ in uses for column in columns}),
        "answers_returned": brought.answers if brought else 0,
        "answers_gathered": waits["responses"].gathered,
        "attempts_returned": brought.attempts if brought else 0,
        "bounces_returned": brought.bounces if brought else 0,
        "addresses_returned": brought.addresses if brought else 0,
        "late": late,
        "overdue": sum(late.values()),
        "last_use": max((at for *_, at in uses), default=None),
    }


def _waits(
    home: Home, owner: str, recipient: str, texts: list[Agreement], now: datetime
) -> dict[str, Outstanding]:
    terms: dict[str, int] = {}
    release: date | None = None
    for text in texts:
        try:
            grant = grant_of(text)
        except Refusal:  # nothing of it is left under the law
            continue
        release = max((day for day in (release, sharing.release_of(grant)) if day), default=None)
        for kind, days in sharing.returns(grant).items():
            terms[kind] = min(days, terms.get(kind, days))
    return sharing.waiting(home, owner, recipient, terms, now, release)
