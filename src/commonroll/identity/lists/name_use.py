"""Which words are first and which last names, by the member's own roll: the list that fits it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

SURE = 0.5
"""Mean natural logarithm of first-name to last-name use beyond which words are one or other."""

KNOWN = 0.3
"""Least share of a column's cells that are names on the roll at all."""


@dataclass(frozen=True)
class Leaning:
    """Of a column's cells: `known` share that are names on the roll; `first`: mean log ratio first to last.

    `first_word`, `last_word`: the same for the first and last word of cells of several words without comma.
    """

    known: float
    first: float
    first_word: float = 0.0
    last_word: float = 0.0


@dataclass(frozen=True)
class NameUse:
    """How the columns of one list lean: its words compared with the names of a roll."""

    columns: Mapping[str, Leaning]

    def swapped(self, first: str, last: str) -> bool:
        """Whether the column called first name holds last names, and the other way round."""
        one, other = self.columns.get(first), self.columns.get(last)
        if one is None or other is None or min(one.known, other.known) < KNOWN:
            return False
        return one.first < -SURE and other.first > SURE

    def role(self, column: str) -> str | None:
        """`first_name` or `last_name` where the words of a nameless column are mostly such."""
        found = self.columns.get(column)
        if found is None or found.known < KNOWN:
            return None
        if abs(found.first) < SURE:
            return "full_name" if found.first_word > SURE or found.last_word > SURE else None
        return "first_name" if found.first > 0 else "last_name"

    def last_name_first(self, column: str) -> bool:
        """Whether whole names without a comma begin with the last name."""
        found = self.columns.get(column)
        return found is not None and found.first_word < -SURE and found.last_word > SURE


def name_use(con: duckdb.DuckDBPyConnection, voters: Sequence[str]) -> NameUse:
    """Compare the words of the temporary table `cells` (see `profile`) with names in voters' Parquet files.

    A sample of the roll's rows is enough: rare names say little about a column.
    """
    rows = con.execute(_USE, {"voters": list(voters)}).fetchall()
    return NameUse({column: Leaning(*(float(one or 0) for one in rest)) for column, *rest in rows})


_USE = r"""
WITH roll AS (
    SELECT upper(first_name) AS f, upper(last_name) AS l
    FROM read_parquet($voters)
    WHERE hash(state_voter_id) % 16 = 0 OR (SELECT count(*) FROM read_parquet($voters)) < 500000
),
counted AS (
    SELECT word, sum(f) AS f, sum(l) AS l
    FROM (
        SELECT f AS word, count(*) AS f, 0 AS l FROM roll WHERE f IS NOT NULL GROUP BY f
        UNION ALL
        SELECT l, 0, count(*) FROM roll WHERE l IS NOT NULL GROUP BY l
    )
    GROUP BY word
),
leaning AS (SELECT word, ln((f + 0.5) / (l + 0.5)) AS lean FROM counted),
asked AS (
    SELECT
        "column",
        cell,
        split_part(cell, ' ', 1) AS first_word,
        list_last(string_split(cell, ' ')) AS last_word,
        contains(cell, ' ') AND NOT contains(cell, ',') AS several
    FROM cells
    WHERE regexp_full_match(cell, '[\p{L}][\p{L}\p{M}''’`., -]*')
)
SELECT
    asked."column",
    count(whole.lean) / count(*) AS known,
    avg(whole.lean) AS first,
    avg(one.lean) FILTER (several) AS first_word,
    avg(other.lean) FILTER (several) AS last_word
FROM asked
LEFT JOIN leaning AS whole ON whole.word = asked.cell
LEFT JOIN leaning AS one ON one.word = asked.first_word
LEFT JOIN leaning AS other ON other.word = asked.last_word
GROUP BY asked."column"
"""
