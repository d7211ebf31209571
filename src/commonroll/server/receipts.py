"""Receipts of questions: one journal row per owner used, durable before the answer leaves."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server import journal, startup
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.live import oldest_waiting
from commonroll.server.logs import DatabaseJournal, sequencer
from commonroll.server.meaning import grant_of
from commonroll.server.models import Agreement, Journal, LiveCount, Member
from commonroll.transparency import leaves
from commonroll.transparency.sequencer import STALE_COALESCED, is_stale
from commonroll.views.export import ExportFile
from commonroll.views.view import Plan, UsedOwner

COVER_SECONDS = 10.0
TYPES = {"count": "count", "view": "view", "contact": "contact", "export": "export.intent"}


class LogBehind(Refusal):
    """Receipts cannot be put into the log now, so nothing is answered."""


class WordWanted(Refusal):
    """Rows that wait for the word of owners: `agreements` are theirs by owner, `rows` how many of each."""

    def __init__(self, agreements: dict[str, Agreement], rows: dict[str, int], where: str = "") -> None:
        super().__init__(
            "; ".join(
                f"agreement {a.number}: each export waits for the word of {a.owner.name}"
                for a in agreements.values()
            ),
            where=where,
            next_step="they see it among the exports that wait for them; finish it when they have said yes",
        )
        self.agreements = agreements
        self.rows = rows


def ensure_fresh(home: Home) -> None:
    """Refuse where receipts have waited too long and this process cannot fold them either."""
    if not _behind():
        return
    try:
        startup.fold(home)
    except (Refusal, OSError) as error:
        raise LogBehind(
            "receipts cannot be written to the log, so nothing is answered",
            next_step="ask the operator to look at the log's folder and disk",
        ) from error
    if _behind():
        raise LogBehind("the log is behind", next_step="ask again in a moment")


def _behind() -> bool:
    waiting = oldest_waiting()
    late = waiting is not None and timezone.now() - waiting > STALE_COALESCED
    return late or is_stale(DatabaseJournal(), timezone.now(), coalesced=False)


@dataclass
class DatabaseReceipts:
    """`flow.Receipts` on the operational database; `live` counts fold by the minute.

    `rows` are the journal rows that were written, `words` the agreements under which an owner gave its word
    for this very export.
    """

    home: Home
    viewer: Member
    by: Actor
    live: bool = False
    rows: list[int] = field(default_factory=list)
    words: frozenset[str] = frozenset()

    def authorize(self, plan: Plan, *, file: ExportFile | None = None) -> Sequence[int]:
        """Write the rows in one transaction; refuse beyond quotas or while the log is behind."""
        ensure_fresh(self.home)
        with transaction.atomic():
            if file is not None:
                self._check_words(plan, file)
                for used in plan.used.values():
                    check_quota(used, file.rows_by_owner.get(used.owner, 0), timezone.now())
            if self.live and plan.question.mode == "count":
                for used in plan.used.values():
                    self._live(plan, used)
                return []
            readers = dict(Member.objects.values_list("key", "reader"))
            self.rows = [self._row(plan, used, readers, file).pk for used in plan.used.values()]
        return self.rows

    def _check_words(self, plan: Plan, file: ExportFile) -> None:
        used = {u.agreement: u.owner for u in plan.used.values() if u.agreement}
        standing = Agreement.objects.select_related("owner", "recipient").filter(urn__in=used)
        wanted = {a.owner.key: a for a in standing if grant_of(a).approval and a.urn not in self.words}
        if wanted:
            raise WordWanted(wanted, {key: file.rows_by_owner.get(key, 0) for key in wanted})

    def cover(self, rows: Sequence[int]) -> None:
        """Wait for checkpoints over these rows, folding them here if nobody else does."""
        folding = sequencer(self.home)
        for row in Journal.objects.filter(pk__in=rows):
            folding.wait(row.log, row.pk, COVER_SECONDS)

    def _live(self, plan: Plan, used: UsedOwner) -> None:
        LiveCount.objects.create(
            owner=used.owner,
            viewer=self.viewer.key,
            agreement=used.agreement or "",
            terms=used.terms_hash or "",
            purpose=plan.question.purpose,
            snapshot=used.snapshot,
            columns=list(used.columns),
            question=_commitment(strategy(plan, self.by))[0],
            at=timezone.now(),
        )

    def _row(self, plan: Plan, used: UsedOwner, readers: dict[str, str], file: ExportFile | None) -> Journal:
        foreign = used.owner != self.viewer.key
        rows = file.rows_by_owner.get(used.owner, 0) if file else None
        shared, sealed_shared = _sealed(
            details(used, rows), [readers[used.owner], *([readers[self.viewer.key]] if foreign else [])]
        )
        own, sealed_own = _sealed(strategy(plan, self.by), [readers[self.viewer.key]])
        keys: dict[str, Any] = {
            "purpose": plan.question.purpose,
            "mode": plan.question.mode,
            "columns": list(used.columns),
            "snapshot": str(used.snapshot),
            "detail": shared,
            "strategy": own,
        }
        if foreign:
            keys |= {"agreement": used.agreement, "terms": used.terms_hash}
        if file is not None:
            keys |= {
                "dataset": f"urn:commonroll:dataset:{used.owner}",
                "rows": str(rows),
                "file": "sha256:" + base64.b64encode(bytes.fromhex(file.sha256)).decode(),
            }
        return journal.record(
            log=used.owner,
            type=TYPES[plan.question.mode],
            keys=keys,
            owner=used.owner,
            recipient=self.viewer.key if foreign else "",
            rows=rows,
            sealed_shared=sealed_shared,
            sealed_strategy=sealed_own,
        )


def details(used: UsedOwner, rows: int | None) -> dict[str, Any]:
    """What owner and recipient may both read about one use."""
    found: dict[str, Any] = {"columns": list(used.columns), "snapshot": str(used.snapshot)}
    return found if rows is None else {**found, "rows": str(rows)}


def strategy(plan: Plan, by: Actor) -> dict[str, Any]:
    """What the recipient alone may read: the question itself and who asked."""
    where, listed = plan.question.where, plan.question.listed
    return ({"list": listed.name} if listed else {}) | {
        "where": where.canonical if where else "",
        "by": list(plan.question.by),
        "columns": list(plan.question.columns),
        "asked_by": by.label,
    }


def _commitment(value: dict[str, Any]) -> tuple[str, bytes]:
    salt = secrets.token_bytes(leaves.SALT_BYTES)
    return leaves.commit(value, salt), salt


def _sealed(value: dict[str, Any], readers: Sequence[str]) -> tuple[str, bytes]:
    commitment, salt = _commitment(value)
    return commitment, leaves.seal(value, salt, readers)


def check_quota(used: UsedOwner, rows: int, now: datetime) -> None:
    """Refuse an export of so many rows beyond what the owner granted for a day (UTC)."""
    if used.agreement is None:
        return
    # locked, so that two exports at once do not both take what is left of the day
    found = Agreement.objects.select_for_update(of=("self",)).select_related("owner", "recipient")
    agreement = found.get(urn=used.agreement)
    grant = grant_of(agreement)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = Journal.objects.filter(
        agreement=used.agreement,
        type="export.intent",
        at__gte=midnight,
        at__lt=midnight + timedelta(days=1),
    )
    if grant.exports_per_day is not None and today.count() >= grant.exports_per_day:
        raise _used_up(agreement, f"{grant.exports_per_day} exports a day; today's are used")
    taken = today.aggregate(rows=Sum("rows"))["rows"] or 0
    if grant.rows_per_day is not None and taken + rows > grant.rows_per_day:
        left = max(0, grant.rows_per_day - taken)
        raise _used_up(agreement, f"{grant.rows_per_day:,} rows a day; {left:,} are left of today's")


def _used_up(agreement: Agreement, allows: str) -> Refusal:
    return Refusal(
        f"agreement {agreement.number} allows {allows}",
        next_step="ask for fewer rows, or try again after midnight UTC",
    )
