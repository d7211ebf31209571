"""Training: how often levels agree in records of one person, from pairs without labels (EM).

That holds for many files and is trained once in a while; what depends on the files at hand is `fitting.py`'s.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from duckdb import DuckDBPyConnection
from splink import DuckDBAPI, Linker

from commonroll.errors import Refusal
from commonroll.identity import guards, link
from commonroll.identity.comparison import Level
from commonroll.identity.comparisons import levels
from commonroll.identity.counted_u import Counted, Families, Sides, counted_u, families, number, same_dates
from commonroll.identity.fitting import smoothed
from commonroll.identity.model import Chance, How, Key, Model, settings
from commonroll.identity.nodes import Nodes, Records, nodes
from commonroll.identity.prior import expected_matches, prior_of, sizes
from commonroll.identity.refining import Learned, refined, summed
from commonroll.roll.engine import engine

BIRTH_RULE = "l.dob = r.dob and length(l.dob) = 10"
"""Written on the column that is compared: on `full_dob` EM does not see the kinship (specs/linkage.md,
2.1)."""
NAMES_RULE = "l.first_name = r.first_name and l.last_name = r.last_name"
ADDRESS_RULE = "l.addrzip = r.addrzip"
GIVEN_RULE = "l.first_name = r.first_name and l.middle_name = r.middle_name"
RULES = {True: (BIRTH_RULE, NAMES_RULE), False: (ADDRESS_RULE, GIVEN_RULE)}
"""Rules of training by whether there are birth dates; between them they leave out no comparison."""
Pair: TypeAlias = tuple[float | None, float | None]
EM_PAIRS, U_PAIRS = 2_000_000, 1_000_000


REFINED, LEAST = 2, 1e-12
"""So many times chances are learned anew, from pairs of this probability at the least."""
LEAST_M = 1e-6
"""No level is so rare in records of one person that it says no for certain."""
KIN_CASES = 30
"""So many cases the base's shares among relatives weigh against a file's own."""


def train(
    left: Records,
    right: Records | None,
    base: Model,
    *,
    rules: Iterable[str] | None = None,
    relatives: bool = True,
    first_names_agree: float = guards.FIRST_NAMES_AGREE,
) -> Model:
    """A model trained on records of two files, or of one that holds people twice; `base` gives the shares
    of names and, on very clean files, m of levels that are almost never seen. It has no honest lines: those
    hold for the labelled people they were learned on (`honest.fitted`). Raises Refusal where a guard
    fails."""
    with engine() as con, nodes(con, left, right) as made:
        counted = counted_u(con, Sides(made.left, made.right, made.itself))
        counted = replace(counted, u=smoothed(base.chances, counted))
        kin = _kin(None if made.itself else families(con, made.left), base)
        if not relatives:
            kin = {key: counted.u["first_name", "same"] for key in kin if key[0] == "first_name"}
        dated = number(con, f"SELECT count(full_dob) FROM {made.all}") > 0
        chosen = tuple(rules or RULES[dated])
        expected = expected_matches(con, made, base)
        prior = prior_of(con, made, expected)
        saved = _trained(con, made, _fixed(counted, kin, relatives), prior, chosen, base)
        chances = _chances(saved, kin, base)
        if not relatives:
            chances = _strangers(chances)
        guards.check_first(chances, first_names_agree)
        if dated:  # rare: an exact level is counted, not sampled
            u = max(same_dates(con, Sides(made.left, made.right, made.itself)), 1e-12)
            chances["birth", "full date"] = replace(chances["birth", "full date"], u=u, how_u="sampled")
        left_size, right_size = sizes(con, made)
    model = Model(
        chances=chances,
        prior=prior,
        trained_at=datetime.now(UTC).isoformat(timespec="seconds"),
        trained_on={"left": left_size, "right": right_size},
        rare=base.rare,
        shares=base.shares,
        crowded=base.crowded,
    )
    sampled = {key: chance.u for key, chance in chances.items() if chance.how_u == "sampled"}
    for _ in range(REFINED):
        learned = _learned(left, right, model, relatives)
        model = replace(model, chances=_refined(model.chances, learned, sampled, relatives))
    guards.check(model.chances, first_names_agree)
    return model


def _learned(left: Records, right: Records | None, model: Model, relatives: bool) -> Learned:
    """What every pair that a model compares says of it. Births far apart stay a veto where homes share first
    names more often than strangers do: fathers and sons."""
    with tempfile.TemporaryDirectory(prefix="training-") as folder:
        links = link.link(left, right, model, Path(folder) / "pairs.parquet", least=LEAST)
        first = "first_name"
        namesakes = model.chance(first, "same, other birth").u > model.chance(first, "same").u
        return refined(links.path, links.model, veto=relatives and namesakes)


def _refined(
    chances: Mapping[Key, Chance], learned: Learned, sampled: Mapping[Key, float], relatives: bool
) -> dict[Key, Chance]:
    """Chances with what was learned; shares sampled among all pairs less those of one person."""
    made = dict(chances)
    least = {(comparison.name, level.name): max(level.least_m, LEAST_M) for comparison, level in levels()}
    for key, chance in chances.items():
        if chance.m < least[key]:
            made[key] = replace(chance, m=least[key])
        if key in learned.m:
            made[key] = replace(chance, m=max(learned.m[key], least[key]), how_m="trained")
        if key in sampled:
            made[key] = replace(made[key], u=max(learned.of_strangers(key, sampled[key]), 1e-12))
    return summed(made if relatives else _strangers(made))


def _trained(
    con: DuckDBPyConnection,
    made: Nodes,
    fixed: Mapping[Key, Pair],
    prior: float,
    rules: tuple[str, ...],
    base: Model,
) -> dict[str, Any]:
    """Splink's saved model. On very clean files EM drives chances to 0 and stops with a ValueError: then m
    of the levels that files seldom show is the base's (specs/linkage.md, 5)."""
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
    linker = Linker(inputs, chosen, validate_settings=False, log_level="ERROR")  # ours: a second of parsing
    linker.training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=1)
    for rule in rules:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True, max_pairs=EM_PAIRS
        )
    saved: dict[str, Any] = linker.misc.save_model_to_json()
    linker.table_management.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
    return saved


