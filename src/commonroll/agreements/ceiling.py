"""Law applied to a grant: it refuses, removes or adds a duty, and never permits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from commonroll.agreements.grant import Duty, Grant, Narrowing
from commonroll.agreements.law import LawPack, LawRule
from commonroll.agreements.overrides import Override
from commonroll.agreements.profile import DISTRICT
from commonroll.agreements.universe import columns_read


def first_conflict(grant: Grant, law: Sequence[LawPack], recipient_kind: str | None) -> Narrowing | None:
    """The first thing in `grant` that a rule forbids, None if the law leaves it whole."""
    return next(iter(apply_law(grant, law, recipient_kind).narrowed), None)


def apply_law(grant: Grant, law: Sequence[LawPack], recipient_kind: str | None) -> Grant:
    """`grant` without what `law` forbids, with the rules that apply, what they took, and the duties they add.

    A rule about some purposes or modes of a column takes the column out for all of them, since a grant is
    every purpose with every mode over every column: narrower than the rule demands, never wider.
    """
    rules = [rule for pack in law for rule in pack.rules]
    for rule in rules:
        if rule.does in ("refuse_purpose", "refuse_mode"):
            grant = _narrow(grant, rule, recipient_kind)
    for rule in rules:
        if rule.does in ("refuse_column", "require_requester"):
            grant = _narrow(grant, rule, recipient_kind)
    taken = {cut.rule.id for cut in grant.narrowed}
    applying = tuple(rule for rule in rules if rule.id in taken or _applies(grant, rule))
    duties = tuple(
        Duty("statute", grant.recipient, None, rule.says) for rule in applying if rule.does == "require_duty"
    )
    return replace(grant, law=applying, duties=grant.duties + duties)


def forbidden_limit(grant: Grant, law: Sequence[LawPack], recipient_kind: str | None) -> Narrowing | None:
    """The first rule that takes a column by which the grant's rows are chosen, None if there is none.

    Who is among the rows tells what the column says. Without the limit there would be more rows, not fewer,
    so such a grant cannot be narrowed: it falls.
    """
    chosen = sorted({name for limit in grant.scope for name in _behind(limit)} | columns_read(grant.universe))
    for rule in (rule for pack in law for rule in pack.rules):
        hidden = tuple(name for name in chosen if rule.touches(name))
        if hidden and forbids_columns(rule, recipient_kind) and rule.bites(grant.purposes, grant.modes):
            return Narrowing(rule, "column", hidden)
    return None


def bearing(
    grant: Grant, lifted: Sequence[tuple[LawRule, Override]], recipient_kind: str | None
) -> tuple[tuple[LawRule, Override], ...]:
    """Of the rules that were set aside, those that would have taken or asked something of `grant`."""
    found = []
    for rule, override in lifted:
        alone = (LawPack("", "", (rule,), ()),)
        whole = apply_law(grant, alone, recipient_kind)
        asks = rule.does == "require_duty" and whole.duties != grant.duties
        if asks or whole.narrowed or forbidden_limit(grant, alone, recipient_kind):
            found.append((rule, override))
    return tuple(found)


def _behind(limit: str) -> tuple[str, ...]:
    """The columns that a row limit looks at: a voter's own, or those of the table of districts."""
    return ("districts.type", "districts.id") if limit.startswith(DISTRICT) else (f"voters.{limit}",)


def _narrow(grant: Grant, rule: LawRule, recipient_kind: str | None) -> Grant:
    for cut in _cuts(grant, rule, recipient_kind):
        gone = set(cut.names)
        grant = replace(
            grant,
            purposes=grant.purposes - gone if cut.kind == "purpose" else grant.purposes,
            modes=grant.modes - gone if cut.kind == "mode" else grant.modes,
            columns={name: mask for name, mask in grant.columns.items() if name not in gone},
            narrowed=(*grant.narrowed, cut),
        )
    return grant


def _cuts(grant: Grant, rule: LawRule, recipient_kind: str | None) -> Iterator[Narrowing]:
    if rule.does == "refuse_purpose" and (names := sorted(grant.purposes.intersection(rule.value))):
        yield Narrowing(rule, "purpose", tuple(names))
    elif rule.does == "refuse_mode" and (names := sorted(grant.modes.intersection(rule.value))):
        yield Narrowing(rule, "mode", tuple(names))
    elif forbids_columns(rule, recipient_kind) and rule.bites(grant.purposes, grant.modes):
        names = [name for name in grant.columns if rule.touches(name)]
        if names:
            yield Narrowing(rule, "column", tuple(names))


def forbids_columns(rule: LawRule, recipient_kind: str | None) -> bool:
    """Whether the rule takes columns from this kind of recipient; an unknown kind qualifies for nothing."""
    if rule.does == "require_requester":
        return recipient_kind not in rule.value
    return rule.does == "refuse_column"


def _applies(grant: Grant, rule: LawRule) -> bool:
    """Whether a rule that took nothing still speaks of what is granted."""
    if rule.does in ("refuse_purpose", "refuse_mode", "refuse_column"):
        return False
    return rule.bites(grant.purposes, grant.modes) and any(rule.touches(name) for name in grant.columns)
