"""Many rows at once are the rows that one at a time would be, under the same rules."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonroll.server import many_rows, wall
from commonroll.server.models import Journal

pytestmark = pytest.mark.django_db

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
ROW = st.builds(
    Journal,
    log=st.sampled_from(["oh", "wa"]),
    leaf=st.binary(max_size=300),
    at=st.datetimes(timezones=st.just(UTC)),
    type=TEXT,
    recipient=TEXT,
    rows=st.none() | st.integers(-(2**63), 2**63 - 1),
    columns=st.lists(TEXT, max_size=3),
    sealed_shared=st.none() | st.binary(max_size=300),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=12))
def test_many_rows_are_read_back_as_they_were_given_and_in_order(rows: list[Journal]) -> None:
    for at, row in enumerate(rows):
        row.pk, row.leaf_id = None, f"{at}-{id(rows)}"
    with transaction.atomic():
        made = many_rows.insert(Journal, rows)
        names = [field.name for field in Journal._meta.concrete_fields]
        kept = {row.pk: row for row in Journal.objects.filter(pk__in=[row.pk for row in made])}
        assert sorted(kept) == [row.pk for row in made]
        for row in made:
            assert [_plain(getattr(row, name)) for name in names] == [
                _plain(getattr(kept[row.pk], name)) for name in names
            ]
        transaction.set_rollback(True)


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def too_many() -> list[Journal]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return [Journal(log="wa", owner="wa", leaf=b"{}", leaf_id=f"x{n}", at=now) for n in range(9)]


def test_many_rows_of_somebody_else_are_refused_by_the_database() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite knows no members")
    with pytest.raises(DatabaseError), transaction.atomic(), wall.acting("oh"):
        many_rows.insert(Journal, too_many())


def test_a_column_refuses_what_is_too_long_for_it_among_many_rows_too() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no lengths")
    rows = too_many()
    rows[4].type = "x" * 25
    with pytest.raises(DatabaseError), transaction.atomic():
        many_rows.insert(Journal, rows)
