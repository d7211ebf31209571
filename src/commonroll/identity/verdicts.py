"""Sure, unsure or no: what may be done with a scored pair of records.

A score says how likely two records are one person; a verdict says what follows from it. Only sure pairs join
records. What a rule holds back, or what is worth a look, waits for a person with its reason. The rules are
those of `holds.py`, in words that a lawyer can check; thresholds follow from `Costs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import Literal

import ibis
import ibis.expr.types as ir

from commonroll.identity import holds

Kind = Literal["roll", "rolls", "list"]
"""What is linked: one roll with itself, two or more rolls (a person stands once on each), a list with a roll
(a person may stand on it many times)."""

LIST = "list:"
"""Begins the member's name of every record of a list."""

SIDES = ("member_l", "record_l", "member_r", "record_r")
READ = ("member", "record", *holds.READ)
"""Columns of a link record that verdicts need."""

REASONS: dict[str, str] = {
    "band": "the evidence is neither strong nor weak",
    "runner_up": "another record fits nearly as well",
    "father_and_son": "one name at one address, and perhaps two generations",
    "twins": "one birth date and one address or last name, but two first names",
    "year_only_interstate": "two states, and a year of birth alone",
    "no_birth": "no date of birth on one side",
    "household": "one household, but perhaps not one person",
    "strangers": "two states, one common name and one birth date, and nothing else in common",
    "crowded_key": "what the two share is shared by too many",
    "contradicted": "people judged the pair in different ways",
}
"""Why a pair is unsure, in words."""


@dataclass(frozen=True)
class Costs:
    """What mistakes cost, in looks: one look is a person reading two records side by side.

    A pair of probability p costs, on average,

        joined      (1 - p) x wrong     two people became one: letters, calls and a history go astray
        left apart  p x missed          one person stands twice: a second knock, a count that is too high
        looked at   look

    so it is joined where (1 - p) x wrong < look, which is p > 1 - look / wrong; it is left apart where
    p x missed < look, which is p < look / missed; between the two a look is the cheapest. With a wrong merge
    at 20 looks and a missed link at 2 that is .95 and .5, the band of linkage.md 3.3. Never is a pair joined
    because nobody had time to look: unsure costs a second knock, wrong costs trust.

    `margin`: bits by which a pair must beat the next best one of either record; 3 bits are odds of 8 to 1.
    `best`: bits that being the best of both records is worth across two rolls, on which a person stands once,
    where both have a full date of birth (`holds.by_day`); the model scores a pair as if there were no others.
    Of such pairs that it gives .5 to .95, 99.5 in 100 are one person (voter_synth, a million by a million);
    98 where coincidences are 3.6 times as frequent. 4.25 bits take them from .5 to .95.
    """

    wrong: float = 20.0
    missed: float = 2.0
    look: float = 1.0
    margin: float = 3.0
    best: float = 4.25

    @property
    def sure(self) -> float:
        """The least probability at which a pair is joined."""
        return 1 - self.look / self.wrong

    @property
    def band(self) -> float:
        """The least probability at which a pair is worth a look."""
        return self.look / self.missed

    @property
    def sure_bits(self) -> float:
        """`sure` as a match weight."""
        return log2(self.sure / (1 - self.sure))

    def gain(self, probability: ir.FloatingValue) -> ir.FloatingValue:
        """Looks that a look is expected to save: unsure pairs stay apart until somebody joins them."""
        saved: ir.FloatingValue = probability * self.missed - self.look
        return saved


USUAL = Costs()


