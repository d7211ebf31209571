"""Receipts of questions: one journal row per owner used, durable before the answer leaves."""

from __future__ import annotations

import secrets
import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Subquery
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.notes import digest_text
from commonroll.server import (
    decided,
    denied,
    dispute_rules,
    journal,
    marking,
    members,
    startup,
    turns,
    wall,
    witnessing,
)
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.logs import sequencer
from commonroll.server.meaning import grant_of
from commonroll.server.models import ROWS_LEFT, Agreement, Federation, Journal, LiveCount, Member
from commonroll.transparency import escrow, leaves
from commonroll.transparency.merkle import leaf_hash, root
from commonroll.transparency.sequencer import STALE, STALE_COALESCED
from commonroll.views.export import ExportFile
from commonroll.views.question import OverQuota
from commonroll.views.view import Gap, Plan, Question, UsedOwner

COVER_SECONDS = 10.0
MOST_FILES = 100
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
    """Whether a receipt waits too long. None can before the oldest that was seen to wait does, or one that
    was written since: until then nobody looks."""
    database = str(connection.settings_dict["NAME"])
    if time.monotonic() < _not_before.get(database, 0.0):
        return False
    left = _left()
    if left > 0:
        _not_before[database] = time.monotonic() + left
    return left <= 0


_not_before: dict[str, float] = {}
"""Time of this process's clock until which no receipt can have waited too long, by database."""


def look_again() -> None:
    """Forget what was seen of waiting receipts: for whoever dates them otherwise than writers do."""
    _not_before.clear()


@wall.node()
def _left() -> float:
    """Seconds until a receipt will have waited too long, if nothing is folded."""
    # one statement for both: on PostgreSQL each is a transaction of its own, of three round trips
    counts = LiveCount.objects.filter(journal__isnull=True).order_by("at").values("at")[:1]
    waiting = Journal.objects.filter(index__isnull=True).order_by("at").values("at")[:1]
    now, oldest = timezone.now(), Federation.objects.values_list(Subquery(counts), Subquery(waiting))
    # what is written from now on is dated in whole seconds
    ends = [now + STALE - timedelta(seconds=1)]
    for counted, row in oldest:
        ends += [counted + STALE_COALESCED] if counted else []
        ends += [row + STALE] if row else []
    return (min(ends) - now).total_seconds()


