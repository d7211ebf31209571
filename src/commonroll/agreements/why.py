"""Why a column is seen, or is not: one sentence that names clause, agreement and day, or the law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from commonroll.agreements.compile import presence_only
from commonroll.agreements.denial import Denial, denials
from commonroll.agreements.english import About, clause_of
from commonroll.agreements.grant import Grant
from commonroll.agreements.law import LawPack
from commonroll.agreements.profile import PURPOSES
from commonroll.agreements.row_words import limit, universe
from commonroll.agreements.words import MASK_WORDS, day, label, spoken
from commonroll.roll.counties import all_counties

USES: Mapping[str, str] = {
    "count": "counts",
    "view": "lists on a screen",
    "contact": "contact lists",
    "export": "exports",
}


@dataclass(frozen=True)
class Use:
    """One question of one owner's column (qualified): who looks, what for, how, when.

    `who` is the viewer's name where another asks for it; empty where the viewer itself is told.
    """

    viewer: str
    owner: str
    column: str
    purpose: str
    mode: str
    now: datetime
    who: str = ""

    @property
    def sees(self) -> str:
        return f"{self.who} sees" if self.who else "You see"

    @property
    def does_not_see(self) -> str:
        return f"{self.who} does not see" if self.who else "You do not see"


@dataclass(frozen=True)
class Explanation:
    """Whether the column is seen, and why; `agreement` and `clause` are numbers, None where none says it."""

    seen: bool
    sentence: str
    agreement: int | None = None
    clause: int | None = None


def explain(
    use: Use,
    grant: Grant | None,
    law: Sequence[LawPack],
    names: Mapping[str, str],
    *,
    recipient_kind: str | None = None,
    ended: str = "",
) -> Explanation:
    """Why `use` shows the column, or why it does not.

    `grant` is that of the owner's agreement for this purpose, in force or, with `ended` ("was revoked on 3
    May 2027"), the last one that was; None where there is none.
    """
    owner = names.get(use.owner, use.owner)
    if use.viewer == use.owner:
        own = "its own" if use.who else "your own"
        return Explanation(
            True, f"{use.sees} {label(use.column)} of {owner}'s voters because they are {own}."
        )
    if grant is not None and ended:
        return _unseen(f"agreement {grant.number} {ended}", grant, use, owner)
    if grant is not None and use.now < grant.start:
        return _unseen(f"agreement {grant.number} begins on {day(grant.start)}", grant, use, owner, "opening")
    denied = denials(grant, law, use.purpose, use.mode, [use.column], recipient_kind=recipient_kind)
    if denied or grant is None:
        return _denied(denied[0] if denied else None, grant, use, owner)
    return _seen(grant, use, owner)


def _seen(grant: Grant, use: Use, owner: str) -> Explanation:
    mask = grant.columns[use.column]
    if mask == "null":
        return _unseen("it is never shown", grant, use, owner, "masks")
    shown = "" if mask == "plain" else f" {MASK_WORDS[mask]}"
    told = "whether there is " if presence_only(use.column, use.mode) else ""
    clause = clause_of(grant, "columns")
    return Explanation(
        True,
        f"{use.sees} {told}{label(use.column)}{shown} {_place(grant)}of {owner}'s voters because of clause "
        f"{clause} of agreement {grant.number}, until {day(grant.until)}.",
        grant.number,
        clause,
    )


def _place(grant: Grant) -> str:
    """`for Wake County `, with counties by their names, empty for the whole file."""
    parts = []
    for column in sorted(grant.scope):
        if column == "county_fips":
            known = [all_counties().get(fips, fips) for fips in sorted(grant.scope[column])]
            parts.append(f"{spoken(known)} {'County' if len(known) == 1 else 'counties'}")
        else:
            parts.append(limit(column, grant.scope[column]))
    if grant.universe is not None:
        parts.append(f"those of whom this holds: {universe(grant.universe)},")
    return f"for {'; '.join(parts)} " if parts else ""


def _denied(denial: Denial | None, grant: Grant | None, use: Use, owner: str) -> Explanation:
    if denial is not None and denial.reason == "law forbids":
        return _unseen(
            f"the law forbids it: {denial.says} ({denial.rule}, {denial.cites})", grant, use, owner
        )
    purpose = PURPOSES[use.purpose]
    if grant is None or denial is None or denial.kind == "purpose":
        them = use.who or "you"
        return _unseen(f"no agreement in force lets {them} use them for {purpose}", None, use, owner)
    for cut in grant.narrowed:
        if denial.name in cut.names:
            why = f"the law took it out: {cut.rule.says} ({cut.rule.id}, {cut.rule.cites})"
            return _unseen(why, grant, use, owner, "law")
    if denial.kind == "mode":
        return _unseen(f"{USES[use.mode]} are not among the uses", grant, use, owner, "uses")
    return _unseen("it is not among the columns", grant, use, owner, "columns")


def _unseen(why: str, grant: Grant | None, use: Use, owner: str, about: About | None = None) -> Explanation:
    clause = clause_of(grant, about) if grant is not None and about else None
    by = f", clause {clause} of agreement {grant.number}" if grant is not None and clause else ""
    sentence = f"{use.does_not_see} {label(use.column)} of {owner}'s voters: {why}{by}."
    return Explanation(False, sentence, grant.number if grant else None, clause)
