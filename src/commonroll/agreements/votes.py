"""How many of those asked must adopt a proposal, by the charter's rule."""

from __future__ import annotations

from typing import Literal, get_args

Rule = Literal["majority", "two-thirds", "all"]
RULES: tuple[Rule, ...] = get_args(Rule)


def needed(rule: Rule, asked: int) -> int:
    """The votes that carry a proposal put to `asked` owners: more than half, two thirds or more, or all."""
    if rule == "majority":
        return asked // 2 + 1
    return -(-2 * asked // 3) if rule == "two-thirds" else asked


def carried(rule: Rule, asked: int, adopted: int) -> bool:
    """Whether so many adoptions are enough; nobody asked carries nothing."""
    return asked > 0 and adopted >= needed(rule, asked)
