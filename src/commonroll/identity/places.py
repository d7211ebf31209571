"""Where one person's records stand in the files at hand: m of surname and place, from pairs that are sure.

A training on two files some years apart finds most people at home. Who stands twice on one roll, or on the
rolls of two states, has mostly moved: there an equal address is rarer, and another one no evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from duckdb import DuckDBPyConnection

from commonroll.identity.comparisons import levels
from commonroll.identity.conditions import FORMER, NUMBER, PLACE, STREET
from commonroll.identity.model import Chance, Key
from commonroll.identity.nodes import Nodes
from commonroll.identity.prior import sizes

LEVELS = (
    "address, surname", "number, surname", "near address, surname", "zip, surname", "state, surname",
    "surname",
)  # fmt: skip
"""Levels of one surname, by how far apart the records live."""
ENOUGH, CASES = 30, 10
"""Fewer sure pairs say nothing; so many cases the model's m weighs against them."""
LOOKED_AT = 250_000
"""Records of a side above which a share of surnames is looked at."""

_COLUMNS = ("addrzip", "addrzip_before", "zip", "house", "unit", "addr", "state", "born_from", "born_to")


def placed(con: DuckDBPyConnection, made: Nodes, chances: Mapping[Key, Chance]) -> dict[Key, Chance]:
    """`chances` with m of one surname's levels shared out as sure pairs of these records show."""
    found = _found(con, made)
    total = sum(found.values())
    if total < ENOUGH:
        return dict(chances)
    known = {name: chances["surname_place", name] for name in LEVELS}
    whole = sum(chance.m for chance in known.values())
    fresh = dict(chances)
    for name, chance in known.items():
        m = whole * (found.get(name, 0.0) + CASES * chance.m / whole) / (total + CASES)
        fresh["surname_place", name] = replace(chance, m=m, how_m="counted")
    for comparison, level in levels():
        if comparison.name == "surname_place" and level.sums:
            m = sum(fresh[comparison.name, name].m for name in level.sums)
            key = comparison.name, level.name
            fresh[key] = replace(fresh[key], m=min(m, 1.0))
    return fresh


def _found(con: DuckDBPyConnection, made: Nodes) -> dict[str, float]:
    """Sure pairs by level: of one name and birth date; or of one first, middle and last name whose births
    may be one, less as many as a few years apart say are two people's (see `prior.py`)."""
    step = max(sizes(con, made)) // LOOKED_AT + 1
    columns = ", ".join(f"{side}.{c} AS {c}_{side}" for c in _COLUMNS for side in "lr")
    some = f"(SELECT * FROM {made.left} WHERE hash(last_name) % {step} = 0) AS l"
    apart = "AND l.unique_id < r.unique_id" if made.itself else ""
    home = "l.zip IS NOT NULL AND r.zip IS NOT NULL AND l.addrzip IS NOT NULL AND r.addrzip IS NOT NULL"
    rows = con.execute(f"""
        WITH dated AS (
            SELECT {columns} FROM {some} JOIN {made.right} AS r USING (first_name, last_name, full_dob)
            WHERE coalesce(l.middle_initial = r.middle_initial, true) AND {home} {apart}
        ),
        named AS (
            SELECT {columns} FROM {some} JOIN {made.right} AS r USING (first_name, middle_name, last_name)
            WHERE length(middle_name) > 1 AND (l.full_dob IS NULL OR r.full_dob IS NULL) AND {home} {apart}
        ),
        weighed AS (
            SELECT 1.0::DOUBLE AS cases, * FROM dated
            UNION ALL
            SELECT if(greatest(born_from_l - born_to_r, born_from_r - born_to_l) <= 0, 1,
                -(born_to_l - born_from_l + born_to_r - born_from_r + 1) / 20) AS cases, *
            FROM named
            WHERE greatest(born_from_l - born_to_r, born_from_r - born_to_l) <= 0
                OR greatest(born_from_l - born_to_r, born_from_r - born_to_l) BETWEEN 3 AND 12
        )
        SELECT CASE
                WHEN coalesce({PLACE}, false) THEN '{LEVELS[0]}'
                WHEN coalesce({FORMER}, false) THEN 'former address'
                WHEN coalesce({NUMBER}, false) THEN '{LEVELS[1]}'
                WHEN coalesce({STREET}, false) THEN '{LEVELS[2]}'
                WHEN zip_l = zip_r THEN '{LEVELS[3]}'
                WHEN state_l = state_r THEN '{LEVELS[4]}'
                ELSE '{LEVELS[5]}'
            END AS level,
            sum(cases)
        FROM weighed GROUP BY level ORDER BY level
    """).fetchall()
    return {level: max(float(cases or 0), 0.0) for level, cases in rows if level in LEVELS}
