"""Before anything is read: which owners grant the whole question, and why the others do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from commonroll.agreements.compile import presence_only
from commonroll.agreements.denial import Denial
from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import Mask
from commonroll.agreements.universe import Universe
from commonroll.errors import Refusal
from commonroll.roll.schema import COLUMNS, GRANTABLE, OWNERS_ALONE, ROLL_TABLES
from commonroll.roll.vault.vault import OwnerTables
from commonroll.views.derived import FUNCTIONS
from commonroll.views.gaps import Sentences
from commonroll.views.marked import UNMARKED, Marked
from commonroll.views.masks import AVAILABLE
from commonroll.views.question import Checked, Gap, GapReason, Names, NothingGranted, Owned, as_lines

EXACT = frozenset(("view", "export"))
"""Modes of which one must be granted for a count to be exact: then the reader could count the rows."""


THEN: Mapping[str, frozenset[GapReason]] = {
    "Leave out what is not granted, or draft an agreement that grants it.": frozenset(
        ("not granted", "law forbids", "noisy counts not yet available", "suspended")
    ),
    "The owner signs the statement on protected voters (`commonroll statement`).": frozenset(
        ("no statement on protected voters",)
    ),
    "Leave out what the states do not publish.": frozenset(("not published by the state",)),
    "The owner loads its files.": frozenset(("no roll loaded",)),
    "Ask another owner: no agreement changes what is known of these voters.": frozenset(
        ("nobody known to be 18",)
    ),
}
"""What to do next, and the reasons for which nothing was answered where it helps."""


_TOLD = frozenset(("ballots.election_date", "ballots.status", "ballots.as_of"))
"""Columns that are filled by loading a file of ballots, whatever the file says."""

_OWN = (*GRANTABLE, *(name for name, column in COLUMNS.items() if column.table in OWNERS_ALONE))
"""Columns that an owner reads of its own rows."""


@dataclass(frozen=True)
class Need:
    """One thing the question looks at: any of `sources` will do. `shown` is output only, `presence` only
    whether there is a value."""

    sources: tuple[str, ...]
    shown: bool = False
    presence: bool = False


@dataclass(frozen=True)
class Access:
    """One owner in the answer: `number` is its place in the scan, from 1, `masks` every column it may read.

    `grant` is None for the viewer's own rows.
    """

    number: int
    tables: OwnerTables
    grant: Grant | None
    election_day: date
    masks: Mapping[str, Mask]
    marked: Marked = UNMARKED

    @property
    def scope(self) -> Mapping[str, frozenset[str]]:
        return self.grant.scope if self.grant else {}

    @property
    def universe(self) -> Universe | None:
        return self.grant.universe if self.grant else None


def needs(asked: Checked) -> tuple[Need, ...]:
    """What an owner must grant for the question: fields looked at, counted by, shown, functions' sources."""
    where = asked.question.where
    compared = where.compared if where else frozenset()
    found = [Need(f.sources, presence=f.name not in compared) for f in asked.where_fields if f.sources]
    found += [Need((one,)) for f in (*asked.where_fields, *asked.by) for one in f.also]
    found += [Need((one,), shown=True) for f in asked.shown for one in f.also]
    if where:
        for name, arguments in sorted(where.calls):
            found += [Need((source,)) for source in sorted(FUNCTIONS[name].sources(arguments))]
    found += [Need(f.sources) for f in asked.by if f.sources]
    optional = asked.question.optional
    found += [Need(f.sources, shown=True) for f in asked.shown if f.sources and f.name not in optional]
    return tuple(dict.fromkeys(found))


def optional_of(asked: Checked) -> frozenset[str]:
    """Qualified columns that are empty where an owner does not give them."""
    return frozenset(s for f in asked.shown if f.name in asked.question.optional for s in f.sources)


def chosen_by(asked: Checked, owner: str) -> Iterator[Need]:
    """What the persons of a saved list were chosen by, of this owner, and of lists that came home to it."""
    listed, where = asked.question.listed, asked.question.where
    named = where.lists if where else frozenset()
    handed = [one.read for one in asked.question.handed if one.owner == owner and one.code in named]
    for source in (*(listed.of(owner) if listed else ()), *(name for read in handed for name in read)):
        yield Need((source,), shown=True, presence=True)


def admit(
    asked: Checked,
    owned: Sequence[Owned],
    denied: Mapping[str, Sequence[Denial]],
    names: Names,
    now: datetime,
) -> tuple[tuple[Access, ...], tuple[Gap, ...]]:
    """Owners that grant everything asked, and gaps for the others; raises NothingGranted if none is left."""
    _check_once(owned)
    wanted = needs(asked)
    sentences = Sentences(asked.question, names)
    admitted: list[Owned] = []
    gaps: list[Gap] = []
    for one in sorted(owned, key=lambda o: o.owner):
        found = _gaps(
            asked, one, denied.get(one.owner, ()), (*wanted, *chosen_by(asked, one.owner)), sentences, now
        )
        gaps += found
        if not found:
            admitted.append(one)
    known = {one.owner for one in owned}
    for owner in sorted(denied.keys() - known):
        gaps += sentences.denied(owner, denied[owner])
    listed = tuple(sorted(gaps, key=lambda gap: gap.owner))
    if not admitted:
        raise _nothing(asked, listed)
    return tuple(_access(number, one) for number, one in enumerate(admitted, 1)), listed


