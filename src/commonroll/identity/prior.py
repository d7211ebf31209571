"""How many pairs are of one person, before any is compared: the prior, counted on the records at hand."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from commonroll.identity.counted_u import number
from commonroll.identity.model import Model
from commonroll.identity.nodes import Nodes

SURE_RECALL = {True: 0.9, False: 0.8}
"""Share of true pairs that the sure rules find, with birth dates and without (specs/linkage.md, 3.1)."""
NAMES_RECALL = 0.93
"""Share of true pairs that keep first and last name (generated rolls)."""
RARE = 1.0
"""A full name is rare where chance gives it to no more people of the other file: James Smith of a big roll
says nothing without a date."""
COUNTED = 1_000_000
"""Records of a side above which a share of surnames is counted."""
LEAST_SHARE, LARGE = 0.0005, 50_000
"""Where both files are larger than this, no fewer matches than this share of the smaller one are expected:
files that show none lack what would show it. Of a state's rolls one in a hundred moved on to the next."""


def expected_matches(con: DuckDBPyConnection, made: Nodes, model: Model) -> float:
    """How many pairs are of one person: pairs that sure rules find, less those that agree by chance."""
    dated = number(con, f"SELECT count(full_dob) > count(*) / 2 FROM {made.all}") > 0
    found = (_by_date(con, made, model) + _by_address(con, made, undated=False) + 0.5) / SURE_RECALL[dated]
    years = _by_address(con, made, undated=True) / SURE_RECALL[dated]
    found += max(years, _by_year(con, made) / NAMES_RECALL)
    smaller = min(sizes(con, made)) or sizes(con, made)[0]
    return max(found, LEAST_SHARE * smaller if smaller > LARGE else 0)


def prior_of(con: DuckDBPyConnection, made: Nodes, expected: float) -> float:
    """The share of all pairs that are matches."""
    left, right = sizes(con, made)
    pairs, most = (left * (left - 1) / 2, left / 2) if made.itself else (left * right, min(left, right))
    return min(max(min(expected, most) / max(pairs, 1), 1e-15), 0.5)


def sizes(con: DuckDBPyConnection, made: Nodes) -> tuple[int, int]:
    """Records on each side; right 0: one table against itself."""
    left, right = (int(number(con, f"SELECT count(*) FROM {table}")) for table in (made.left, made.right))
    return left, 0 if made.itself else right


def _named(made: Nodes) -> tuple[str, str]:
    """SQL: pairs a, b of one first and last name, each once; and the test for it."""
    names = "a.first_name = b.first_name AND a.last_name = b.last_name"
    return f"FROM {made.left} AS a JOIN {made.right} AS b ON {names}", (
        "a.unique_id < b.unique_id" if made.itself else "true"
    )


def _by_date(con: DuckDBPyConnection, made: Nodes, model: Model) -> float:
    """Pairs of one name and birth date, less those of two people."""
    joined, apart = _named(made)
    by_date = number(con, f"SELECT count(*) {joined} AND a.full_dob = b.full_dob WHERE {apart}")
    left, right = (
        f"(SELECT hash(first_name, last_name) AS k, count(*)::DOUBLE AS n FROM {table}"
        " WHERE full_dob IS NOT NULL AND first_name IS NOT NULL AND last_name IS NOT NULL GROUP BY k)"
        for table in (made.left, made.right)
    )
    namesakes = number(con, f"SELECT sum(x.n * y.n) FROM {left} AS x JOIN {right} AS y USING (k)")
    if made.itself:
        namesakes = (namesakes - number(con, f"SELECT sum(n) FROM {left}")) / 2
    return max(by_date - max(namesakes - by_date, 0) * model.chance("birth", "full date").u, 0)


def _by_address(con: DuckDBPyConnection, made: Nodes, *, undated: bool) -> float:
    """Pairs of one name and address, of one year without a day (`undated`), or without any birth."""
    joined, apart = _named(made)
    births = "a.birth_year = b.birth_year" if undated else "(a.birth_year IS NULL OR b.birth_year IS NULL)"
    return number(
        con,
        f"SELECT count(*) {joined} AND a.addrzip = b.addrzip WHERE {apart} AND {births} "
        "AND (a.full_dob IS NULL OR b.full_dob IS NULL)",
    )


def _by_year(con: DuckDBPyConnection, made: Nodes) -> float:
    """Pairs of one rare name whose births may be one, a day not known on a side, less those of two people.

    Of two people of one name, as many were born in one year as a few years apart. Between 3 and 12 years lie
    neither slips of a digit nor fathers; a span of years meets as many years as it is wide.
    """
    step = -(-max(sizes(con, made)) // COUNTED)
    known = "born_from IS NOT NULL AND first_name IS NOT NULL AND last_name IS NOT NULL"
    apart = "AND a.unique_id < b.unique_id" if made.itself else ""
    gap = "greatest(a.born_from - b.born_to, b.born_from - a.born_to)"
    pairs, near, counted = con.execute(f"""
        WITH part AS (SELECT * FROM {made.left} WHERE {known} AND hash(last_name) % {step} = 0),
        firsts AS (SELECT first_name, count(*)::DOUBLE AS f FROM {made.right} WHERE {known} GROUP BY 1),
        lasts AS (SELECT last_name, count(*)::DOUBLE AS l FROM {made.right} WHERE {known} GROUP BY 1),
        rare AS (
            SELECT part.* FROM part LEFT JOIN firsts USING (first_name) LEFT JOIN lasts USING (last_name)
            WHERE coalesce(f * l, 0) <= {RARE} * (SELECT count(*) FROM {made.right} WHERE {known})
        ),
        met AS (
            SELECT {gap} AS gap, a.born_to - a.born_from + b.born_to - b.born_from + 1 AS years
            FROM rare AS a JOIN {made.right} AS b USING (first_name, last_name)
            WHERE b.born_from IS NOT NULL AND (a.full_dob IS NULL OR b.full_dob IS NULL) {apart}
        )
        SELECT count_if(gap <= 0), sum(if(gap BETWEEN 3 AND 12, years, 0)) / 20,
            (SELECT count(*) FROM rare) / greatest((SELECT count(*) FROM {made.left} WHERE {known}), 1)
        FROM met
    """).fetchall()[0]
    return max((pairs or 0) - (near or 0), 0) / counted if counted else 0.0
