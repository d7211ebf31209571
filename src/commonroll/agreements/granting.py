"""Terms as a grant, before law: everything in them, and nothing that they do not name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from commonroll.agreements.document import build
from commonroll.agreements.grant import Duty, Grant
from commonroll.agreements.profile import WAITING, Mask, Terms
from commonroll.notes import canonical, sha256_text


def granted(terms: Terms, number: int | None) -> Grant:
    """The grant that the terms name; `number` is what people call the agreement."""
    return Grant(
        agreement=terms.id,
        terms_hash=sha256_text(canonical(build(terms))),
        number=number,
        owner=terms.owner,
        recipient=terms.recipient,
        purposes=frozenset(terms.purposes),
        modes=frozenset(terms.modes),
        columns={name: terms.masks.get(name, _default_mask(name)) for name in terms.columns},
        scope={column: frozenset(values) for column, values in terms.rows.items()},
        start=terms.start,
        until=terms.until,
        **_export_limits(terms),
        contact=terms.contact,
        duties=_duties(terms),
        law=(),
        approval=terms.approval,
        universe=terms.universe,
        group=terms.group,
        onward=terms.onward,
        blackout=terms.blackout,
        governing_law=terms.governing_law,
    )


def _export_limits(terms: Terms) -> dict[str, Any]:
    """The limits by name: 0 where nothing is exported, None where there is no such limit."""
    if "export" not in terms.modes:
        none = {"rows_per_export": 0, "exports_per_day": 0}
        return none if terms.profile == 1 else {**none, "rows_per_day": 0}
    if terms.profile == 1:
        return {"rows_per_export": terms.rows_per_export, "exports_per_day": terms.exports_per_day}
    a_day = None if terms.export_free else terms.rows_per_day
    return {"rows_per_export": None, "exports_per_day": None, "rows_per_day": a_day}


def _duties(terms: Terms) -> tuple[Duty, ...]:
    owner, recipient = terms.owner, terms.recipient
    duties = [
        Duty("delete", recipient, timedelta(days=terms.delete_within_days)),
        *_returns(terms),
        Duty("inform", recipient, timedelta(hours=terms.breach_within_hours)),
        Duty("give_notice", owner, timedelta(days=terms.notice_days)),
    ]
    if terms.appeal_days:
        duties.append(Duty("appeal", owner, timedelta(days=terms.appeal_days)))
    if terms.price is not None:
        within = timedelta(days=terms.price.days)
        duties.append(Duty("compensate", recipient, within, price=terms.price))
    if terms.royalty_percent:
        duties.append(Duty("royalty", recipient, None, percent=terms.royalty_percent))
    if terms.credit:
        duties.append(Duty("attribute", recipient, None))
    return tuple(duties)


def _returns(terms: Terms) -> Iterable[Duty]:
    for days in sorted(set(terms.returns.values())):
        kinds = tuple(sorted(kind for kind, within in terms.returns.items() if within == days))
        waits = terms.release if WAITING & set(kinds) else None
        yield Duty("return_responses", terms.recipient, timedelta(days=days), returns=kinds, release=waits)


def _default_mask(column: str) -> Mask:
    return "year" if column == "voters.birth_date" else "plain"