def _check_once(owned: Sequence[Owned]) -> None:
    """Two grants of one owner would give its rows two sets of rules."""
    owners = [one.owner for one in owned]
    twice = sorted({owner for owner in owners if owners.count(owner) > 1})
    if twice:
        raise Refusal(
            "More than one agreement of one owner is in force for this purpose.",
            where=", ".join(twice),
            next_step="End all but one of them.",
        )


def _nothing(asked: Checked, gaps: tuple[Gap, ...]) -> NothingGranted:
    if not gaps:
        what, then = "Nobody shares a roll with you.", "Draft an agreement with an owner."
    else:
        reasons = {gap.reason for gap in gaps}
        what, then = as_lines(gaps), " ".join(say for say, of in THEN.items() if not reasons.isdisjoint(of))
    return NothingGranted(
        what, gaps, where=f"purpose {asked.question.purpose}, mode {asked.question.mode}", next_step=then
    )


def _access(number: int, one: Owned) -> Access:
    granted = one.grant.columns.items() if one.grant else ()
    masks: Mapping[str, Mask] = (
        {name: mask for name, mask in granted if mask in AVAILABLE}
        if one.grant
        else dict.fromkeys(_OWN, "plain")
    )
    return Access(number, one.tables, one.grant, one.election_day, masks, one.marked)


def _gaps(
    asked: Checked,
    one: Owned,
    denied: Sequence[Denial],
    wanted: Sequence[Need],
    say: Sentences,
    now: datetime,
) -> list[Gap]:
    if one.suspended:
        return [say.suspended(one.owner, one.grant, one.suspended)]
    if not one.tables.files.get("voters"):
        return [say.no_roll(one.owner)]
    own = one.owner == asked.question.viewer and one.grant is None
    if own:
        if denied:
            return say.denied(one.owner, denied)
        return [] if one.tables.adults else [say.no_adults(one.owner, None)]
    if any(denial.kind != "column" for denial in denied):
        return say.denied(one.owner, denied)
    grant = one.grant
    if grant is None or (grant.owner, grant.recipient) != (one.owner, asked.question.viewer):
        return say.denied(one.owner, [Denial("purpose", asked.question.purpose, "not granted")])
    if refused := _use(asked, grant, say, now):
        return [refused]
    if one.tables.protected == "unstated" and not one.tables.statement:
        return [say.no_statement(one.owner, grant)]
    if not one.tables.adults:
        return [say.no_adults(one.owner, grant.number)]
    return list(_columns(asked, one.tables, grant, denied, wanted, say))


def _use(asked: Checked, grant: Grant, say: Sentences, now: datetime) -> Gap | None:
    question = asked.question
    if question.purpose not in grant.purposes or not grant.start <= now < grant.until:
        return say.law_took(grant, "purpose", question.purpose) or say.no_purpose(grant.owner)
    if question.cause and question.cause not in grant.purposes:
        return say.law_took(grant, "purpose", question.cause) or say.no_cause(grant.owner, grant.number)
    if question.mode not in grant.modes:
        return say.law_took(grant, "mode", question.mode) or say.no_mode(grant)
    if question.mode == "count" and not grant.modes & EXACT:
        return say.counts_alone(grant)
    return None


def _columns(
    asked: Checked,
    tables: OwnerTables,
    grant: Grant,
    denied: Sequence[Denial],
    wanted: Sequence[Need],
    say: Sentences,
) -> Iterator[Gap]:
    alone = [need for need in wanted if any(COLUMNS[source].table in OWNERS_ALONE for source in need.sources)]
    if alone:
        yield say.owners_alone(grant.owner, _named(alone), grant.number)
    missing = [need for need in wanted if not _met(need, asked.question.mode, tables, grant)]
    missing = [need for need in missing if need not in alone]
    unpublished = [need for need in missing if not any(map(_published(tables), need.sources))]
    withheld = [need for need in missing if need not in unpublished]
    if unpublished:
        yield say.unpublished(grant, _named(unpublished))
    if withheld:
        yield from say.columns(grant, _named(withheld), denied)


def _met(need: Need, mode: str, tables: OwnerTables, grant: Grant) -> bool:
    return any(_readable(source, need, mode, grant) and _published(tables)(source) for source in need.sources)


def _readable(source: str, need: Need, mode: str, grant: Grant) -> bool:
    mask = grant.columns.get(source)
    if mask is None or mask not in AVAILABLE:
        return False
    if mask == "null":
        return need.shown
    return need.presence or not presence_only(source, mode)


def _published(tables: OwnerTables):  # type: ignore[no-untyped-def]
    """Whether the state publishes a column; what members gather themselves is nobody's to publish."""

    def published(source: str) -> bool:
        if source in _TOLD and "ballots.state_voter_id" in tables.published:
            return True
        return source.partition(".")[0] not in ROLL_TABLES or source in tables.published

    return published


def _named(missing: Iterable[Need]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source for need in missing for source in need.sources))
