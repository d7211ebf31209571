"""What a pair of registrations of one person says to each of the two members, and in what numbers it is told.

A registration elsewhere is a fact about a list, never a finding against a person: a member learns how many
of its own registrations stand elsewhere too, and may leave them alone. Rolls are full of people who told
one state and not the other (linkage, 9: Huber; Goel).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

KINDS: Mapping[str, str] = {
    "later": "registered elsewhere later, and active there",
    "earlier": "registered elsewhere earlier, and still on that roll",
    "deceased": "taken off another roll because the voter has died",
    "unclear": "on another roll too; which registration is the later one is not known",
}
"""Kinds of what one's own registration is told to be, in words for its owner."""

APPLIED = ("later", "deceased")
"""Kinds whose registrations a member may leave alone."""

CHANNELS = ("door", "mail", "phone", "text", "email")
"""Channels on which they can be left alone."""

SMALLEST = 10
"""Registrations that a number stands for at least; smaller ones are withheld."""

_DECEASED = r"(^|[^A-Z])(DECEASED|DEATH|DIED|DEAD)([^A-Z]|$)"
"""Words of a state's published reason that say so by themselves (roll/schema: `status_reason`)."""


def kinds(pairs: ir.Table, left: ir.Table, right: ir.Table) -> ir.Table:
    """`pairs` with kind_l and kind_r: what each side's registration is told to be (KINDS), null for nothing.

    `pairs` has record_l and record_r; `left` and `right` have the columns of `voters`, null where they were
    not agreed. A removed registration is told nothing, and without a reason says nothing.
    """
    ours, theirs = _standing(left, "l"), _standing(right, "r")
    both = pairs.inner_join(ours, "record_l").inner_join(theirs, "record_r")
    said = both.mutate(kind_l=_kind(both, "l", "r"), kind_r=_kind(both, "r", "l"))
    return said.select(*pairs.columns, "kind_l", "kind_r")


def _standing(voters: ir.Table, side: str) -> ir.Table:
    named = {f"{name}_{side}": voters[name] for name in ("status", "status_reason", "registered_on")}
    return voters.select(**{f"record_{side}": voters["state_voter_id"]}, **named)


def _kind(both: ir.Table, own: str, other: str) -> ir.Value:
    mine, theirs = both[f"registered_on_{own}"], both[f"registered_on_{other}"]
    status = both[f"status_{other}"]
    reason = both[f"status_reason_{other}"].upper()
    return ibis.cases(
        (both[f"status_{own}"] == "removed", ibis.null("string")),
        ((status == "removed") & reason.re_search(_DECEASED), ibis.literal("deceased")),
        (status == "removed", ibis.null("string")),
        ((status == "active") & (theirs > mine), ibis.literal("later")),
        ((status != "removed") & (theirs < mine), ibis.literal("earlier")),
        else_=ibis.literal("unclear"),
    )


def cells(pairs: ir.Table, side: str, own: ir.Table, gone: ir.Table) -> ir.Table:
    """kind, county_fips, county_name, n: own registrations of each kind by their own county.

    `pairs` as `kinds` makes them, sure ones alone; `own` is state_voter_id, county_fips, county_name of the
    rows that may be counted today; `gone` the ids (state_voter_id) of the other side that take no part
    today.
    """
    other = {"l": "r", "r": "l"}[side]
    told = pairs.filter(pairs[f"kind_{side}"].notnull())
    told = told.anti_join(gone, told[f"record_{other}"] == gone["state_voter_id"])
    named = told.select(kind=told[f"kind_{side}"], state_voter_id=told[f"record_{side}"])
    placed = named.inner_join(own, "state_voter_id")
    by = ["kind", "county_fips", "county_name"]
    return placed.group_by(by).agg(n=placed["state_voter_id"].nunique())


def told(pairs: ir.Table, side: str, kind: str, own: ir.Table, gone: ir.Table) -> ir.Table:
    """state_voter_id of one's own registrations of a kind: for the owner's suppressions, and for no
    output."""
    other = {"l": "r", "r": "l"}[side]
    mine = pairs.filter(pairs[f"kind_{side}"] == kind)
    mine = mine.anti_join(gone, mine[f"record_{other}"] == gone["state_voter_id"])
    ids = mine.select(state_voter_id=mine[f"record_{side}"])
    return ids.semi_join(own, "state_voter_id").distinct()


# Numbers as they are told


@dataclass(frozen=True)
class Told:
    """Registrations of one kind: `n` in all (None: fewer than SMALLEST, none included), by county,
    elsewhere.

    `counties`: (FIPS code, name, registrations), the most first, each at least SMALLEST; `others` are those
    of all further counties together, which are never one small number.
    """

    kind: str
    n: int | None
    counties: tuple[tuple[str, str, int], ...] = ()
    others: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The numbers, JSON-ready; null is fewer than SMALLEST."""
        return {
            "kind": self.kind,
            "means": KINDS[self.kind],
            "registrations": self.n,
            "counties": [{"fips": fips, "name": name, "registrations": n} for fips, name, n in self.counties],
            "other_counties": self.others,
        }


def said(n: int | None) -> str:
    """A number as it is told, in words where it is withheld."""
    return f"fewer than {SMALLEST}" if n is None else f"{n:,}"


def withheld(rows: Iterable[Mapping[str, Any]]) -> tuple[Told, ...]:
    """The cells of every kind as they are told, small numbers withheld; one entry per kind, in order."""
    found = list(rows)
    return tuple(_told(kind, [row for row in found if row["kind"] == kind]) for kind in KINDS)


def _told(kind: str, rows: Sequence[Mapping[str, Any]]) -> Told:
    total = sum(row["n"] for row in rows)
    if total < SMALLEST:
        return Told(kind, None)
    counties = sorted(
        ((row["county_fips"] or "", row["county_name"] or "", int(row["n"])) for row in rows),
        key=lambda county: (-county[2], county[0]),
    )
    shown = [county for county in counties if county[2] >= SMALLEST]
    # a rest that is small would be what the others leave of the total
    while 0 < total - sum(n for _, _, n in shown) < SMALLEST:
        shown.pop()
    return Told(kind, total, tuple(shown), total - sum(n for _, _, n in shown))
