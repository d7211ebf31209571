"""Training: chances from pairs of records without labels (EM), and fitting a model to the records at hand.

What one person's records agree on (m) holds for many files and is trained once in a while; how often strangers agree
by chance (u of names and places), the prior and the rarity of names depend on the files and are counted each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pyarrow as pa
from duckdb import DuckDBPyConnection
from splink import DuckDBAPI, Linker

from commonroll.errors import Refusal
from commonroll.identity import guards
from commonroll.identity.blocking import crowded
from commonroll.identity.counted_u import Counted, Families, Sides, counted_u, families, number
from commonroll.identity.model import SHARED, SHARES, Chance, Fit, Key, Model, levels, settings
from commonroll.identity.nodes import Nodes, Records, nodes
from commonroll.roll.engine import engine

BIRTH_RULE = "l.dob = r.dob and length(l.dob) = 10"
"""Written on the column that is compared: on `full_dob` EM does not see the kinship (specs/linkage.md, 2.1)."""
NAMES_RULE = "l.first_name = r.first_name and l.last_name = r.last_name"
ADDRESS_RULE = "l.addrzip = r.addrzip"
Pair: TypeAlias = tuple[float | None, float | None]
EM_PAIRS, U_PAIRS = 2_000_000, 1_000_000

SURE_RECALL = {True: 0.9, False: 0.8}
"""Share of true pairs that the sure rules find, with birth dates and without (specs/linkage.md, 3.1)."""

PRIOR_PAIRS = 1_000_000
"""So many pairs of two people the training data's chances weigh against what is counted on small files."""
PRIOR_PEOPLE = 20_000
"""So many people the census's shares of names weigh; a name outside its list is borne by one in a million."""
FEWEST_BEARERS = 10
"""A model keeps no name of fewer people, unless it is in the census's list."""


def train(left: Records, right: Records | None, base: Model, *, rules: Iterable[str] | None = None) -> Model:
    """A model trained on records of two files, or of one that holds people twice; `base` gives the shares of names
    and, on very clean files, m of levels that are almost never seen. Raises Refusal where a guard fails."""
    with engine() as con, nodes(con, left, right) as made:
        counted = counted_u(con, Sides(made.left, made.right, made.itself))
        known = families(con, Sides(made.left, made.right, made.itself))
        kin = _kin(known, base)
        dated = number(con, f"SELECT count(full_dob) FROM {made.all}") > 0
        chosen = tuple(rules or ((BIRTH_RULE, NAMES_RULE) if dated else (ADDRESS_RULE, NAMES_RULE)))
        expected = _expected(con, made, base)
        prior = _prior(con, made, expected)
        saved = _trained(con, made, _fixed(counted, kin), prior, chosen, base)
        chances = _chances(saved, kin)
        guards.check(chances)
        sizes = _sizes(con, made)
    return Model(
        chances=chances,
        prior=prior,
        trained_at=datetime.now(UTC).isoformat(timespec="seconds"),
        trained_on={"left": sizes[0], "right": sizes[1]},
        rare=base.rare,
        shares=base.shares,
        crowded=base.crowded,
        honest=base.honest,
    )


def _sizes(con: DuckDBPyConnection, made: Nodes) -> tuple[int, int]:
    left, right = (int(number(con, f"SELECT count(*) FROM {table}")) for table in (made.left, made.right))
    return left, 0 if made.itself else right


def _trained(
    con: DuckDBPyConnection,
    made: Nodes,
    fixed: Mapping[Key, Pair],
    prior: float,
    rules: tuple[str, ...],
    base: Model,
) -> dict[str, Any]:
    """Splink's saved model. On very clean files EM drives chances to 0 and stops with a ValueError: then m of the
    levels that files seldom show is the base's (specs/linkage.md, 5)."""
    try:
        return _em(con, made, fixed, prior, rules)
    except ValueError:
        rare = {key: (chance.m, None) for key, chance in base.chances.items() if chance.m < 0.1}
    try:
        return _em(con, made, _joined(rare, fixed), prior, rules)
    except ValueError as clean:
        raise Refusal(
            "the files are too much alike to learn from",
            where="training",
            next_step="keep the model that is in use: two versions of one roll are joined by the state's id",
        ) from clean


def _em(
    con: DuckDBPyConnection, made: Nodes, fixed: Mapping[Key, Pair], prior: float, rules: tuple[str, ...]
) -> dict[str, Any]:
    api = DuckDBAPI(con)
    tables = [made.all] if made.itself else [made.left, made.right]
    inputs = [api.register(table, dataset_display_name=table[-1]) for table in tables]
    chosen = settings(fixed, prior, link_type="dedupe_only" if made.itself else "link_only")
    linker = Linker(inputs, chosen, log_level="ERROR")
    linker.training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=1)
    for rule in rules:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True, max_pairs=EM_PAIRS
        )
    saved: dict[str, Any] = linker.misc.save_model_to_json()
    linker.table_management.delete_tables_created_by_splink_from_db()
    return saved


def _kin(known: Families, base: Model) -> dict[Key, float]:
    """u of levels that relatives and people of one age share; the base's where the files do not show them."""
    seen = {
        ("first_name", "same, other birth"): known.namesakes,
        ("first_name", "same, no birth"): known.no_birth,
        ("first_name", "same, one birth date"): known.one_day,
        ("birth", "twins"): known.twins,
        ("birth", "couple"): known.couple,
    }
    return {key: base.chances[key].u if share is None else share for key, share in seen.items()}


def _fixed(counted: Counted, kin: Mapping[Key, float]) -> dict[Key, Pair]:
    """What is not trained: assumed chances, counted ones, a stand-in for sums, which training data do not show."""
    made: dict[Key, Pair] = {}
    for comparison, level in levels():
        key = (comparison.name, level.name)
        u = max(counted.u[key], 1e-12) if level.counted else kin.get(key, level.u)
        made[key] = (0.5, 0.5) if level.sums else (level.m, u)
    return made


