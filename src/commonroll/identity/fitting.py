"""A model for the records at hand: chance agreement, the prior and the rarity of names are counted on them.

What one person's records agree on (m) stays as it was trained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
from duckdb import DuckDBPyConnection

from commonroll.identity.blocking import chosen, crowded
from commonroll.identity.comparisons import SHARED, levels
from commonroll.identity.counted_u import Counted, Sides, counted_u, number
from commonroll.identity.model import SHARES, Chance, Fit, Key, Model
from commonroll.identity.nodes import Nodes, Records, nodes
from commonroll.roll.engine import engine

SURE_RECALL = {True: 0.9, False: 0.8}
"""Share of true pairs that the sure rules find, with birth dates and without (specs/linkage.md, 3.1)."""

PRIOR_PAIRS = 1_000_000
"""So many pairs of two people the training data's chances weigh against what is counted on small files."""
PRIOR_PEOPLE = 20_000
"""So many people the census's shares of names weigh; a name outside its list is borne by one in a million."""
FEW = 20
"""A list so many times shorter than the roll says too little about who agrees by chance: the roll says it."""
FEWEST_BEARERS = 10
"""A model keeps no name of fewer people, unless it is in the census's list."""


def fit(left: Records, right: Records | None, model: Model, base: Model) -> Model:
    """The model for these records: chance agreement, prior and shares of names counted on them; frozen."""
    with engine() as con, nodes(con, left, right) as made:
        return fitted(con, made, model, base)


def fitted(con: DuckDBPyConnection, made: Nodes, model: Model, base: Model) -> Model:
    """`fit` for records that are in the engine. `base` has the census's shares of names."""
    counted = counted_u(con, _crowd(con, made))
    expected = expected_matches(con, made, model)
    left, right = sizes(con, made)
    shares, rare = _shares(con, made, base)
    return replace(
        model,
        chances=_recounted(model.chances, counted),
        prior=prior_of(con, made, expected),
        fitted=Fit(left, right, expected),
        shares=shares,
        rare=rare,
        rules=chosen(con, made.left, made.right),
        crowded=crowded(con, made.left, made.right),
    )


def _crowd(con: DuckDBPyConnection, made: Nodes) -> Sides:
    """Whose chance agreement is counted: both sides', or, where one is a short list, the other side's own."""
    left, right = sizes(con, made)
    if made.itself or min(left, right) * FEW >= max(left, right):
        return Sides(made.left, made.right, made.itself)
    big = made.left if left > right else made.right
    return Sides(big, big, True)


def smoothed(chances: Mapping[Key, Chance], counted: Counted) -> dict[Key, float]:
    """Counted u, on small files drawn to that of `chances`."""
    weight = PRIOR_PAIRS / (PRIOR_PAIRS + counted.pairs)
    return {
        key: max(weight * chances[key].u + (1 - weight) * u, 1e-12) if key in chances else max(u, 1e-12)
        for key, u in counted.u.items()
    }


def _recounted(chances: Mapping[Key, Chance], counted: Counted) -> dict[Key, Chance]:
    made = dict(chances)
    for key, u in smoothed(chances, counted).items():
        made[key] = replace(chances[key], u=u, how_u="counted")
    key = ("first_name", "same, one birth date")  # commoner than others by what training found
    fashion = chances[key].u / chances["first_name", "same"].u
    made[key] = replace(made[key], u=min(made["first_name", "same"].u * fashion, 0.5))
    near = sum(chances["surname_place", name].u for name in ("state, near surname", "near surname"))
    key = ("surname_place", "state, near surname")
    made[key] = replace(made[key], u=max(near * counted.same_state, 1e-12))
    for comparison, level in levels():
        if level.sums:
            total = sum(made[comparison.name, name].u for name in level.sums)
            made[comparison.name, level.name] = replace(made[comparison.name, level.name], u=min(total, 1.0))
    return made


def expected_matches(con: DuckDBPyConnection, made: Nodes, model: Model) -> float:
    """How many pairs are of one person: pairs that sure rules find, less those that agree by chance."""
    names = "a.first_name = b.first_name AND a.last_name = b.last_name"
    apart = "a.unique_id < b.unique_id" if made.itself else "true"
    joined = f"FROM {made.left} AS a JOIN {made.right} AS b ON {names}"
    by_date = number(con, f"SELECT count(*) {joined} AND a.full_dob = b.full_dob WHERE {apart}")
    by_address = number(
        con,
        f"SELECT count(*) {joined} AND a.addrzip = b.addrzip WHERE {apart} "
        "AND (a.full_dob IS NULL OR b.full_dob IS NULL) AND coalesce(a.birth_year = b.birth_year, true)",
    )
    left, right = (
        f"(SELECT hash(first_name, last_name) AS k, count(*)::DOUBLE AS n FROM {table}"
        " WHERE full_dob IS NOT NULL AND first_name IS NOT NULL AND last_name IS NOT NULL GROUP BY k)"
        for table in (made.left, made.right)
    )
    namesakes = number(con, f"SELECT sum(x.n * y.n) FROM {left} AS x JOIN {right} AS y USING (k)")
    if made.itself:
        namesakes = (namesakes - number(con, f"SELECT sum(n) FROM {left}")) / 2
    chance = max(namesakes - by_date, 0) * model.chance("birth", "full date").u
    dated = number(con, f"SELECT count(full_dob) > count(*) / 2 FROM {made.all}") > 0
    return (max(by_date - chance, 0) + by_address + 0.5) / SURE_RECALL[dated]


def prior_of(con: DuckDBPyConnection, made: Nodes, expected: float) -> float:
    left, right = sizes(con, made)
    pairs, most = (left * (left - 1) / 2, left / 2) if made.itself else (left * right, min(left, right))
    return min(max(min(expected, most) / max(pairs, 1), 1e-15), 0.5)


def _shares(con: DuckDBPyConnection, made: Nodes, base: Model) -> tuple[pa.Table, dict[str, float]]:
    con.register("identity_base_shares", base.shares)
    tables, rare = [], {}
    for column in SHARED:
        people = number(con, f"SELECT count({column}) FROM {made.all}")
        weight = PRIOR_PEOPLE / (PRIOR_PEOPLE + people)
        rare[column] = (3 + PRIOR_PEOPLE * base.rare[column]) / (PRIOR_PEOPLE + people)
        tables.append(
            con.execute(f"""
            SELECT '{column}' AS field, value,
                coalesce(b.share, {base.rare[column]}) * {weight}
                    + coalesce(n, 0) / {max(people, 1)} * {1 - weight} AS share
            FROM (
                SELECT {column} AS value, count(*) AS n FROM {made.all} WHERE {column} IS NOT NULL GROUP BY 1
            ) AS seen
            FULL JOIN (
                SELECT value, share FROM identity_base_shares WHERE field = '{column}'
            ) AS b USING (value)
            WHERE n >= {FEWEST_BEARERS} OR b.share IS NOT NULL ORDER BY value
        """)
            .to_arrow_table()
            .cast(SHARES)
        )
    con.unregister("identity_base_shares")
    return pa.concat_tables(tables), rare


def sizes(con: DuckDBPyConnection, made: Nodes) -> tuple[int, int]:
    left, right = (int(number(con, f"SELECT count(*) FROM {table}")) for table in (made.left, made.right))
    return left, 0 if made.itself else right
