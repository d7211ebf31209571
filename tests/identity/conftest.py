"""What tests of figures share."""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import pytest


@pytest.fixture(scope="module")
def backend_apart() -> Iterator[None]:
    """Tables in memory live on an engine of the module's own."""
    before = ibis.get_backend()
    ibis.set_backend(ibis.duckdb.connect())
    yield
    ibis.set_backend(before)
