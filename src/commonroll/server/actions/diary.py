"""My data's diary: who used it, when, what for; the log behind it, and receipts."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db.models import Q

from commonroll.errors import Refusal
from commonroll.server import witnessing
from commonroll.server.actions.federation import FEDERATION_LOG, federation, member
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.logs import folder, log_vkey
from commonroll.server.models import ROWS_LEFT, Agreement, Journal, Load, Member, Role
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

    `filters`: recipient, purpose, type, agreement (its number). `before` is an index to page on from, the
    log's own: the numbers of journal rows count what every member of the site does.
    Each entry: index (None until folded), at, type, recipient, agreement (number), purpose,
    columns, rows, note (the reason of an overruled load).
    """
    require(log, by)
    rows = Journal.objects.filter(log=log, **_conditions(filters))
    if before is not None:
        rows = rows.filter(index__lt=before)
    found = list(rows.order_by("-pk")[:last])
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
            "rows": r.rows,
            "note": notes.get(r.pk, ""),
        }
        for r in found
    ]


def _reasons(rows: Iterable[Journal]) -> dict[int, str]:
    """Journal row -> the reason for which an owner overruled the gate; the owner's people alone read it."""
    loads = {
        r.pk: json.loads(bytes(r.leaf)).get("load", "").rpartition(":")[2] for r in rows if r.type == "load"
    }
    reasons = dict(Load.objects.filter(pk__in=filter(None, loads.values())).values_list("pk", "reason"))
    said = {pk: reasons.get(uuid.UUID(load), "") for pk, load in loads.items() if load}
    return {pk: f"overruled: {reason}" for pk, reason in said.items() if reason}


def _conditions(filters: dict[str, str]) -> dict[str, str]:
    allowed = {"recipient", "purpose", "type", "agreement"}
    if unknown := set(filters) - allowed:
        raise Refusal(
            f"the log is not filtered by {', '.join(sorted(unknown))}",
            next_step=f"filters: {', '.join(sorted(allowed))}",
        )
    found = {key: value for key, value in filters.items() if value and key != "agreement"}
    if number := filters.get("agreement"):
        urns = Agreement.objects.filter(number=int(number) if number.isdecimal() else 0)
        found["agreement"] = next(iter(urns.values_list("urn", flat=True)), "none")
    return found


def uses_by_agreement(*, log: str, by: Actor) -> list[dict[str, Any]]:
    """Who used my data, per agreement: uses, rows that left, columns seen, first and last time."""
    require(log, by)
    uses = Q(type__in=["count", "view", "contact", *ROWS_LEFT])
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in Journal.objects.filter(uses, log=log).exclude(recipient="").order_by("pk").iterator():
        line = found.setdefault(
            (row.recipient, row.agreement),
            {"recipient": row.recipient, "urn": row.agreement, "uses": 0, "rows": 0, "columns": set(),
             "first": row.at},
        )  # fmt: skip
        line["uses"] += 1
        line["rows"] += (row.rows or 0) if row.type in ROWS_LEFT else 0
        line["columns"] |= set(row.columns)
        line["last"] = row.at
    numbers = dict(Agreement.objects.values_list("urn", "number"))
    names = dict(Member.objects.values_list("key", "name"))
    return [
        {**line, "number": numbers.get(line["urn"]), "name": names.get(line["recipient"], "")}
        for line in found.values()
    ]


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
