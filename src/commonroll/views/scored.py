"""Scores beside the voters of a question, each recipient's copy with its own marks."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from commonroll.roll.schema import SCORES
from commonroll.views.access import Access
from commonroll.views.marked import embedded
from commonroll.views.scan import scan
from commonroll.views.score_words import SOURCE, ScoreField

_CARRYING = ("plain", "marked")
"""Masks under which a score is fine enough to carry a mark."""


def with_score(
    con: Backend, voters: ir.Table, owners: Sequence[Access], field: ScoreField, viewer: str,
    told: Collection[str],
) -> ir.Table:  # fmt: skip
    """`voters` and the field as each owner's recipient has it, before masks; `told`: see `Question`.

    Fail closed: another member's score without the recipient's marks, or of a gatherer that the viewer may
    not know of, is no value at all.
    """
    known = field.known_to(viewer, told)
    shown = [
        a for a in owners
        if a.grant is None or (known and (not _carries(a) or field.score in a.marked.scores))
    ]  # fmt: skip
    files = [(a.number, path) for a in shown for path in a.tables.files.get(SCORES.name, ())]
    held = scan(con, SCORES.name, files, ("state_voter_id", "score", "value"))
    held = held.filter(held.score == field.score)
    values = held.select(of_owner="owner_no", of_voter="state_voter_id", held="value")
    marks = _marks(con, owners, field.score)
    if marks is not None:
        same = [values.of_owner == marks.by_owner, values.of_voter == marks.by_voter]
        values = values.left_join(marks, same)
        values = values.mutate(held=embedded(values.held, values["shift"]))
    found = values.select("of_owner", "of_voter", **{field.name: values.held})
    same = [voters.owner_no == found.of_owner, voters.state_voter_id == found.of_voter]
    return voters.left_join(found, same).drop("of_owner", "of_voter")


def _carries(access: Access) -> bool:
    return access.grant is not None and access.masks.get(SOURCE) in _CARRYING


def _marks(con: Backend, owners: Sequence[Access], score: str) -> ir.Table | None:
    """by_owner, by_voter, shift of the owners whose rows carry marks of this score."""
    parts = []
    for access in owners:
        if _carries(access) and score in access.marked.scores:
            rows = con.read_parquet(access.marked.scores[score])
            parts.append(
                rows.select(
                    by_owner=ibis.literal(access.number, "int16"), by_voter=rows.state_voter_id,
                    shift=rows["shift"],
                )
            )  # fmt: skip
    return (ibis.union(*parts) if len(parts) > 1 else parts[0]) if parts else None
