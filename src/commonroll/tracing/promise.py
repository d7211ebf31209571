"""What can be traced, in words: how many leakers together, and how much of a file must turn up."""

from __future__ import annotations

from collections.abc import Sequence

from commonroll.tracing.code import DESIGN
from commonroll.tracing.marks import rates
from commonroll.tracing.score import needed

RECIPIENTS = 60
"""Whom the words reckon with; the need grows with the logarithm of their number."""

USUALLY = (
    "Scores of 20,000 rows name one leaker, if at least a fifth of the rows appear, or two together, if all "
    "do; a million rows name five together. Rows without scores are named by invented voters alone."
)


def traceable(rows: int, columns: Sequence[str]) -> str:
    """What a file of so many rows and these columns can be traced by, if it has scores."""
    if not any(name.startswith("score(") for name in columns):
        return "It has no scores: only invented voters can name it."
    marked = rows * rates(rows).tenth // 1_000_000
    share = needed(1, RECIPIENTS) / marked if marked else 2.0
    if share > 1:
        return "So few rows hardly name anybody by their scores."
    leakers = max(n for n in range(1, DESIGN + 1) if needed(n, RECIPIENTS) <= marked)
    more = f" Up to {leakers} who mix whole copies are named too." if leakers > 1 else ""
    percent = max(1, round(100 * share + 0.5))
    return f"Its scores name one leaker, if at least {percent} % of the rows appear.{more}"
