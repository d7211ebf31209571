"""The ODRL object of an agreement, written from its terms: one meaning has one text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from commonroll.agreements.profile import (
    DATASET_URN,
    GROUP_URN,
    MEMBER_URN,
    PROFILES,
    PROHIBITIONS,
    WAITING,
    WHOLE_FILE,
    ContactQuota,
    Price,
    Terms,
)
from commonroll.agreements.universe import write_universe
from commonroll.errors import Refusal


def build(terms: Terms) -> dict[str, Any]:
    """The agreement object of `terms`, names sorted, parts in the profile's order; meaning is not checked."""
    onward = bool(terms.onward)
    return {
        "@id": terms.id,
        "@type": "Agreement",
        "profile": PROFILES[terms.profile],
        "target": DATASET_URN + terms.owner,
        "timestamp": instant(terms.timestamp),
        "assigner": MEMBER_URN + terms.owner,
        "assignee": MEMBER_URN + terms.recipient,
        "permission": [{"action": "use", "constraint": _constraints(terms)}],
        "prohibition": [
            {"action": action} for action in PROHIBITIONS if not (onward and action == "distribute")
        ],
        "obligation": _obligations(terms),
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
    atoms.append({"and": _rows(terms)})
    if terms.universe is not None:
        atoms.append(_atom("cr:universe", "eq", write_universe(terms.universe)))
    atoms += [
        _atom("dateTime", "gteq", instant(terms.start)),
        _atom("dateTime", "lt", instant(terms.until)),
        _atom("spatial", "eq", "US"),
        *_exports(terms),
        *_contact(terms),
        *_parties(terms),
    ]
    return [*atoms, _atom("cr:lawPacks", "isAllOf", _names(terms.law_packs))]


def _rows(terms: Terms) -> list[dict[str, Any]]:
    scope = terms.rows or {WHOLE_FILE: (terms.owner,)}
    return [_atom(f"cr:row/{column}", "isAnyOf", _names(scope[column])) for column in sorted(scope)]


def _exports(terms: Terms) -> list[dict[str, Any]]:
    limits = {
        "cr:rowsPerExport": terms.rows_per_export,
        "cr:exportsPerDay": terms.exports_per_day,
        "cr:rowsPerDay": terms.rows_per_day,
    }
    atoms = [_atom(name, "lteq", str(most)) for name, most in limits.items() if most]
    if terms.export_free:
        atoms.append(_atom("cr:export", "eq", "cr:export/free"))
    if terms.approval:
        atoms.append(_atom("cr:exportApproval", "eq", "cr:approval/each"))
    return atoms


def _contact(terms: Terms) -> list[dict[str, Any]]:
    if not terms.contact:
        return []
    if terms.profile == 1:
        return [_atom("cr:contactQuota", "lteq", _quota(terms.contact[0]))]
    quotas = {(q.channel, q.per, q.days, q.count): q for q in terms.contact}
    listed = [{"channel": q.channel, **_quota(q)} for _, q in sorted(quotas.items())]
    return [_atom("cr:contactQuota", "lteq", listed)]


def _quota(quota: ContactQuota) -> dict[str, str]:
    return {"count": str(quota.count), "per": quota.per, "window": _days(quota.days)}


def _parties(terms: Terms) -> list[dict[str, Any]]:
    """What version 2 says of others than the two, of the days before an election, and of the law."""
    atoms = []
    if terms.onward:
        atoms.append(_atom("cr:onward", "isAnyOf", _names(terms.onward, MEMBER_URN)))
    if terms.group is not None:
        atoms.append(_atom("cr:group", "eq", GROUP_URN + terms.group))
    if terms.blackout is not None:
        start, until = terms.blackout
        atoms.append(_atom("cr:blackout", "eq", {"from": instant(start), "until": instant(until)}))
    if terms.profile > 1:
        atoms.append(_atom("cr:applicableLaw", "eq", f"us-{terms.governing_law.lower()}"))
    return atoms


# Obligations


def _obligations(terms: Terms) -> list[dict[str, Any]]:
    owner, recipient = MEMBER_URN + terms.owner, MEMBER_URN + terms.recipient
    ended = _atom("event", "gt", "cr:event/ended")
    breach = _atom("event", "gt", "cr:event/breachDiscovered")
    statement = _atom("cr:evidence", "eq", "cr:evidence/signedStatement")
    return [
        _duty("delete", recipient, ended, _within(_days(terms.delete_within_days)), statement),
        *_returns(terms, recipient),
        _duty("inform", recipient, breach, _within(f"PT{terms.breach_within_hours}H")),
        _duty("cr:giveNotice", owner, *_before_the_end(terms.notice_days)),
        *([_duty("cr:appeal", owner, *_before_the_end(terms.appeal_days))] if terms.appeal_days else []),
        *_paid(terms, owner, recipient),
    ]


def _returns(terms: Terms, recipient: str) -> list[dict[str, Any]]:
    """One duty for all that comes back within the same days, the soonest first."""
    duties = []
    for days in sorted(set(terms.returns.values())):
        kinds = sorted(kind for kind, within in terms.returns.items() if within == days)
        atoms = [_atom("cr:tables", "isAllOf", kinds)]
        if terms.release is not None and WAITING & set(kinds):
            atoms.append(_atom("cr:release", "eq", terms.release.isoformat()))
        duties.append(_duty("cr:returnResponses", recipient, *atoms, _within(_days(days))))
    return duties


def _before_the_end(days: int) -> tuple[dict[str, Any], dict[str, Any]]:
    revoked = _atom("event", "lt", "cr:event/revokedWithoutCause")
    return revoked, _atom("delayPeriod", "gteq", _days(days))


def _paid(terms: Terms, owner: str, recipient: str) -> list[dict[str, Any]]:
    duties = []
    if terms.price is not None:
        currency = _atom("cr:currency", "eq", "USD")
        amount = _atom("payAmount", "eq", dollars(terms.price))
        duties.append(_duty("compensate", recipient, amount, currency, _within(_days(terms.price.days))))
    if terms.royalty_percent:
        licensed = _atom("event", "gt", "cr:event/licensed")
        share = _atom("percentage", "eq", str(terms.royalty_percent))
        duties.append(_duty("cr:royalty", recipient, licensed, share))
    if terms.credit:
        duties.append(_duty("attribute", recipient, _atom("cr:credited", "eq", owner)))
    return duties


def _duty(action: str, by: str, *constraints: dict[str, Any]) -> dict[str, Any]:
    return {"action": action, "assignee": by, "constraint": list(constraints)}


def _within(period: str) -> dict[str, Any]:
    return _atom("delayPeriod", "lteq", period)


def _atom(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def _names(names: Iterable[str], prefix: str = "") -> list[str]:
    return sorted({prefix + name for name in names})


def _days(days: int) -> str:
    return f"P{days}D"


def dollars(price: Price) -> str:
    """`5000.00`"""
    return f"{price.cents // 100}.{price.cents % 100:02d}"


def instant(moment: datetime) -> str:
    """`2026-12-01T00:00:00Z`; raises Refusal without a time zone or with parts of a second."""
    if moment.tzinfo is None or moment.microsecond:
        raise Refusal(
            "An agreement's instants carry a time zone and whole seconds.",
            next_step="Give dates as UTC, such as 1 December 2026, 00:00:00.",
        )
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