def verdicts(
    pairs: ir.Table,
    records: ir.Table,
    kind: Kind,
    costs: Costs = USUAL,
    *,
    among: ir.Table | None = None,
) -> ir.Table:
    """`pairs` with verdict (sure, unsure, no), reason (null for sure and for no), best_l and best_r.

    `pairs`: member_l, record_l, member_r, record_r, match_weight, match_probability, ...; each pair once.
    `records`: link records (READ) of every record that stands in a pair; more of them make crowds visible, or
    `among` does, link records of all.
    `kind`: across rolls a pair is sure only as the best of both its records; on a list as the best of the
    list's row; within a roll by itself. Ties go by member and record, so that no order of rows matters.
    """
    ranked = _ranked(pairs, kind, costs)
    seen = holds.beside(ranked, records, least=costs.band, among=among)
    held = seen.mutate(held=holds.reason(seen, kind, costs.sure_bits, costs.margin))
    best = held["best"]
    needed = costs.sure_bits - (holds.by_day(held).cast("int8") * costs.best if kind == "rolls" else 0)
    worth = held["match_probability"] >= costs.band
    close = held["ahead"] > -costs.margin
    free = ~held["taken_l"] & ~held["taken_r"]
    unsettled = ibis.coalesce(held["held"], ibis.literal("runner_up"))
    reason = ibis.cases(
        (~worth, ibis.null("string")),
        (best & held["held"].notnull(), held["held"]),
        (best & (held["match_weight"] < needed), ibis.literal("band")),
        (best & (kind != "roll") & (held["ahead"] < costs.margin), ibis.literal("runner_up")),
        (best, ibis.null("string")),
        (close | free, unsettled),
        else_=ibis.null("string"),
    )
    verdict = ibis.cases((worth & reason.notnull(), "unsure"), (worth & best, "sure"), else_="no")
    return held.select(*pairs.columns, verdict=verdict, reason=reason, best_l="best_l", best_r="best_r")


def _ranked(pairs: ir.Table, kind: Kind, costs: Costs) -> ir.Table:
    """With best_l, best_r, best, ahead (bits before the next best pair of either record, of a list's row
    alone where it is one; negative: behind the best), taken_l, taken_r (whether it has a best pair)."""
    left = _of(pairs, "l")
    right = _of(pairs, "r")
    ranked = pairs.mutate(
        best_l=ibis.row_number().over(left) == 0,
        best_r=ibis.row_number().over(right) == 0,
        ahead_l=_ahead(pairs, left),
        ahead_r=_ahead(pairs, right),
    )
    ahead = ibis.least(ranked["ahead_l"], ranked["ahead_r"])
    if kind == "list":
        ahead = _of_list(ranked).ifelse(ranked["ahead_l"], ranked["ahead_r"])
    ranked = ranked.mutate(best=_best(ranked, kind), ahead=ahead).drop("ahead_l", "ahead_r")
    settled = (ranked["best"] & (ranked["match_probability"] >= costs.band)).cast("int8")
    return ranked.mutate(
        taken_l=settled.max().over(ibis.window(group_by=_side("l"))) == 1,
        taken_r=settled.max().over(ibis.window(group_by=_side("r"))) == 1,
    )


def _side(side: str) -> list[str]:
    """A record among the records of one other member."""
    return [f"member_{side}", f"record_{side}", "member_r" if side == "l" else "member_l"]


def _of(pairs: ir.Table, side: str) -> ibis.expr.builders.WindowBuilder:
    order = [ibis.desc(pairs["match_weight"]), *(pairs[name] for name in SIDES)]
    return ibis.window(group_by=_side(side), order_by=order)


def _ahead(pairs: ir.Table, window: ibis.expr.builders.WindowBuilder) -> ir.FloatingValue:
    """The best pair's lead over the second; any other pair's way to the best, as a negative number."""
    weight = pairs["match_weight"]
    first = weight.first().over(window)
    second = weight.lead().over(window)
    lead = ibis.coalesce(weight - second, ibis.literal(float("inf")))
    ahead: ir.FloatingValue = (ibis.row_number().over(window) == 0).ifelse(lead, weight - first)
    return ahead


def _best(pairs: ir.Table, kind: Kind) -> ir.BooleanValue:
    if kind == "roll":
        return ibis.literal(True)
    if kind == "rolls":
        return pairs["best_l"] & pairs["best_r"]
    return _of_list(pairs).ifelse(pairs["best_l"], pairs["best_r"])


def _of_list(pairs: ir.Table) -> ir.BooleanValue:
    """Whether the left record is the list's."""
    return pairs["member_l"].startswith(LIST)
