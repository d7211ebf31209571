"""Fixtures of the site's tests, made in `world`; and for which one database is enough in `make test`."""

from __future__ import annotations

from pathlib import Path

import pytest
from world import *  # noqa: F403

HERE = Path(__file__).parent
BOTH = {
    "test_endpoints.py", "test_field_events.py", "test_journal.py", "test_other_processes.py",
    "test_postgres.py", "test_security.py", "test_turns.py", "test_uploads.py", "test_van_conventions.py",
    "test_van_lists.py",
}  # fmt: skip
"""What differs from one database to another: locks, orders, who waits for whom; and every address once."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make test` asks of PostgreSQL alone; on SQLite the pages, the commands and the browser go
    the same ways, and `make bench` asks all of it of both."""
    for item in items:
        inside = item.path.is_relative_to(HERE) and "pages" not in item.path.relative_to(HERE).parts
        kept = any(map(item.get_closest_marker, ("vault", "postgres")))
        if inside and not kept and item.path.name not in BOTH:
            item.add_marker(pytest.mark.either)
