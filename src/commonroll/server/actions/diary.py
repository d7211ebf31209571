"""My data's diary: who used it, when, what for; the log behind it, and receipts."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from commonroll.errors import Refusal
from commonroll.roll.counties import all_counties
from commonroll.server import tallies, witnessing
from commonroll.server.actions.federation import FEDERATION_LOG, federation, member
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.logs import folder, log_vkey
from commonroll.server.models import USES, Agreement, Journal, Load, Member, Role, Tally
from commonroll.transparency import escrow
from commonroll.transparency.receipts import make_receipt
from commonroll.transparency.verify import Verdict, verify_folder


def require(log: str, by: Actor) -> None:
    """A log is read by its owner's people; the federation's log by everybody with a role."""
    if log != FEDERATION_LOG:
        by.require("read", member(log))
    elif by.key is not None or (by.user is not None and not Role.objects.filter(user=by.user).exists()):
        raise Unknown("there is no such log", next_step="ask an owner of a member for a role")


def entries(
    *, home: Home, log: str, by: Actor, last: int = 50, before: int | None = None, **filters: str
) -> list[dict[str, Any]]:
    """The newest entries of a log, newest first.

    `filters`: recipient, purpose, type, agreement (its number), column (qualified), county (FIPS: uses that
    may have read rows of it), since and until (days, UTC, both within). `before` is an index to page on
    from, the log's own: the numbers of journal rows count what every member of the site does.
    Each entry: index (None until folded), at, type, recipient, agreement (number), purpose,
    columns, counties (FIPS; none: any), rows, strategy (the hash of what is sealed to
    the recipient), rule (on disputes, its hash, where arbiters hold parts), note (the reason of an
    overruled load).
    """
    require(log, by)
    found = _newest(log, filters, last, before)
    numbers = dict(
        Agreement.objects.filter(urn__in={r.agreement for r in found}).values_list("urn", "number")
    )
    notes = _reasons(found)
    return [
        {
            "index": r.index,
            "at": r.at.isoformat(timespec="seconds"),
            "type": r.type,
            "recipient": r.recipient,
            "agreement": numbers.get(r.agreement, ""),
            "purpose": r.purpose,
            "columns": r.columns,
            "counties": r.counties,
            "rows": r.rows,
            "note": notes.get(r.pk, ""),
            "strategy": json.loads(bytes(r.leaf)).get("strategy", ""),
            "rule": escrow.rule_hash(bytes(r.sealed_dispute)) if r.sealed_dispute else "",
        }
        for r in found
    ]


def _newest(log: str, filters: Mapping[str, str], last: int, before: int | None) -> list[Journal]:
    """The newest that filters leave, by the log's order, which is the journal's.

    Where few are left, the sums say in which runs of the log they stand, and no other is read.
    """
    rows = chosen(log, filters)
    if not any(filters.values()):
        # by the index a page far back costs what the first does
        rows = rows.order_by("-pk") if before is None else rows.filter(index__lt=before).order_by("-index")
        return list(rows[:last])
    added = tallies.covered(log)
    top = added if before is None else min(added, before)
    new = rows.filter(tallies.since(log)).order_by("-pk")
    found = list((new if before is None else new.filter(index__lt=before))[:last])
    for chunk in tallies.chunks(summed(log, filters), top):
        if len(found) >= last:
            break
        first = chunk * tallies.CHUNK
        here = rows.filter(index__gte=first, index__lt=min(first + tallies.CHUNK, top))
        found += here.order_by("-index")[: last - len(found)]
    return found


def _reasons(rows: Iterable[Journal]) -> dict[int, str]:
    """Journal row -> the reason for which an owner overruled the gate; the owner's people alone read it."""
    loads = {
        r.pk: json.loads(bytes(r.leaf)).get("load", "").rpartition(":")[2] for r in rows if r.type == "load"
    }
    reasons = dict(Load.objects.filter(pk__in=filter(None, loads.values())).values_list("pk", "reason"))
    said = {pk: reasons.get(uuid.UUID(load), "") for pk, load in loads.items() if load}
    return {pk: f"overruled: {reason}" for pk, reason in said.items() if reason}


FILTERS = ("recipient", "purpose", "type", "agreement", "column", "county", "since", "until")
Lines = TypeVar("Lines", Journal, Tally)