@dataclass
class DatabaseReceipts:
    """`flow.Receipts` on the operational database; `live` counts fold by the minute.

    `rows` are the journal rows that were written, `words` the agreements under which an owner gave its word
    for this very export; `known` how many rows of each owner will be read, where that is settled before.
    """

    home: Home
    viewer: Member
    by: Actor
    live: bool = False
    rows: list[int] = field(default_factory=list)
    words: frozenset[str] = frozenset()
    known: Mapping[str, int] = field(default_factory=dict)

    def authorize(self, plan: Plan, *, file: ExportFile | None = None) -> Sequence[int]:
        """Write the rows in one transaction; refuse beyond quotas or while the log is behind."""
        ensure_fresh(self.home)
        self._unagreed(plan.question, plan.gaps)
        if file is not None or plan.question.mode == "export":
            witnessing.require(plan.used, self.viewer.key)
        live = self.live and plan.question.mode == "count"
        # before the transaction: whoever writes holds up all others
        entries = [] if live else self._entries(plan, file)
        try:
            return self._write(plan, file, entries)
        except OverQuota as over:
            self.used_up(plan, over.owner)
            raise

    @transaction.atomic
    def _write(self, plan: Plan, file: ExportFile | None, entries: Sequence[journal.Entry]) -> Sequence[int]:
        if file is not None:
            self._check_words(plan, file)
            for used in plan.used.values():
                check_quota(used, file.rows_by_owner.get(used.owner, 0), timezone.now())
        denied.of_gaps(plan.question, plan.gaps, plan.used)
        if not entries:
            for used in plan.used.values():
                self._live(plan, used)
            return []
        self.rows = [row.pk for row in journal.record_all(entries)]
        if file is not None:
            marked = {used.owner: used.marks for used in plan.used.values() if used.marks}
            marking.refuse_burnt(self.home, marked)
        return self.rows

    def denied(self, question: Question, gaps: Sequence[Gap]) -> None:
        """Keep, before the question is refused, who gave nothing though there is an agreement."""
        self._unagreed(question, gaps)
        with transaction.atomic():
            denied.of_gaps(question, gaps)

    def _unagreed(self, question: Question, gaps: Sequence[Gap]) -> None:
        """Owners without an agreement learn nothing of it; it is a decision all the same."""
        owners = sorted({g.owner for g in gaps if g.agreement is None and g.reason == "not granted"})
        if owners:
            decided.note(
                self.viewer, question.mode, label=self.by.label, as_=self.by.capacity(None) if
                self.by.user is None else "person", reason="no-agreement", owners=owners,
            )  # fmt: skip

    def used_up(self, plan: Plan, owner: str) -> None:
        """Keep that an owner's quota has no room for what the plan reads."""
        denied.of_quota(plan.question, plan.used[owner])

    def _entries(self, plan: Plan, file: ExportFile | None) -> list[journal.Entry]:
        # one question, so one commitment to it in every owner's log: sealing it 50 times took 5 ms
        readers = members.readers()
        others = any(owner != self.viewer.key for owner in plan.used)
        own = _own(strategy(plan, self.by), readers[self.viewer.key], dispute=others)
        return [self._entry(plan, used, file, readers, own) for used in plan.used.values()]

    def _check_words(self, plan: Plan, file: ExportFile) -> None:
        standing = [agreement_of(used.agreement) for used in plan.used.values() if used.agreement]
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
            counties=list(used.counties),
            question=_commitment(strategy(plan, self.by))[0],
            at=timezone.now(),
        )

    def _entry(
        self,
        plan: Plan,
        used: UsedOwner,
        file: ExportFile | None,
        readers: Mapping[str, str],
        own: Own,
    ) -> journal.Entry:
        """What goes into the log of one owner."""
        foreign = used.owner != self.viewer.key
        rows = file.rows_by_owner.get(used.owner, 0) if file else self.known.get(used.owner)
        parties = readers[used.owner], *([readers[self.viewer.key]] if foreign else [])
        if rows is None and not used.counties:
            shared, sealed_shared = _sealed_once(used.columns, used.snapshot, parties)
        else:
            said = details(used.columns, used.snapshot, rows, used.counties)
            shared, sealed_shared = _sealed(said, parties)
        keys: dict[str, Any] = {
            "purpose": plan.question.purpose,
            "mode": plan.question.mode,
            "columns": list(used.columns),
            "snapshot": str(used.snapshot),
            "detail": shared,
            "strategy": own.commitment,
        }
        if foreign:
            keys |= {"agreement": used.agreement, "terms": used.terms_hash}
        if rows is not None:
            keys["rows"] = str(rows)
        if file is not None:
            keys |= {
                "dataset": f"urn:commonroll:dataset:{used.owner}",
                "file": _hash(file.sha256),
            }
            if file.files is not None:
                keys["files"] = _hashes(file.files)
            if used.marks:
                keys["marks"] = list(used.marks)
        return journal.Entry(
            log=used.owner,
            type="share.open" if file is not None and file.files is not None else TYPES[plan.question.mode],
            keys=keys,
            owner=used.owner,
            recipient=self.viewer.key if foreign else "",
            rows=rows,
            sealed_shared=sealed_shared,
            sealed_strategy=own.sealed,
            # of what an owner does with its own rows there is no dispute
            sealed_dispute=own.escrowed if foreign else None,
            counties=used.counties,
        )


def _hash(hexadecimal: str) -> str:
    return digest_text(bytes.fromhex(hexadecimal))


def _hashes(files: Sequence[str]) -> list[str]:
    """Of each file; of more than an entry has room for, the Merkle root over their hashes in order."""
    if len(files) <= MOST_FILES:
        return [_hash(one) for one in files]
    return [_hash(root([leaf_hash(bytes.fromhex(one)) for one in files]).hex())]


def agreement_of(urn: str) -> Agreement:
    """An agreement with its parties; nobody changes it. Raises Agreement.DoesNotExist."""
    found = Agreement.objects.select_related("owner", "recipient")
    return turns.kept(("agreement", urn), lambda: found.get(urn=urn))


