"""Whether checks that would take `make test` beyond its ten minutes run in full: `make bench` asks for it."""

from __future__ import annotations

import os

THOROUGH = os.environ.get("COMMONROLL_TEST_THOROUGH") == "1"
"""Every state's round trip, not only of those with every trait; a kill before each step, not each third."""

STRIDE = 1 if THOROUGH else 3
"""Of steps that something may die before, one in so many."""
