"""What an agreement compiles to: data that a view joins to the roll, never text that reaches SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from commonroll.agreements.document import instant
from commonroll.agreements.law import LawRule
from commonroll.agreements.profile import ContactQuota, Mask
from commonroll.notes import canonical, sha256_text


@dataclass(frozen=True)
class Duty:
    """Something a party owes: `action`, the member that owes it, and how long it has (None: no term stated).

    `delete` runs from the agreement's end, `return_responses` from each answer, `inform` from the discovery
    of a breach; `give_notice` is a shortest time, the others longest ones. `statute` is a duty that law adds.
    """

    action: Literal["delete", "return_responses", "inform", "give_notice", "statute"]
    by: str
    within: timedelta | None
    says: str = ""


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
    no set in it is empty. `law` holds the rules that apply, `narrowed` what they took out after signing.
    `number` is what people call the agreement; the site assigns it.
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
    rows_per_export: int
    exports_per_day: int
    contact: ContactQuota | None
    duties: tuple[Duty, ...]
    law: tuple[LawRule, ...]
    narrowed: tuple[Narrowing, ...] = ()

    @property
    def whole_file(self) -> bool:
        """Whether no row limit was agreed."""
        return not self.scope


def grant_hash(grant: Grant) -> str:
    """`sha256:<base64>` of all that the grant permits and demands; the number is no part of it.

    A compiler or pack that compiles a stored agreement differently shows as another hash.
    """
    return sha256_text(canonical(_as_document(grant)))


def _as_document(grant: Grant) -> dict[str, Any]:
    contact = grant.contact
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
        "rows_per_export": str(grant.rows_per_export),
        "exports_per_day": str(grant.exports_per_day),
        "contact": [str(contact.count), contact.per, str(contact.days)] if contact else [],
        "duties": [
            [d.action, d.by, str(d.within.total_seconds()) if d.within else "", d.says] for d in grant.duties
        ],
        "law": [rule.id for rule in grant.law],
        "narrowed": [[cut.rule.id, cut.kind, *cut.names] for cut in grant.narrowed],
    }
