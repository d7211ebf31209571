"""Give and get: what each side of an agreement lent, saw and returned, from receipts and events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from commonroll.insight.answers import Outstanding, outstanding
from commonroll.roll.vault.vault import Vault
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.meaning import grant_of
from commonroll.server.models import Agreement, Journal, Member

USES = ("count", "view", "contact", "export.intent")


def lines(*, home: Home, of: Member, by: Actor) -> list[dict[str, Any]]:
    """One line per owner and recipient that ever signed, with `of` on either side.

    Each line: owner, recipient, agreements (numbers), uses, rows_lent (rows that left), columns_seen
    (distinct columns used), answers_returned, answers_gathered, overdue (answers late under the terms),
    last_use.
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
    late = _late(home, owner, recipient, texts, now)
    return {
        "owner": owner,
        "recipient": recipient,
        "agreements": [text.number for text in texts],
        "uses": len(uses),
        "rows_lent": sum(n or 0 for kind, n, _, _ in uses if kind == "export.intent"),
        "columns_seen": len({column for _, _, columns, _ in uses for column in columns}),
        "answers_returned": _total(rows.filter(type="responses.returned").values_list("rows", flat=True)),
        "answers_gathered": late.gathered,
        "overdue": late.overdue,
        "last_use": max((at for *_, at in uses), default=None),
    }


def _total(numbers: Iterable[int | None]) -> int:
    return sum(number or 0 for number in numbers)


def _late(home: Home, owner: str, recipient: str, texts: list[Agreement], now: datetime) -> Outstanding:
    within = min((_return_within(text) for text in texts), default=timedelta(0))
    return outstanding(
        Vault(home.vaults, recipient).event_files("responses"),
        Vault(home.vaults, owner).event_files("responses"),
        owner=owner,
        gathered_by=recipient,
        due=now - within,
    )


def _return_within(agreement: Agreement) -> timedelta:
    duties = (duty.within for duty in grant_of(agreement).duties if duty.action == "return_responses")
    return next((within for within in duties if within is not None), timedelta(0))
