"""The charter's vote rules, as a table."""

from __future__ import annotations

import pytest

from commonroll.agreements.votes import Rule, carried, needed


@pytest.mark.parametrize(
    ("rule", "asked", "votes"),
    [
        ("majority", 1, 1), ("majority", 2, 2), ("majority", 3, 2), ("majority", 4, 3),
        ("two-thirds", 1, 1), ("two-thirds", 2, 2), ("two-thirds", 3, 2), ("two-thirds", 4, 3),
        ("two-thirds", 50, 34), ("all", 1, 1), ("all", 50, 50),
    ],
)  # fmt: skip
def test_how_many_carry(rule: Rule, asked: int, votes: int) -> None:
    assert needed(rule, asked) == votes
    assert carried(rule, asked, votes)
    assert not carried(rule, asked, votes - 1)


def test_nobody_asked_carries_nothing() -> None:
    assert not carried("all", 0, 0)