def _kin(known: Families | None, base: Model) -> dict[Key, float]:
    """u of levels that relatives and people of one age share: the base's, drawn to what a file shows.

    A file that holds people twice shows their slips as twins and namesakes: there the base's holds.
    """
    seen = {
        ("first_name", "same, other birth"): known and known.namesakes,
        ("first_name", "same, no birth"): known and known.no_birth,
        ("first_name", "same, one birth date"): known and known.one_day,
        ("birth", "twins"): known and known.twins,
        ("birth", "twins apart"): known and known.apart,
        ("birth", "couple"): known and known.couple,
    }
    made = {}
    for key, share in seen.items():
        part, whole = share or (0, 0)
        made[key] = (part + KIN_CASES * base.chances[key].u) / (whole + KIN_CASES)
    return made


def _fixed(counted: Counted, kin: Mapping[Key, float], relatives: bool) -> dict[Key, Pair]:
    """What is not trained: assumed chances, counted ones, a stand-in for sums, which training data do not
    show."""
    made: dict[Key, Pair] = {}
    for comparison, level in levels():
        key = (comparison.name, level.name)
        u = max(counted.u[key], 1e-12) if level.counted else kin.get(key, level.u)
        made[key] = (0.5, 0.5) if level.sums else (level.m, u)
    if not relatives:
        made["birth", "gap"] = (None, None)
    return made


def _strangers(chances: Mapping[Key, Chance]) -> dict[Key, Chance]:
    """Chances without families: births on one day or in one year are as rare in a home as anywhere."""
    years = [
        chances["birth", name]
        for name in ("year alone", "edit or swap", "year, 1 January", "two parts", "same year")
    ]
    couple = Chance(_inside(sum(y.m for y in years)), _inside(sum(y.u for y in years)), "derived", "derived")
    twins = {("birth", name): chances["birth", "full date"] for name in ("twins", "twins apart")}
    return {**chances, **twins, ("birth", "couple"): couple}


def _joined(rare: Mapping[Key, Pair], fixed: Mapping[Key, Pair]) -> dict[Key, Pair]:
    """What `fixed` has, else what `rare` has."""
    made = {}
    for key, (m, u) in fixed.items():
        rare_m, rare_u = rare.get(key, (None, None))
        made[key] = (rare_m if m is None else m, rare_u if u is None else u)
    return made


def _chances(saved: Mapping[str, Any], kin: Mapping[Key, float], base: Model) -> dict[Key, Chance]:
    """Chances by level. One that these files do not show is the base's; without a base it is left out, and
    the guard finds it."""
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
                _inside(sum(m.get(part, 0) for part in parts)),
                _inside(sum(u.get(part, 0) for part in parts)),
                "derived",
                "derived",
            )
            continue
        own = sum(m.get(other, 0) for other in alike) if alike else m.get(key, 0)
        kept = base.chances.get(key)
        if (own and key in u) or kept:
            made[key] = Chance(
                max(own, level.least_m) if own else kept.m if kept else 0,
                u.get(key, kept.u if kept else 0),
                how_m="assumed" if level.m is not None else "trained" if own else "kept",
                how_u=_how_u(level, key in kin, key in u),
            )
    return made


def _inside(share: float) -> float:
    return min(max(share, 1e-9), 1.0)


def _how_u(level: Level, kin: bool, seen: bool) -> How:
    if level.counted or kin:
        return "counted"
    if level.u is not None:
        return "assumed"
    return "sampled" if seen else "kept"


def _saved(saved: Mapping[str, Any], what: str) -> dict[Key, float]:
    return {
        (comparison["output_column_name"], level["label_for_charts"]): level[what]
        for comparison in saved["comparisons"]
        for level in comparison["comparison_levels"]
        if isinstance(level.get(what), float)
    }
