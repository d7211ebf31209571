"""Weak hints of which file a leak was made from: the order of its rows, and how it writes scores.

Both follow from the mark key and the file (`given`), so that a trace needs nothing kept. They are never
evidence: no accusation looks at them, since whoever knows a file's order can bring another's rows in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from commonroll.roll.sql_files import text_of
from commonroll.tracing.code import u64
from commonroll.tracing.keys import MarkKey
from commonroll.views.hints import SHORT, Hint

ORDER, FORM = "order", "form of numbers"
FORMS = (SHORT, 2, 3)
"""Digits after the point that a file's scores may have. Two or three are seldom written by anything else."""

SUGGESTED = 1e-3
"""Probability at most of suggesting any file by its order that the leak's order has nothing of."""

LOOKED_AT = 5_000
"""Rows of a leak whose order is compared."""

FORMED = 0.98
"""Least share of a column's numbers that have the form."""


@dataclass(frozen=True)
class Sent:
    """A file that went to a recipient: what it is called in its order, the day, and codes of its scores."""

    recipient: str
    name: str
    on: str
    scores: tuple[str, ...] = ()

    @property
    def year(self) -> str:
        return self.on[:4]


@dataclass(frozen=True)
class Hinted:
    """What a leak's `way` (ORDER, FORM) suggests: files, of how many that were compared."""

    way: str
    sent: tuple[Sent, ...]
    compared: int


def given(key: MarkKey, recipient: str, name: str, scores: Mapping[str, str]) -> Hint:
    """How a file is written for a recipient; `scores`: columns of the file -> the score's code."""
    return Hint(
        _order(key, recipient, name),
        {column: _digits(key, recipient, name, code) for column, code in scores.items()},
    )


def _order(key: MarkKey, recipient: str, name: str) -> str:
    label = f"{ORDER}\x00{recipient}"
    return f"{u64(key.secret, label, name):016x}"


def _digits(key: MarkKey, recipient: str, name: str, code: str) -> int:
    return FORMS[u64(key.secret, f"form\x00{recipient}\x00{name}", code) % len(FORMS)]


def by_order(con: duckdb.DuckDBPyConnection, keys: Sequence[MarkKey], sent: Sequence[Sent]) -> list[Hinted]:
    """Files in whose order the leak's rows come (table `traced`), as far as chance does not explain it."""
    tried = [(one, _order(key, one.recipient, one.name)) for one, key in _under(keys, sent)]
    if not tried:
        return []
    con.register("orders", pa.table({"place": range(len(tried)), "seed": [order for _, order in tried]}))
    found = con.execute(text_of(__package__, "order_told"), {"rows": LOOKED_AT}).fetchall()
    # of a file that has no part in the leak each pair is a fair coin, whatever the leak's own order is
    logs = {place: _coins(same, pairs) for place, same, pairs in found}
    line = math.log(SUGGESTED / len(tried))
    close = sorted((log, place) for place, log in logs.items() if log < line)
    if not close:
        return []
    return [Hinted(ORDER, tuple(tried[place][0] for _, place in close), len(tried))]


def _coins(heads: int, tossed: int) -> float:
    """Upper bound on ln P(so many heads or more of fair coins), after Chernoff."""
    p = heads / tossed
    if p <= 0.5:
        return 0.0
    tails = (1 - p) * math.log(2 * (1 - p)) if p < 1 else 0.0
    return -tossed * (p * math.log(2 * p) + tails)


def by_form(
    con: duckdb.DuckDBPyConnection, keys: Sequence[MarkKey], sent: Sequence[Sent], column: str, score: str
) -> list[Hinted]:
    """Files whose scores are written with the digits that a column of the leak (table `leaked`) has; none
    where it has those that programs give to numbers by themselves."""
    quoted = '"' + column.replace('"', '""') + '"'
    shares = con.execute(text_of(__package__, "forms_told").replace(":column", quoted)).fetchall()[0]
    seen = next((n for n, share in zip((2, 3), shares, strict=True) if (share or 0) >= FORMED), SHORT)
    tried = list(_under(keys, [one for one in sent if score in one.scores]))
    if seen == SHORT or not tried:
        return []
    alike = [one for one, key in tried if _digits(key, one.recipient, one.name, score) == seen]
    return [Hinted(FORM, tuple(alike), len(tried))] if alike else []


def _under(keys: Sequence[MarkKey], sent: Sequence[Sent]) -> Iterable[tuple[Sent, MarkKey]]:
    """Each file with every key of its year, burnt ones too."""
    return ((one, key) for one in sent for key in keys if key.year == one.year)
