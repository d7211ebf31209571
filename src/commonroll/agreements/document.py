"""The ODRL object of an agreement, written from its terms: one meaning has one text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from commonroll.agreements.profile import (
    DATASET_URN,
    MEMBER_URN,
    PROFILE,
    PROHIBITIONS,
    RETURNED_TABLES,
    WHOLE_FILE,
    Terms,
)
from commonroll.errors import Refusal


def build(terms: Terms) -> dict[str, Any]:
    """The agreement object of `terms`, names sorted, parts in the profile's order; meaning is not checked."""
    owner, recipient = MEMBER_URN + terms.owner, MEMBER_URN + terms.recipient
    return {
        "@id": terms.id,
        "@type": "Agreement",
        "profile": PROFILE,
        "target": DATASET_URN + terms.owner,
        "timestamp": instant(terms.timestamp),
        "assigner": owner,
        "assignee": recipient,
        "permission": [{"action": "use", "constraint": _constraints(terms)}],
        "prohibition": [{"action": action} for action in PROHIBITIONS],
        "obligation": _obligations(terms, owner, recipient),
    }


def _constraints(terms: Terms) -> list[dict[str, Any]]:
    atoms = [
        _atom("purpose", "isAnyOf", _names(terms.purposes, "cr:purpose/")),
        _atom("cr:mode", "isAnyOf", _names(terms.modes, "cr:mode/")),
        _atom("cr:columns", "isPartOf", _names(terms.columns)),
    ]
    if terms.masks:
        masks = {column: f"cr:mask/{terms.masks[column]}" for column in sorted(terms.masks)}
        atoms.append(_atom("cr:masks", "eq", masks))
    atoms += [
        {"and": _rows(terms)},
        _atom("dateTime", "gteq", instant(terms.start)),
        _atom("dateTime", "lt", instant(terms.until)),
        _atom("spatial", "eq", "US"),
        *_quotas(terms),
        _atom("cr:lawPacks", "isAllOf", _names(terms.law_packs)),
    ]
    return atoms


def _rows(terms: Terms) -> list[dict[str, Any]]:
    scope = terms.rows or {WHOLE_FILE: (terms.owner,)}
    return [_atom(f"cr:row/{column}", "isAnyOf", _names(scope[column])) for column in sorted(scope)]


def _quotas(terms: Terms) -> list[dict[str, Any]]:
    atoms = []
    if terms.rows_per_export:
        atoms.append(_atom("cr:rowsPerExport", "lteq", str(terms.rows_per_export)))
    if terms.exports_per_day:
        atoms.append(_atom("cr:exportsPerDay", "lteq", str(terms.exports_per_day)))
    if terms.contact is not None:
        quota = terms.contact
        right = {"count": str(quota.count), "per": quota.per, "window": f"P{quota.days}D"}
        atoms.append(_atom("cr:contactQuota", "lteq", right))
    return atoms


def _obligations(terms: Terms, owner: str, recipient: str) -> list[dict[str, Any]]:
    ended = _atom("event", "gt", "cr:event/ended")
    breach = _atom("event", "gt", "cr:event/breachDiscovered")
    revoked = _atom("event", "lt", "cr:event/revokedWithoutCause")
    statement = _atom("cr:evidence", "eq", "cr:evidence/signedStatement")
    tables = _atom("cr:tables", "isAllOf", list(RETURNED_TABLES))
    within = "delayPeriod", "lteq"
    return [
        _duty("delete", recipient, ended, _atom(*within, f"P{terms.delete_within_days}D"), statement),
        _duty("cr:returnResponses", recipient, tables, _atom(*within, f"P{terms.return_within_days}D")),
        _duty("inform", recipient, breach, _atom(*within, f"PT{terms.breach_within_hours}H")),
        _duty("cr:giveNotice", owner, revoked, _atom("delayPeriod", "gteq", f"P{terms.notice_days}D")),
    ]


def _duty(action: str, by: str, *constraints: dict[str, Any]) -> dict[str, Any]:
    return {"action": action, "assignee": by, "constraint": list(constraints)}


def _atom(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def _names(names: Iterable[str], prefix: str = "") -> list[str]:
    return sorted({prefix + name for name in names})


def instant(moment: datetime) -> str:
    """`2026-12-01T00:00:00Z`; raises Refusal without a time zone or with parts of a second."""
    if moment.tzinfo is None or moment.microsecond:
        raise Refusal(
            "An agreement's instants carry a time zone and whole seconds.",
            next_step="Give dates as UTC, such as 1 December 2026, 00:00:00.",
        )
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