def chosen(log: str, filters: Mapping[str, str]) -> QuerySet[Journal]:
    """The rows of a log that filters leave. Raises Refusal for an unknown filter and for what is no day."""
    if unknown := set(filters) - set(FILTERS):
        raise Refusal(
            f"the log is not filtered by {', '.join(sorted(unknown))}",
            next_step=f"filters: {', '.join(sorted(FILTERS))}",
        )
    rows = kept_to(Journal.objects.filter(log=log), filters)
    if county := _county(filters):
        rows = rows.filter(type__in=USES).annotate(where=Cast("counties", TextField()))
        rows = rows.filter(Q(where="[]") | Q(where__contains=json.dumps(county)))
    if since := filters.get("since"):
        rows = rows.filter(at__gte=_day(since, "since"))
    if until := filters.get("until"):
        rows = rows.filter(at__lt=_day(until, "until") + timedelta(days=1))
    return rows


def summed(log: str, filters: Mapping[str, str]) -> QuerySet[Tally]:
    """The sums of the entries that filters leave, as far as they are added up; raises as `chosen`."""
    county = _county(filters)
    where = [county, Tally.ANY] if county else [Tally.ALL]
    rows = kept_to(Tally.objects.filter(log=log, county__in=where), filters)
    if since := filters.get("since"):
        rows = rows.filter(day__gte=_day(since, "since").date())
    if until := filters.get("until"):
        rows = rows.filter(day__lte=_day(until, "until").date())
    return rows


def kept_to(rows: QuerySet[Lines], filters: Mapping[str, str]) -> QuerySet[Lines]:
    """What filters other than of county and days leave."""
    given = {name: value for name, value in filters.items() if value}
    rows = rows.filter(**{name: given[name] for name in ("recipient", "purpose", "type") if name in given})
    if number := given.get("agreement"):
        urns = Agreement.objects.filter(number=int(number) if number.isdecimal() else 0)
        rows = rows.filter(agreement=next(iter(urns.values_list("urn", flat=True)), "none"))
    if column := given.get("column"):
        rows = rows.annotate(named=Cast("columns", TextField())).filter(named__contains=json.dumps(column))
    return rows


def _county(filters: Mapping[str, str]) -> str:
    county = filters.get("county", "")
    if county and county not in all_counties():
        raise Refusal("there is no such county", where="county", next_step="give its five digits (FIPS)")
    return county


def _day(text: str, name: str) -> datetime:
    """The beginning of a day, UTC."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise Refusal("this is no day", where=name, next_step="write it as 2026-11-03") from None


CSV_COLUMNS = (
    "number", "at", "type", "recipient", "agreement", "purpose", "rows", "columns", "counties", "entry",
)  # fmt: skip


def as_csv(*, log: str, by: Actor, filters: Mapping[str, str]) -> Iterator[str]:
    """The entries that filters leave, oldest first, a line each; `entry` is the log's own text of it."""
    require(log, by)
    rows = chosen(log, filters).order_by("pk")
    numbers = dict(Agreement.objects.values_list("urn", "number"))
    return _lines(rows, numbers)


def _lines(rows: QuerySet[Journal], numbers: Mapping[str, int]) -> Iterator[str]:
    page = io.StringIO()
    write = csv.writer(page)
    write.writerow(CSV_COLUMNS)
    for at, row in enumerate(rows.iterator(chunk_size=2_000), 1):
        write.writerow([
            "" if row.index is None else row.index, row.at.isoformat(timespec="seconds"), row.type,
            row.recipient, numbers.get(row.agreement, ""), row.purpose, "" if row.rows is None else row.rows,
            " ".join(row.columns), " ".join(row.counties), bytes(row.leaf).decode(),
        ])  # fmt: skip
        if at % 500 == 0:
            yield page.getvalue()
            page.seek(0)
            page.truncate()
    yield page.getvalue()


def log_folder(*, home: Home, log: str, by: Actor) -> tuple[Path, str]:
    """Where a log lies and the key that verifies it."""
    require(log, by)
    return home.logs / log, log_vkey(home, federation(), log)


def verify(*, home: Home, log: str, by: Actor) -> Verdict:
    """Re-derive the log from all its entries."""
    path, vkey = log_folder(home=home, log=log, by=by)
    return verify_folder(path, vkey)


def receipt(*, home: Home, log: str, index: int, by: Actor) -> str:
    """The `.tlog-proof` of one entry; the recipient of that entry may have it as well as the owner."""
    row = Journal.objects.filter(log=log, index=index).first()
    if row is None:
        raise Unknown("there is no such entry", next_step="see `commonroll log show` for the entries")
    recipient = Member.objects.filter(key=row.recipient).first()
    if recipient is None or not by.may("read", recipient):
        require(log, by)
    return make_receipt(folder(home, federation().origin, log), index, witnessing.best_note(log, index))
