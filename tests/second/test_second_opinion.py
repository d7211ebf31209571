"""A hundred thousand decisions of product and second opinion, and what the comparison can find."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from compared import Both, Tally
from mutations import MUTATIONS, broken

from commonroll.views import inside
from commonroll.views.inside import LEAST

SEED = 70
DECISIONS = 100_000


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    yield Both(tmp_path_factory.mktemp("second"), SEED, owners=16, rows=40)


@pytest.mark.parametrize("least", [LEAST, 0], ids=["small rolls", "large rolls"])
def test_the_second_opinion_agrees(both: Both, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large rolls are held against the terms by bits, small ones by joins: half the decisions each."""
    monkeypatch.setattr(inside, "LEAST", least)
    tally = Tally()
    seed = (SEED if least else SEED - 1) * 1_000_000
    while tally.decisions < DECISIONS / 2 and not tally.mismatches:
        both.compare(seed, 8, tally)
        seed += 2

    assert not tally.mismatches, tally.first
    # a comparison of nothing with nothing finds nothing
    assert tally.shown > tally.decisions / 50


@pytest.mark.parametrize(
    "name",
    [
        "masks are dropped",
        "an unknown county is in every scope",
        "the universe is ignored",
        "nobody sets law aside",
        "a party that the federation suspends goes on",
        "one's own rows are taken",
    ],
)
def test_a_break_is_found(both: Both, name: str) -> None:
    """`make bench` breaks it in every way of MUTATIONS."""
    tally = Tally()
    seed = (SEED + 1) * 1_000_000
    with broken(name):
        while tally.decisions < DECISIONS and not tally.mismatches:
            both.compare(seed, 8, tally, until=1, tell=False)
            seed += 2

    assert tally.mismatches


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_break_still_fits_the_product(name: str) -> None:
    with broken(name):
        pass
