"""A model for the records at hand: chance agreement, the prior and the rarity of names are counted on them.

What one person's records agree on (m) stays as it was trained, but for where they live (`places.py`).
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
from commonroll.identity.places import placed
from commonroll.identity.prior import expected_matches, prior_of, sizes
from commonroll.roll.engine import engine

PRIOR_PAIRS = 1_000_000
"""So many pairs of two people the training data's chances weigh against what is counted on small files."""
PRIOR_PEOPLE = 20_000
"""So many people the census's shares of names weigh; a name outside its list is borne by one in a million."""
FEW = 20
"""A list so many times shorter than the roll says too little about who agrees by chance: the roll says it."""
UNLIKE = ("other", "transposed", "half transposed")
"""Levels of the first name with other initials."""
BY_NAME, BY_PLACE = ("zip, surname", "state, surname", "surname"), ("zip", "state")
"""Levels counted by keys: of one surname, and of a place alone."""
LEAST_LEFT = 0.05
"""Part of a counted share that is two people's at the least."""
FEWEST_BEARERS = 10
"""A model keeps no name of fewer people, unless it is in the census's list."""


def fit(left: Records, right: Records | None, model: Model, base: Model) -> Model:
    """The model for these records: chance agreement, prior and shares of names counted on them; frozen."""
    with engine() as con, nodes(con, left, right) as made:
        return fitted(con, made, model, base)


def fitted(con: DuckDBPyConnection, made: Nodes, model: Model, base: Model) -> Model:
    """`fit` for records that are in the engine. `base` has the census's shares of names."""
    expected = expected_matches(con, made, model)
    prior = prior_of(con, made, expected)
    dated = number(con, f"SELECT count(full_dob) / greatest(count(*), 1) FROM {made.all}") ** 2
    counted = _of_strangers(counted_u(con, _crowd(con, made)), model, prior, dated)
    left, right = sizes(con, made)
    shares, rare = _shares(con, made, base)
    return replace(
        model,
        chances=placed(con, made, _recounted(model.chances, counted)),
        prior=prior,
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


def _of_strangers(counted: Counted, model: Model, prior: float, dated: float) -> Counted:
    """Counted shares less the pairs of one person among them. `dated`: share of pairs with two full dates.

    Names and places are counted among pairs whose first initials differ, addresses among those with other
    dates besides: what is left of one person's records there is what the model says of it.
    """
    unlike = prior * sum(model.chance("first_name", name).m for name in UNLIKE)
    apart = unlike * (1 - dated * model.chance("birth", "full date").m)
    part = {("first_name", "same"): prior}
    for _, name in (key for key in counted.u if key[0] == "surname_place"):
        part["surname_place", name] = unlike if name in BY_NAME else 0.0 if name in BY_PLACE else apart
    u = {
        key: max(share - part[key] * model.chances[key].m, share * LEAST_LEFT)
        for key, share in counted.u.items()
    }
    return replace(counted, u=u)


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
    near = sum(chances["surname_place", f"{place}near surname"].u for place in ("zip, ", "state, ", ""))
    for place, share in (("zip", counted.same_zip), ("state", counted.same_state - counted.same_zip)):
        key = ("surname_place", f"{place}, near surname")
        made[key] = replace(made[key], u=max(near * share, 1e-12))
    for comparison, level in levels():
        if level.sums:
            total = sum(made[comparison.name, name].u for name in level.sums)
            made[comparison.name, level.name] = replace(made[comparison.name, level.name], u=min(total, 1.0))
    return made


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