def _joined(one: Mapping[Key, Any], two: Mapping[Key, Any]) -> dict[Key, Any]:
    return {key: tuple(b if b is not None else a for a, b in zip(one.get(key, (None, None)), two[key], strict=True))
            for key in two}  # fmt: skip


def _chances(saved: Mapping[str, Any], kin: Mapping[Key, float]) -> dict[Key, Chance]:
    """Chances by level; one that Splink has not seen is left out, so that the guard finds it."""
    m, u = _saved(saved, "m_probability"), _saved(saved, "u_probability")
    made: dict[Key, Chance] = {}
    for comparison, level in levels():
        key = (comparison.name, level.name)
        alike = [
            (comparison.name, other.name)
            for other in comparison.levels
            if level.like and other.like == level.like
        ]
        if level.sums:
            parts = [(comparison.name, name) for name in level.sums]
            made[key] = Chance(
                sum(m.get(part, 0) for part in parts),
                sum(u.get(part, 0) for part in parts),
                "derived",
                "derived",
            )
            continue
        own = sum(m.get(other, 0) for other in alike) if alike else m.get(key)
        if own and key in u:
            made[key] = Chance(
                max(own, level.least_m),
                u[key],
                how_m="assumed" if level.m is not None else "trained",
                how_u="counted"
                if level.counted or key in kin
                else "assumed"
                if level.u is not None
                else "sampled",
            )
    return made


def _saved(saved: Mapping[str, Any], what: str) -> dict[Key, float]:
    return {
        (comparison["output_column_name"], level["label_for_charts"]): level[what]
        for comparison in saved["comparisons"]
        for level in comparison["comparison_levels"]
        if isinstance(level.get(what), float)
    }


def fit(left: Records, right: Records | None, model: Model, base: Model) -> Model:
    """The model for these records: chance agreement, prior and shares of names counted on them, and frozen."""
    with engine() as con, nodes(con, left, right) as made:
        return fitted(con, made, model, base)


def fitted(con: DuckDBPyConnection, made: Nodes, model: Model, base: Model) -> Model:
    """`fit` for records that are in the engine. `base` has the census's shares of names."""
    counted = counted_u(con, Sides(made.left, made.right, made.itself))
    expected = _expected(con, made, model)
    left, right = _sizes(con, made)
    shares, rare = _shares(con, made, base)
    return replace(
        model,
        chances=_recounted(model.chances, counted),
        prior=_prior(con, made, expected),
        fitted=Fit(left, right, expected),
        shares=shares,
        rare=rare,
        crowded=crowded(con, made.left, made.right),
    )


def _recounted(chances: Mapping[Key, Chance], counted: Counted) -> dict[Key, Chance]:
    weight = PRIOR_PAIRS / (PRIOR_PAIRS + counted.pairs)
    made = dict(chances)
    for key, u in counted.u.items():
        made[key] = replace(
            chances[key], u=max(weight * chances[key].u + (1 - weight) * u, 1e-12), how_u="counted"
        )
    fashion = chances["first_name", "same, one birth date"].u / chances["first_name", "same"].u
    key = ("first_name", "same, one birth date")
    made[key] = replace(made[key], u=min(made["first_name", "same"].u * fashion, 0.5))
    near = sum(chances["surname_place", name].u for name in ("state, near surname", "near surname"))
    key = ("surname_place", "state, near surname")
    made[key] = replace(made[key], u=max(near * counted.same_state, 1e-12))
    for comparison, level in levels():
        if level.sums:
            total = sum(made[comparison.name, name].u for name in level.sums)
            made[comparison.name, level.name] = replace(made[comparison.name, level.name], u=min(total, 1.0))
    return made


def _expected(con: DuckDBPyConnection, made: Nodes, model: Model) -> float:
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
    sides = Sides(
        *(f"(SELECT hash(first_name, last_name) AS k FROM {t} WHERE full_dob IS NOT NULL AND first_name IS NOT NULL"
          " AND last_name IS NOT NULL)" for t in (made.left, made.right)),
        made.itself,
    )  # fmt: skip
    left, right = (
        f"(SELECT k, count(*)::DOUBLE AS n FROM {t} GROUP BY k)" for t in (sides.left, sides.right)
    )
    namesakes = number(con, f"SELECT sum(x.n * y.n) FROM {left} AS x JOIN {right} AS y USING (k)")
    if made.itself:
        namesakes = (namesakes - number(con, f"SELECT count(*) FROM {sides.left}")) / 2
    chance = max(namesakes - by_date, 0) * model.chance("birth", "full date").u
    dated = number(con, f"SELECT count(full_dob) > count(*) / 2 FROM {made.all}") > 0
    return (max(by_date - chance, 0) + by_address + 0.5) / SURE_RECALL[dated]


def _prior(con: DuckDBPyConnection, made: Nodes, expected: float) -> float:
    left, right = _sizes(con, made)
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
                coalesce(b.share, {base.rare[column]}) * {weight} + coalesce(n, 0) / {max(people, 1)} * {1 - weight}
                    AS share
            FROM (
                SELECT {column} AS value, count(*) AS n FROM {made.all} WHERE {column} IS NOT NULL GROUP BY 1
            ) AS seen
            FULL JOIN (SELECT value, share FROM identity_base_shares WHERE field = '{column}') AS b USING (value)
            WHERE n >= {FEWEST_BEARERS} OR b.share IS NOT NULL ORDER BY value
        """)
            .to_arrow_table()
            .cast(SHARES)
        )
    con.unregister("identity_base_shares")
    return pa.concat_tables(tables), rare
