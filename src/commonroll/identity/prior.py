"""How many pairs are of one person, before any is compared: the prior, counted on the records at hand."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from commonroll.identity.counted_u import number
from commonroll.identity.model import Model
from commonroll.identity.nodes import Nodes

LEAST_RECALL = 0.2
"""Share of true pairs that the sure rules find at the least, whatever a model says."""
MOST_EACH = 2
"""Pairs a record at the most where one file is compared with itself: nobody stands on it more than five
times."""
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
    names = _names_agree(model)
    by_date, by_home = (max(names * share, LEAST_RECALL) for share in (_dates_agree(model), _at_home(model)))
    found = (_by_date(con, made, model) + 0.5) / by_date + _by_address(con, made, undated=False) / by_home
    years = _by_address(con, made, undated=True) / by_home
    found += max(years, _by_year(con, made) / max(names, LEAST_RECALL))
    smaller = min(sizes(con, made)) or sizes(con, made)[0]
    return max(found, LEAST_SHARE * smaller if smaller > LARGE else 0)


def _names_agree(model: Model) -> float:
    """Share of true pairs that keep first and last name; .92 on generated rolls."""
    return model.chance("first_name", "same").m * model.chance("surname_place", "surname, no place").m


def _dates_agree(model: Model) -> float:
    """Share of true pairs with full dates whose dates are equal."""
    full, slips = model.chance("birth", "full date").m, ("edit or swap", "year, 1 January", "two parts",
                                                         "same year", "gap", "other")  # fmt: skip
    return full / (full + sum(model.chance("birth", name).m for name in slips))


def _at_home(model: Model) -> float:
    """Share of true pairs of one surname that stand at one address."""
    return model.chance("surname_place", "address, surname").m / max(
        model.chance("surname_place", "surname, no place").m, 1e-9
    )


def prior_of(con: DuckDBPyConnection, made: Nodes, expected: float) -> float:
    """The share of all pairs that are matches."""
    left, right = sizes(con, made)
    pairs, most = (
        (left * (left - 1) / 2, MOST_EACH * left) if made.itself else (left * right, min(left, right))
    )
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
