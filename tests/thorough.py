"""Whether checks that would take `make test` beyond its ten minutes run in full: `make bench` asks for it."""

from __future__ import annotations

import os

THOROUGH = os.environ.get("COMMONROLL_TEST_THOROUGH") == "1"
"""Every state's round trip, not only of those with every trait; a kill before each step, not each seventh;
pages in each size with each scheme, a third one of each kind; a home of the oldest version made new."""

STRIDE = 1 if THOROUGH else 7
"""Of steps that something may die before, one in so many."""


def dear(examples: int) -> int:
    """How many examples a property draws whose examples cost much: a quarter of those of a full run."""
    return examples if THOROUGH else -(-examples // 4)
