"""Answers in the federation's words: what each gatherer's own question and answer are by its mapping.

An answer stays as it was given; here it is looked at under another name. Of several answers of a voter to one
standard question the last one counts, whoever asked; where a question takes several answers, those of the
last time that each own question was put.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

TABLE = "standard answers"
"""What functions over these rows name as their table; no vault has it."""

_SCHEMA = pa.schema({
    "by": pa.string(), "own_question": pa.string(), "own_answer": pa.string(), "standard": pa.string(),
    "meant": pa.string(), "several": pa.bool_(),
})  # fmt: skip


@dataclass(frozen=True)
class Coded:
    """A gatherer's answer, and what it is by a standard question; `several`: one voter may have many."""

    by: str
    question: str
    answer: str
    standard: str
    meant: str
    several: bool = False


def in_standard_words(answers: ir.Table, codes: Sequence[Coded]) -> ir.Table:
    """owner_no, state_voter_id, question, answer, answered_on: the standard answers that count.

    `answers` has those columns in the gatherers' words, and event_id, loaded_at, gathered_by. What a gatherer
    answers by words that no mapping has takes its earlier answer to the same question away.
    """
    rows = [(c.by, c.question, c.answer, c.standard, c.meant, c.several) for c in codes]
    table = pa.table([list(column) for column in zip(*rows, strict=True)] or [[]] * 6, schema=_SCHEMA)
    words = ibis.memtable(table)
    asked = words.select("by", "own_question", "standard", "several").distinct()
    found = answers.inner_join(
        asked, [answers.gathered_by == asked.by, answers.question == asked.own_question]
    )
    voter = [found.owner_no, found.state_voter_id, found.standard]
    newest = [found.answered_on.desc(), found.loaded_at.desc()]
    alone = ibis.window(group_by=voter, order_by=[*newest, found.event_id.desc()])
    each = ibis.window(group_by=[*voter, found.gathered_by, found.question], order_by=newest)
    place = found.several.ifelse(ibis.rank().over(each), ibis.row_number().over(alone))
    last = found.mutate(place=place).filter(lambda t: t.place == 0)
    meant = words.select("by", "own_question", "own_answer", meaning="standard", meant="meant")
    same = [
        last.gathered_by == meant.by, last.question == meant.own_question, last.answer == meant.own_answer,
        last.standard == meant.meaning,
    ]  # fmt: skip
    counted = last.inner_join(meant, same)
    return counted.select(
        "owner_no", "state_voter_id", question=counted.standard, answer=counted.meant,
        answered_on=counted.answered_on,
    )  # fmt: skip