def details(
    columns: Sequence[str], snapshot: int, rows: int | None, counties: Sequence[str] = ()
) -> dict[str, Any]:
    """What owner and recipient may both read about one use; `counties` where it was kept to some."""
    found: dict[str, Any] = {"columns": list(columns), "snapshot": str(snapshot)}
    found |= {"counties": list(counties)} if counties else {}
    return found if rows is None else {**found, "rows": str(rows)}


@lru_cache(maxsize=4_096)
def _sealed_once(columns: tuple[str, ...], snapshot: int, readers: tuple[str, ...]) -> tuple[str, bytes]:
    """The same commitment each time: its leaf shows the same columns and snapshot anyway. To seal them anew
    for each of 50 owners took 9 ms."""
    return _sealed(details(columns, snapshot, None), readers)


def strategy(plan: Plan, by: Actor) -> dict[str, Any]:
    """What the recipient alone may read: the question itself and who asked."""
    where, listed = plan.question.where, plan.question.listed
    return ({"list": listed.name} if listed else {}) | {
        "where": where.canonical if where else "",
        "by": list(plan.question.by),
        "columns": list(plan.question.columns),
        "asked_by": by.label,
    }


@dataclass(frozen=True)
class Own:
    """What the viewer alone may read: committed to, sealed to it, and to arbiters where there is a rule."""

    commitment: str
    sealed: bytes
    escrowed: bytes | None


def _own(value: dict[str, Any], reader: str, *, dispute: bool) -> Own:
    commitment, salt = _commitment(value)
    rule = dispute_rules.in_force() if dispute else None
    escrowed = escrow.seal(value, salt, commitment, rule) if rule else None
    return Own(commitment, leaves.seal(value, salt, [reader]), escrowed)


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
    agreement = agreement_of(used.agreement)
    grant = grant_of(agreement)
    if grant.exports_per_day is None and grant.rows_per_day is None:
        return
    # locked, so that two exports at once do not both take what is left of the day
    list(Agreement.objects.select_for_update().filter(pk=agreement.pk).values_list("pk"))
    exports, taken = taken_today(used.agreement, now)
    if grant.exports_per_day is not None and exports >= grant.exports_per_day:
        raise _used_up(agreement, f"{grant.exports_per_day} exports a day; today's are used")
    if grant.rows_per_day is not None and taken + rows > grant.rows_per_day:
        left = max(0, grant.rows_per_day - taken)
        raise _used_up(agreement, f"{grant.rows_per_day:,} rows a day; {left:,} are left of today's")


def taken_today(agreement: str, now: datetime) -> tuple[int, int]:
    """Exports of this day (UTC) under an agreement whose row the caller has locked, and their rows.

    What was counted before is not counted again: rows of a journal stay as they were written, and while the
    lock is held none of the agreement is on its way with a lower number.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    key = (str(connection.settings_dict["NAME"]), wall.asking(), agreement, midnight)
    (last, leaf), exports, rows = _taken.get(key, ((0, ""), 0, 0))
    today = Journal.objects.filter(
        agreement=agreement, type__in=ROWS_LEFT, at__gte=midnight, at__lt=midnight + timedelta(days=1)
    )
    fresh = list(today.filter(pk__gte=last).order_by("pk").values_list("pk", "leaf_id", "rows"))
    if last and (not fresh or fresh[0][:2] != (last, leaf)):
        # the row was taken back, and all that stood with it
        exports, rows, last = 0, 0, 0
        fresh = list(today.order_by("pk").values_list("pk", "leaf_id", "rows"))
    for pk, leaf_id, more in fresh[1 if last else 0 :]:
        last, leaf, exports, rows = pk, leaf_id, exports + 1, rows + (more or 0)
    if len(_taken) >= MOST_TAKEN:
        _taken.clear()
    _taken[key] = ((last, leaf), exports, rows)
    return exports, rows


MOST_TAKEN = 1_000
_taken: dict[Hashable, tuple[tuple[int, str], int, int]] = {}
"""Of an agreement and day: the last row of the journal that was counted, exports and rows up to it."""


def _used_up(agreement: Agreement, allows: str) -> OverQuota:
    return OverQuota(
        f"agreement {agreement.number} allows {allows}",
        agreement.owner.key,
        next_step="ask for fewer rows, or try again after midnight UTC",
    )
