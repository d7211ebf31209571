"""What people decided of pairs of records: appended, attributed, taken back by another row, never edited.

Replay is a function of the rows, whatever their order. It outranks every model: a pair that a person judged
keeps that judgement when the model is trained anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from commonroll.errors import Refusal
from commonroll.roll.schema import JUDGEMENTS
from commonroll.roll.vault.bulk import arrow_schema

Judgement = Literal["same", "different", "unsure"]
Standing = Literal["same", "different", "unsure", "contradicted", "waits"]
"""What a pair's judgements come to. `waits`: of two members' records, judged by one person; a second is
needed before it has an effect."""

WITHDRAWN = "withdrawn"
PAIR = ("member_l", "record_l", "member_r", "record_r")
TWO = 2
"""People who must agree before a pair of two members' records is joined or parted by hand."""
RULE = "rule:"
"""Begins `by` where no person judged; a rule is nobody's second."""
MOST_REASON = 500


@dataclass(frozen=True, order=True)
class Pair:
    """Two records by member and record; the smaller one is always left."""

    member_l: str
    record_l: str
    member_r: str
    record_r: str

    def __post_init__(self) -> None:
        left, right = (self.member_l, self.record_l), (self.member_r, self.record_r)
        if left == right:
            raise ValueError("a record is no pair with itself")
        if left > right:
            for name, value in zip(PAIR, (*right, *left), strict=True):
                object.__setattr__(self, name, value)

    @property
    def communal(self) -> bool:
        """Whether it is about two members' records, so that two people must agree."""
        return self.member_l != self.member_r


def event(
    pair: Pair,
    judgement: Judgement | Literal["withdrawn"],
    *,
    by: str,
    reason: str,
    at: datetime,
    withdraws: str | None = None,
    seconded_of: str | None = None,
    weight: float | None = None,
    model: str | None = None,
) -> pa.Table:
    """One row of `judgements`. Its id follows from pair, judgement, author and instant: sent twice it is one.

    `weight` and `model`: what the model said when the person looked. Raises Refusal for an unknown word, a
    withdrawal that names no judgement, and a reason that is too long.
    """
    if judgement not in (*get_args(Judgement), WITHDRAWN):
        raise Refusal("There is no such judgement.", next_step="Judge a pair same, different or unsure.")
    if (judgement == WITHDRAWN) != (withdraws is not None):
        raise Refusal("A withdrawal names the judgement that it takes back.", next_step="Name its event id.")
    if len(reason) > MOST_REASON:
        raise Refusal(
            f"The reason is longer than {MOST_REASON} characters.", next_step="Say it in a sentence."
        )
    named = [*(getattr(pair, name) for name in PAIR), judgement, by, at.isoformat(), withdraws or ""]
    row = {
        "event_id": hashlib.sha256("\n".join(named).encode()).hexdigest(),
        **{name: getattr(pair, name) for name in PAIR},
        "judgement": judgement,
        "withdraws": withdraws,
        "by": by,
        "reason": reason,
        "seconded_of": seconded_of,
        "weight": weight,
        "model": model,
        "judged_at": at,
    }
    return pa.Table.from_pylist([row], arrow_schema(JUDGEMENTS))


def standing(judgements: ir.Table) -> ir.Table:
    """PAIR, standing, same, different (people of each mind), last_id (the newest event): one row per pair.

    A person's newest judgement that was not taken back is that person's mind; more minds win; as many on
    either side contradict each other until another person settles it. Who is unsure takes no side. A pair of
    two members needs two people of one mind. The order of rows, and rows that stand twice, do not matter.
    """
    rows = _oriented(judgements.distinct(on="event_id", keep="first"))
    taken = rows.filter(rows["judgement"] == WITHDRAWN)
    back = taken.filter(taken["withdraws"].notnull()).select(gone="withdraws").distinct()
    stand = rows.filter(rows["judgement"] != WITHDRAWN).anti_join(back, [("event_id", "gone")])
    newest = ibis.window(
        group_by=[*PAIR, "by"], order_by=[ibis.desc(stand["judged_at"]), ibis.desc(stand["event_id"])]
    )
    minds = stand.mutate(at=ibis.row_number().over(newest)).filter(lambda row: row["at"] == 0)
    counted = minds.group_by(*PAIR).agg(
        same=(minds["judgement"] == "same").sum(),
        different=(minds["judgement"] == "different").sum(),
        same_people=((minds["judgement"] == "same") & _person(minds)).sum(),
        different_people=((minds["judgement"] == "different") & _person(minds)).sum(),
        last_at=minds["judged_at"].max(),
        last_id=minds["event_id"].argmax(ibis.struct({"at": minds["judged_at"], "id": minds["event_id"]})),
    )
    return counted.select(*PAIR, "same", "different", "last_at", "last_id", standing=_standing(counted))


def _person(minds: ir.Table) -> ir.BooleanValue:
    return ~minds["by"].startswith(RULE)


def _standing(counted: ir.Table) -> ir.StringValue:
    same, different = counted["same"], counted["different"]
    communal = counted["member_l"] != counted["member_r"]
    people = (same > different).ifelse(counted["same_people"], counted["different_people"])
    return ibis.cases(
        ((same == 0) & (different == 0), "unsure"),
        (same == different, "contradicted"),
        (communal & (people < TWO), "waits"),
        (same > different, "same"),
        else_="different",
    )


def _oriented(rows: ir.Table) -> ir.Table:
    """The smaller record left, however a row was written."""
    swapped = (rows["member_l"] > rows["member_r"]) | (
        (rows["member_l"] == rows["member_r"]) & (rows["record_l"] > rows["record_r"])
    )
    turned = dict(zip(PAIR, (*PAIR[2:], *PAIR[:2]), strict=True))
    return rows.mutate(**{name: swapped.ifelse(rows[other], rows[name]) for name, other in turned.items()})


def judged(verdicts: ir.Table, stood: ir.Table) -> ir.Table:
    """`verdicts` with the judgements laid over them; `decided` says which rows a person decided.

    same -> sure, different -> no, unsure -> unsure (its old reason or `band`), contradicted -> unsure. A pair
    that waits for a second person is unsure where it was not sure. A judged pair that no model proposed
    appears with no score.
    """
    named = stood.select(*PAIR, "standing")
    both = verdicts.outer_join(named, [(name, name) for name in PAIR])
    said = both["standing"]
    waits = (said == "waits") & (both["verdict"].fill_null("no") != "sure")
    verdict = ibis.cases(
        (said == "same", "sure"),
        (said == "different", "no"),
        (said.isin(["unsure", "contradicted"]) | waits, "unsure"),
        else_=both["verdict"],
    )
    reason = ibis.cases(
        (said == "contradicted", ibis.literal("contradicted")),
        (said.isin(["same", "different"]), ibis.null("string")),
        ((said == "unsure") | waits, ibis.coalesce(both["reason"], ibis.literal("band"))),
        else_=both["reason"],
    )
    names = [name for name in verdicts.columns if name not in (*PAIR, "verdict", "reason")]
    return both.select(
        **{name: ibis.coalesce(both[name], both[f"{name}_right"]) for name in PAIR},
        **{name: both[name] for name in names},
        verdict=verdict,
        reason=reason,
        standing=said,
        decided=said.isin(["same", "different"]).fill_null(False),
    )


def merged(tables: Iterable[pa.Table]) -> pa.Table:
    """Judgements of several places as one table; a judgement that stands in two of them is one."""
    found: Sequence[pa.Table] = list(tables)
    return pa.concat_tables(found) if found else arrow_schema(JUDGEMENTS).empty_table()
