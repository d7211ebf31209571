"""Weights of levels that count by shares: what the settings say is what Splink itself would look for."""

from __future__ import annotations

from math import isclose, log2

from splink.internals.settings_creator import SettingsCreator

from commonroll.identity import models
from commonroll.identity.comparisons import COMPARISONS
from commonroll.identity.model import scoring, settings

MODEL = models.shipped()
SHARED = [
    (comparison, number, level)
    for comparison, one in enumerate(COMPARISONS)
    for number, level in enumerate(one.levels, start=1)
    if level.share
]


def test_levels_by_shares_weigh_what_splink_would_find() -> None:
    given = {key: (chance.m, chance.u) for key, chance in MODEL.chances.items()}
    both = (settings(given, MODEL.prior), scoring(MODEL.chances, MODEL.prior))
    splinks, ours = (SettingsCreator.from_path_or_dict(made).get_settings("duckdb") for made in both)
    assert len(SHARED) == 7
    for comparison, number, level in SHARED:
        found, said = (made.comparisons[comparison].comparison_levels for made in (splinks, ours))
        base = found[number]._u_probability_corresponding_to_exact_match(found)
        assert said[number]._u_probability_corresponding_to_exact_match(said) == base, level.name
        weights = [one[number]._match_weight for one in (found, said)]
        assert isclose(*weights, rel_tol=1e-12), level.name


def test_other_levels_are_as_the_model_says() -> None:
    shared = {(comparison, number) for comparison, number, _ in SHARED}
    for comparison, made in enumerate(scoring(MODEL.chances, MODEL.prior)["comparisons"]):
        for number, level in enumerate(made["comparison_levels"][1:], start=1):
            chance = MODEL.chance(COMPARISONS[comparison].name, level["label_for_charts"])
            ratio = log2(level["m_probability"] / level["u_probability"])
            assert isclose(ratio, log2(chance.m / chance.u), rel_tol=1e-12)
            assert (comparison, number) in shared or level["u_probability"] == chance.u
