"""How right the links are: pairs of records against known truth, counted in the engine.

Truth says which records are one person. It comes from the generator, from a public set, or from people who
judged pairs; a judged pair is a label for that pair alone and says nothing on pairs nobody looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

SIDES = ("member_l", "record_l", "member_r", "record_r")
COUNTS = ("linked", "right", "true", "reached", "unsure", "unsure_right")


@dataclass(frozen=True)
class Accuracy:
    """Pairs of records: linked (called sure), right (linked and one person), true (one person, linked or
    not), reached (true and scored at all), unsure (for a look), unsure_right (of these, one person)."""

    linked: int = 0
    right: int = 0
    true: int = 0
    reached: int = 0
    unsure: int = 0
    unsure_right: int = 0

    @property
    def precision(self) -> float | None:
        """Linked pairs that are one person; None where nothing is linked."""
        return share(self.right, self.linked)

    @property
    def recall(self) -> float | None:
        """Pairs of one person that are linked."""
        return share(self.right, self.true)

    @property
    def reach(self) -> float | None:
        """Pairs of one person that were scored: no threshold finds more."""
        return share(self.reached, self.true)

    @property
    def waiting(self) -> float | None:
        """Pairs of one person that wait for somebody to look."""
        return share(self.unsure_right, self.true)

    @property
    def f1(self) -> float | None:
        return share(2 * self.right, self.linked + self.true)

    @property
    def size(self) -> int:
        """Pairs that say something: linked ones and missed ones."""
        return self.linked + self.true - self.right

    def as_dict(self) -> dict[str, Any]:
        rates = ("precision", "recall", "reach", "waiting", "f1")
        found = {name: getattr(self, name) for name in COUNTS}
        return found | {name: rounded(getattr(self, name)) for name in rates}


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 5)


def oriented(pairs: ir.Table) -> ir.Table:
    """`pairs` with the smaller record (by member, then record) on the left."""
    turned = (pairs["member_l"] > pairs["member_r"]) | (
        (pairs["member_l"] == pairs["member_r"]) & (pairs["record_l"] > pairs["record_r"])
    )
    swapped = {f"{name}_{side}": turned.ifelse(pairs[f"{name}_{other}"], pairs[f"{name}_{side}"])
               for name in ("member", "record") for side, other in ("lr", "rl")}  # fmt: skip
    return pairs.mutate(**swapped)


def pairs_of(owners: ir.Table, key: str = "person") -> ir.Table:
    """Every pair (SIDES) of records with one `key`; `owners` has member, record and the key, in any number of
    rows. Records without a key are in no pair."""
    known = owners.filter(owners[key].notnull()).select("member", "record", key).distinct()
    left = known.rename(member_l="member", record_l="record")
    right = known.view().rename(member_r="member", record_r="record")
    both = left.join(right, key)
    ordered = (both["member_l"] < both["member_r"]) | (
        (both["member_l"] == both["member_r"]) & (both["record_l"] < both["record_r"])
    )
    return both.filter(ordered).select(*SIDES).distinct()


def labelled(pairs: ir.Table, true: ir.Table) -> ir.Table:
    """Every pair that was scored or is true, once: SIDES, linked, unsure, scored, right (it is one person)
    and probability (null where it was not scored).

    `pairs`: SIDES and, where known, verdict and match_probability; without a verdict every pair counts as
    linked. `true`: SIDES of all pairs of one person, of the same records.
    """
    scored = _scored(pairs).mutate(right=ibis.literal(False))
    known = oriented(true).select(
        *SIDES, linked=False, unsure=False, scored=False, probability=ibis.null("float64"), right=True
    )
    every = ibis.union(scored, known.select(scored.columns))
    names = ("linked", "unsure", "scored", "right")
    return every.group_by(*SIDES).agg(
        **{name: every[name].any() for name in names}, probability=every["probability"].max()
    )


def judged(pairs: ir.Table, labels: ir.Table) -> ir.Table:
    """As `labelled`, of the pairs that somebody judged alone. `labels`: SIDES, right."""
    scored = _scored(pairs)
    return scored.inner_join(oriented(labels).select(*SIDES, "right"), list(SIDES))


def _scored(pairs: ir.Table) -> ir.Table:
    has_verdict, has_score = "verdict" in pairs.columns, "match_probability" in pairs.columns
    return oriented(pairs).select(
        *SIDES,
        linked=pairs["verdict"] == "sure" if has_verdict else ibis.literal(True),
        unsure=pairs["verdict"] == "unsure" if has_verdict else ibis.literal(False),
        scored=ibis.literal(True),
        probability=pairs["match_probability"].cast("float64") if has_score else ibis.null("float64"),
    )


def counted(pairs: ir.Table) -> dict[str, ir.Value]:
    """What to aggregate of labelled `pairs`: COUNTS."""
    conditions = {
        "linked": pairs["linked"],
        "right": pairs["linked"] & pairs["right"],
        "true": pairs["right"],
        "reached": pairs["scored"] & pairs["right"],
        "unsure": pairs["unsure"],
        "unsure_right": pairs["unsure"] & pairs["right"],
    }
    return {name: condition.cast("int64").sum().fill_null(0) for name, condition in conditions.items()}


def accuracy(pairs: ir.Table) -> Accuracy:
    """The figures of labelled `pairs`."""
    (row,) = pairs.aggregate(**counted(pairs)).to_pyarrow().to_pylist()
    return Accuracy(**row)
