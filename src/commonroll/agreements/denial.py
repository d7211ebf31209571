"""Why an owner's rows do not answer a question: what was not granted, and what the law forbids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from commonroll.agreements.ceiling import forbids_columns
from commonroll.agreements.grant import Grant
from commonroll.agreements.law import LawPack, LawRule


@dataclass(frozen=True)
class Denial:
    """One purpose, mode or column (qualified) that is denied; `rule`, `cites`, `says` where law forbids it.

    `agreement` is the number of the agreement that lacks it, None if no agreement covers the purpose.
    """

    kind: Literal["purpose", "mode", "column"]
    name: str
    reason: Literal["not granted", "law forbids"]
    rule: str | None = None
    cites: str | None = None
    says: str | None = None
    agreement: int | None = None


def denials(
    grant: Grant | None,
    law: Sequence[LawPack],
    purpose: str,
    mode: str,
    columns: Iterable[str],
    *,
    recipient_kind: str | None = None,
    cause: str = "",
) -> list[Denial]:
    """What stands between `grant` (None: no agreement in force) and this use of `columns`; empty if nothing.

    `cause` is what a file of the purpose is for: the same grant must have both. A purpose or mode that is
    denied is the whole answer; otherwise one denial per column, sorted by name.
    """
    number = grant.number if grant else None
    for rule in _rules(law):
        for kind, name in (("purpose", purpose), ("purpose", cause), ("mode", mode)):
            if rule.does == f"refuse_{kind}" and name in rule.value:
                return [_forbidden("purpose" if kind == "purpose" else "mode", name, rule, number)]
    if grant is None or purpose not in grant.purposes:
        return [Denial("purpose", purpose, "not granted")]
    if cause and cause not in grant.purposes:
        return [Denial("purpose", cause, "not granted", agreement=number)]
    if mode not in grant.modes:
        return [Denial("mode", mode, "not granted", agreement=number)]
    return [
        _column(name, law, purpose, mode, recipient_kind, number)
        for name in sorted(set(columns))
        if name not in grant.columns
    ]


def _column(
    name: str, law: Sequence[LawPack], purpose: str, mode: str, recipient_kind: str | None, number: int | None
) -> Denial:
    for rule in _rules(law):
        if forbids_columns(rule, recipient_kind) and rule.touches(name) and rule.bites((purpose,), (mode,)):
            return _forbidden("column", name, rule, number)
    return Denial("column", name, "not granted", agreement=number)


def _forbidden(
    kind: Literal["purpose", "mode", "column"], name: str, rule: LawRule, number: int | None
) -> Denial:
    return Denial(kind, name, "law forbids", rule.id, rule.cites, rule.says, number)


def _rules(law: Sequence[LawPack]) -> list[LawRule]:
    return [rule for pack in law for rule in pack.rules]
