"""What an agreement compiles to: data that a view joins to the roll, never text that reaches SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from commonroll.agreements.document import dollars, instant
from commonroll.agreements.law import LawRule
from commonroll.agreements.overrides import Override
from commonroll.agreements.profile import RETURNED_TABLES, ContactQuota, Mask, Price
from commonroll.agreements.universe import Universe, write_universe
from commonroll.notes import canonical, sha256_text


@dataclass(frozen=True)
class Duty:
    """Something a party owes: `action`, the member that owes it, and how long it has (None: no term stated).

    `delete` runs from the agreement's end, `return_responses` from each of the answers in `returns` or from
    the day `release`, whichever is later, `inform`
    from the discovery of a breach, `compensate` (`price`) from the beginning; `give_notice` and `appeal` are
    shortest times, the others longest ones. `royalty` is `percent` of any paid or onward licence, `attribute`
    names the owner wherever its data is used. `statute` is a duty that law adds.
    """

    action: Literal[
        "delete", "return_responses", "inform", "give_notice", "appeal", "compensate", "royalty",
        "attribute", "statute",
    ]  # fmt: skip
    by: str
    within: timedelta | None
    says: str = ""
    returns: tuple[str, ...] = ()
    price: Price | None = None
    percent: int = 0
    release: date | None = None


@dataclass(frozen=True)
class Narrowing:
    """What a rule of law took out of a signed agreement: the rule and the names of one kind."""

    rule: LawRule
    kind: Literal["purpose", "mode", "column"]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Grant:
    """One agreement, compiled: every purpose with every mode over every column, inside scope and window.

    A column that is not in `columns` (qualified name to mask) does not exist for the recipient. `scope` maps
    columns of `voters` to the values a row must have, all columns at once; it is empty for the whole file and
    no set in it is empty. `scope` may hold `district/<type>` too: any of the voter's districts of that type.
    `universe` limits the rows further, by the owner's own values. `law` holds the rules that apply,
    `narrowed` what they took out after signing. `number` is what people call the agreement; the site assigns
    it.

    An export has at most `rows_per_export` rows, `exports_per_day` times a day, and all of a day at most
    `rows_per_day`; None is no such limit. With `approval` each export waits for the owner's word. `onward`
    are members to whom the recipient may license on. In `blackout` a revocation for convenience takes no
    effect. `overridden` are rules of law that the owner set aside and that would bear on the grant.
    """

    agreement: str
    terms_hash: str
    number: int | None
    owner: str
    recipient: str
    purposes: frozenset[str]
    modes: frozenset[str]
    columns: Mapping[str, Mask]
    scope: Mapping[str, frozenset[str]]
    start: datetime
    until: datetime
    rows_per_export: int | None
    exports_per_day: int | None
    contact: tuple[ContactQuota, ...]
    duties: tuple[Duty, ...]
    law: tuple[LawRule, ...]
    narrowed: tuple[Narrowing, ...] = ()
    rows_per_day: int | None = None
    approval: bool = False
    universe: Universe | None = None
    group: str | None = None
    onward: tuple[str, ...] = ()
    blackout: tuple[datetime, datetime] | None = None
    governing_law: str = ""
    overridden: tuple[tuple[LawRule, Override], ...] = ()

    @property
    def whole_file(self) -> bool:
        """Whether no row limit was agreed."""
        return not self.scope and self.universe is None


def grant_hash(grant: Grant) -> str:
    """`sha256:<base64>` of all that the grant permits and demands; the number is no part of it.

    A compiler or pack that compiles a stored agreement differently shows as another hash.
    """
    return sha256_text(canonical(_as_document(grant)))


def _as_document(grant: Grant) -> dict[str, Any]:
    """What version 1 could say stands as it always did; the rest only where it is said."""
    return {
        "agreement": grant.agreement,
        "terms": grant.terms_hash,
        "owner": grant.owner,
        "recipient": grant.recipient,
        "purposes": sorted(grant.purposes),
        "modes": sorted(grant.modes),
        "columns": dict(grant.columns),
        "scope": {column: sorted(values) for column, values in grant.scope.items()},
        "start": instant(grant.start),
        "until": instant(grant.until),
        "rows_per_export": _most(grant.rows_per_export),
        "exports_per_day": _most(grant.exports_per_day),
        "contact": _contact(grant.contact),
        "duties": [_duty(duty) for duty in grant.duties],
        "law": [rule.id for rule in grant.law],
        "narrowed": [[cut.rule.id, cut.kind, *cut.names] for cut in grant.narrowed],
        **_added(grant),
    }


def _most(limit: int | None) -> str:
    return "" if limit is None else str(limit)


def _contact(quotas: tuple[ContactQuota, ...]) -> list[Any]:
    written = [
        [str(q.count), q.per, str(q.days), *([q.channel] if q.channel != "any" else [])] for q in quotas
    ]
    return written[0] if len(written) == 1 else written


def _duty(duty: Duty) -> list[Any]:
    base: list[Any] = [
        duty.action, duty.by, str(duty.within.total_seconds()) if duty.within else "", duty.says
    ]  # fmt: skip
    returns = [] if duty.returns in ((), RETURNED_TABLES) else [list(duty.returns)]
    price = [dollars(duty.price)] if duty.price else []
    percent = [str(duty.percent)] if duty.percent else []
    return [*base, *returns, *price, *percent, *([duty.release.isoformat()] if duty.release else [])]


def _added(grant: Grant) -> dict[str, Any]:
    found = {
        "rows_per_day": _most(grant.rows_per_day),
        "approval": "each" if grant.approval else "",
        "universe": write_universe(grant.universe) if grant.universe else "",
        "group": grant.group or "",
        "onward": list(grant.onward),
        "blackout": [instant(moment) for moment in grant.blackout or ()],
        "governing_law": grant.governing_law,
        "overridden": [[rule.id, override.hash] for rule, override in grant.overridden],
    }
    return {name: value for name, value in found.items() if value}
