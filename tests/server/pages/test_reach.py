"""What a draft would reach is asked in the universe language, and means the same there."""

from __future__ import annotations

from datetime import date

import pytest

from commonroll.agreements.grant import Grant
from commonroll.agreements.universe import AllOf, AnyOf, OneOf, Range, Universe, Voted
from commonroll.server.pages.reach import where_of
from commonroll.views.universe import parse


def grant(scope: dict[str, frozenset[str]], universe: Universe | None) -> Grant:
    at = date(2026, 1, 1)
    return Grant(
        agreement="", terms_hash="", number=1, owner="oh", recipient="national", purposes=frozenset(),
        modes=frozenset(), columns={}, scope=scope, start=at, until=at, rows_per_export=0,  # type: ignore[arg-type]
        exports_per_day=0, contact=(), duties=(), law=(), universe=universe,
    )  # fmt: skip


VOTED = Voted(date(2024, 11, 5))
ASKED: list[tuple[dict[str, frozenset[str]], Universe | None, str | None]] = [
    ({}, None, "member IN ('oh')"),
    ({"party": frozenset(["DEM", "REP"])}, None, "member IN ('oh') AND party IN ('DEM', 'REP')"),
    ({"district/council": frozenset(["1", "2"])}, None,
     "member IN ('oh') AND (district('council', '1') OR district('council', '2'))"),
    ({}, OneOf("voters.ward", ("O'HARE",)), "member IN ('oh') AND ward IN ('O''HARE')"),
    ({}, Range("voters.birth_year", 1980, 1990),
     "member IN ('oh') AND birth_year >= 1980 AND birth_year <= 1990"),
    ({}, Range("voters.registered_on", None, date(2024, 1, 1)),
     "member IN ('oh') AND registered_on <= '2024-01-01'"),
    ({}, AllOf((AnyOf((VOTED, OneOf("voters.party", ("DEM",)))), VOTED)),
     "member IN ('oh') AND (voted('2024-11-05') OR party IN ('DEM')) AND voted('2024-11-05')"),
    ({}, Range("voters.age", 18, None), None),
]  # fmt: skip


@pytest.mark.parametrize(("scope", "universe", "meant"), ASKED)
def test_limits_as_a_question(
    scope: dict[str, frozenset[str]], universe: Universe | None, meant: str | None
) -> None:
    where = where_of("oh", grant(scope, universe))
    assert (parse(where).canonical if where else None) == (parse(meant).canonical if meant else None)
