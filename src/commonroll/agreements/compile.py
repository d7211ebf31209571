"""Terms become a grant, or a refusal with a reason: pure, without clock, database or network.

The class of a column fixes what an agreement may grant (specs: agreements, section 12); law is applied last
and can only narrow. A conflict in a draft is refused; a rule that tightens under a signed agreement narrows
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from commonroll.agreements.ceiling import apply_law, bearing, first_conflict, forbidden_limit
from commonroll.agreements.denial import Denial, denials
from commonroll.agreements.document import build
from commonroll.agreements.events import Event, condition
from commonroll.agreements.grant import Duty, Grant, Narrowing, grant_hash
from commonroll.agreements.granting import granted
from commonroll.agreements.law import LawPack
from commonroll.agreements.overrides import Override, lift
from commonroll.agreements.parser import parse
from commonroll.agreements.profile import PURPOSES, Mask, Terms
from commonroll.errors import Refusal
from commonroll.roll.schema import COLUMNS, GRANTABLE, Class, Column

__all__ = [
    "CLASS_RULES", "CompileRefused", "Denial", "Duty", "Grant", "Narrowing", "check_overlap",
    "compile_terms", "denials", "grant_hash", "in_force", "mask_fits", "overlap", "presence_only",
]  # fmt: skip

Permit = Literal["yes", "ask", "presence", "no"]

CLASS_RULES: Mapping[Class, Mapping[str, Permit]] = {
    "identity": {"count": "ask", "view": "ask", "contact": "ask", "export": "ask"},
    "contact": {"count": "presence", "view": "ask", "contact": "ask", "export": "ask"},
    "registration": {"count": "yes", "view": "ask", "contact": "ask", "export": "ask"},
    "district": {"count": "yes", "view": "yes", "contact": "yes", "export": "ask"},
    "demographic": {"count": "ask", "view": "ask", "contact": "ask", "export": "ask"},
    "vote_history": {"count": "ask", "view": "ask", "contact": "ask", "export": "ask"},
    "ballot": {"count": "ask", "view": "ask", "contact": "ask", "export": "ask"},
    "response": {"count": "ask", "view": "ask", "contact": "ask", "export": "ask"},
    "model": {"count": "ask", "view": "ask", "contact": "ask", "export": "ask"},
    "financial": {"count": "ask", "view": "ask", "contact": "ask", "export": "no"},
    "provenance": {"count": "no", "view": "no", "contact": "no", "export": "no"},
}
"""What an agreement may grant of a class in a mode. `yes`: the editor ticks it unasked; `ask`: somebody must;
`presence`: only whether there is a value; `no`: never. A granted column is always named in the agreement."""


_IDS = ("state_voter_id", "county_voter_id")
_NAMES = ("voters.first_name", "voters.middle_name", "voters.last_name")


class CompileRefused(Refusal):
    """Terms that compile to nothing: against a class rule or the law, or with nothing left."""


def compile_terms(
    terms: Terms,
    *,
    law: Sequence[LawPack],
    state: str,
    recipient_kind: str | None = None,
    signed: bool = False,
    number: int | None = None,
    overrides: Iterable[Override] = (),
) -> Grant:
    """The grant of `terms` under `law` (`law.packs_for(state)`); raises CompileRefused with rule and source.

    `recipient_kind` answers rules about who may ask; unknown is nobody. `signed` says that both signatures
    stand: then law narrows the grant, and `narrowed` says what it took, instead of refusing the text.
    `overrides` are those of the owner that verify and stand now; rules that they may set aside do not bite.
    """
    terms = parse(build(terms))
    if stranger := [pack for pack in law if pack.state not in ("US", "DEFAULT", state.upper())]:
        raise CompileRefused(f"The law of {stranger[0].state} is not the owner's.", where=state)
    _check_classes(terms)
    _check_purposes(terms)
    grant = granted(terms, number)
    law, lifted = lift(law, overrides, agreement=terms.id, owner=terms.owner, recipient_kind=recipient_kind)
    grant = replace(grant, overridden=bearing(grant, lifted, recipient_kind))
    if not signed and (conflict := first_conflict(grant, law, recipient_kind)):
        rule = conflict.rule
        raise CompileRefused(
            f"The law forbids it: {rule.says} ({rule.cites})",
            where=f"rule {rule.id}, {conflict.kind} {', '.join(conflict.names)}",
            next_step=f"Leave the {conflict.kind} out of the draft.",
        )
    grant = apply_law(grant, law, recipient_kind)
    if not (grant.purposes and grant.modes and grant.columns):
        raise CompileRefused(
            "Nothing of the agreement is left under the law; it is suspended.",
            where=", ".join(dict.fromkeys(cut.rule.id for cut in grant.narrowed)),
            next_step="Draft new terms within the law and sign them.",
        )
    if hidden := forbidden_limit(grant, law, recipient_kind):
        raise CompileRefused(
            f"The law forbids to choose rows by what it hides: {hidden.rule.says} ({hidden.rule.cites})",
            where=f"rule {hidden.rule.id}, {hidden.kind} {', '.join(hidden.names)}",
            next_step="Draft new terms that limit the rows by other columns, and sign them.",
        )
    return grant


# Classes, purposes and masks


def _check_classes(terms: Terms) -> None:
    for name in terms.columns:
        column = COLUMNS[name]
        if name not in GRANTABLE:
            raise _refused(name, f"{name} is the owner's alone and in no agreement.", "Leave the column out.")
        for mode in terms.modes:
            if CLASS_RULES[column.cls][mode] == "no":
                raise _refused(name, f"Columns of class {column.cls} never go into {mode}.", "Leave it out.")
        if column.cls == "contact" and "research" in terms.purposes:
            raise _refused(name, "Research gets no contact data.", "Leave the column or the purpose out.")
        mask = terms.masks.get(name)
        if mask is not None and not mask_fits(mask, column):
            raise _refused(
                name, f"The mask {mask} does not fit a {column.type} of this kind.", "Choose another."
            )


def _check_purposes(terms: Terms) -> None:
    if "hygiene" in terms.purposes and "export" in terms.modes:
        raise CompileRefused(
            "List hygiene yields counts and suppressions; its rows are never exported.",
            where="purpose hygiene, mode export",
            next_step="Sign hygiene as an agreement of its own, without export.",
        )


def _refused(column: str, what: str, next_step: str) -> CompileRefused:
    return CompileRefused(what, where=f"column {column}", next_step=next_step)


def mask_fits(mask: Mask, column: Column) -> bool:
    """Whether `mask` can be applied to `column`.

    `year` and `decade` need a date (it becomes the first of January) or, for `decade`, a year; `zip3` a
    postal code; `last4` a phone or an id; `bucket10` a number from 0 to 100; `marked` a score; `token` an id;
    `initial` a name.
    """
    if mask in ("plain", "null"):
        return True
    if mask == "year":
        return column.type == "date"
    if mask == "decade":
        return column.type == "date" or column.name == "birth_year"
    if mask == "zip3":
        return column.name in ("residence_zip5", "mail_zip")
    if mask == "last4":
        return column.name in ("phone", *_IDS)
    if mask == "bucket10":
        return column.name == "age" or (column.cls == "model" and column.type != "string")
    if mask == "marked":
        return column.cls == "model"
    if mask == "initial":
        return column.qualified in _NAMES
    return column.name in _IDS


def presence_only(column: str, mode: str) -> bool:
    """Whether `mode` may ask of `column` (qualified) only whether there is a value (contact, in counts)."""
    return CLASS_RULES[COLUMNS[column].cls][mode] == "presence"


# In force


def in_force(
    grant: Grant,
    signatures_ok: bool,
    events: Iterable[Event],
    now: datetime,
    *,
    floor: datetime | None = None,
    suspended: bool = False,
) -> bool:
    """Whether the grant counts at `now`: signed by both today, in its window, neither ended nor suspended.

    `events` are those of the agreement, in any order. `floor` is the last time in the owner's log: a clock
    set back does not revive what has ended. `suspended`: whether the federation suspends one of the two now;
    then nothing is in force between them. Ask at every read and every chunk of a stream; the answer is
    worth nothing a request later.
    """
    moment = now if floor is None else max(now, floor)
    stands = condition(events, grant.agreement, moment) == "standing"
    return signatures_ok and stands and not suspended and grant.start <= moment < grant.until


def overlap(one: Grant | Terms, other: Grant | Terms) -> frozenset[str]:
    """Purposes that both agreements cover at some instant for one owner and recipient; at most one may."""
    same = (one.owner, one.recipient) == (other.owner, other.recipient)
    if not same or one.until <= other.start or other.until <= one.start:
        return frozenset()
    return frozenset(one.purposes) & frozenset(other.purposes)


def check_overlap(draft: Grant | Terms, standing: Iterable[Grant]) -> None:
    """Raise CompileRefused if `draft` meets one of `standing`: then rows would have two sets of rules.

    An agreement that was revoked stands until its event takes effect: `replace(grant, until=effective)`.
    """
    for grant in standing:
        if shared := overlap(draft, grant):
            name = f"agreement {grant.number}" if grant.number is not None else grant.agreement
            raise CompileRefused(
                f"Another agreement of the two covers {_spoken(shared)} in the same time.",
                where=name,
                next_step="Choose other purposes or other dates, or let the other agreement end first.",
            )


def _spoken(purposes: Iterable[str]) -> str:
    return ", ".join(PURPOSES[purpose] for purpose in sorted(purposes))
