"""The engine's answer against a slow and obvious one, over random rolls, agreements and universes."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from evaluator import holds, in_scope, in_universe, readable, seen
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from test_universe import conditions
from view_rolls import ELECTION, NOW, USUAL, grant, owned, tables, voter

from commonroll.agreements.universe import AllOf, AnyOf, OneOf, Range, Voted
from commonroll.errors import Refusal
from commonroll.roll.engine import ibis_engine
from commonroll.views.counts import count
from commonroll.views.export import rows
from commonroll.views.universe import parse
from commonroll.views.view import Question, plan
from thorough import dear

VOTED = date(2024, 11, 5)
SHOWN = ("first_name", "phone", "birth_date", "birth_year", "residence_zip5", "age", "party")


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(values, values, st.none())


voters = st.lists(
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(["active", "active", "active", "inactive", "removed", None]),
            "confidential": st.sampled_from([False, False, False, False, False, False, True, None]),
            "birth_date": maybe(st.dates(date(1930, 1, 1), date(2012, 1, 1))),
            "birth_year": maybe(st.integers(1930, 2012)),
            "registered_on": maybe(st.sampled_from([VOTED, date(2010, 1, 1)])),
            "age": maybe(st.integers(16, 99)),
            "party": maybe(st.sampled_from(["DEM", "REP", "NPA"])),
            "county_fips": maybe(st.sampled_from(["39001", "39003", ""])),
            "precinct": maybe(st.sampled_from(["1", "2"])),
            "phone": maybe(st.sampled_from(["+14045550100", "+1", "12345"])),
            "residence_zip5": maybe(st.sampled_from(["43001", "44001"])),
            "last_name": maybe(st.text(st.characters(exclude_categories=["C"]), max_size=4)),
            "first_name": maybe(st.sampled_from(["ANN", "BOB"])),
            "permanent_absentee": maybe(st.booleans()),
        }
    ),
    min_size=10,
    max_size=16,
)
scopes = st.dictionaries(
    st.sampled_from(["county_fips", "precinct", "party", "status", "state", "district/council"]),
    st.just(frozenset(["39001", "39003", "1", "DEM", "NPA", "active", "inactive", "FL", "OH"])),
    max_size=2,
)
years = st.integers(1950, 2000)
universes = st.recursive(
    st.one_of(
        st.sampled_from([("DEM",), ("DEM", "NPA")]).map(lambda some: OneOf("voters.party", some)),
        st.just(OneOf("voters.precinct", ("1",))),
        st.builds(Range, st.just("voters.birth_year"), st.none() | years, years),
        st.builds(Range, st.just("voters.registered_on"), st.just(VOTED), st.none()),
        st.builds(Voted, st.sampled_from([VOTED, date(2022, 11, 8)])),
    ),
    lambda part: st.builds(
        lambda kind, parts: kind(tuple(parts)),
        st.sampled_from([AllOf, AnyOf]),
        st.lists(part, min_size=2, max_size=3),
    ),
    max_leaves=5,
)
masks = st.fixed_dictionaries(
    {},
    optional={
        "voters.first_name": st.just("initial"),
        "voters.birth_date": st.sampled_from(["year", "decade", "plain"]),
        "voters.birth_year": st.sampled_from(["decade", "plain"]),
        "voters.age": st.just("bucket10"),
        "voters.phone": st.just("last4"),
        "voters.residence_zip5": st.just("zip3"),
    },
)
owners = st.fixed_dictionaries(
    {
        "voters": voters,
        "scope": scopes,
        "universe": st.one_of(st.none(), universes),
        "council": st.frozensets(st.integers(0, 11).map(str), max_size=8),
        "masks": masks,
        "withheld": st.sampled_from([frozenset(), frozenset(), frozenset(["voters.last_name"])]),
        "suppressed": st.frozensets(st.integers(0, 11).map(str), max_size=3),
        "voted": st.frozensets(st.integers(0, 11).map(str), max_size=6),
    }
)  # fmt: skip


@pytest.mark.parametrize("by", [(), ("party",), ("state", "age"), ("status", "county_fips")])
@settings(
    max_examples=dear(16),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(
    st.lists(owners, min_size=1, max_size=3),
    st.one_of(st.none(), conditions),
)
def test_counts_and_rows_equal_the_slow_reading(
    by: tuple[str, ...], drawn: Sequence[Mapping[str, Any]], where: str | None
) -> None:
    universe = parse(where) if where else None
    with tempfile.TemporaryDirectory() as folder:
        world = [
            _owner(Path(folder), name, one) for name, one in zip(("fl", "oh", "wa"), drawn, strict=False)
        ]
        owned_ = [o for o, _, _ in world]
        counting = Question("national", "gotv", "count", universe, by)
        listing = Question("national", "gotv", "view", universe, (), SHOWN)
        try:
            counted = plan(ibis_engine(), counting, owned_, denied={}, names={}, now=NOW)
            listed = plan(ibis_engine(), listing, owned_, denied={}, names={}, now=NOW)
        except Refusal:
            return
        answer = count(counted)
        table = rows(listed).to_pylist()

    expected = _expected(world, universe, by, counted.owners, removed="status" in by)
    assert Counter({(r.by, r.owner): r.n for r in answer.rows}) == expected
    assert Counter(tuple(r.values()) for r in table) == _expected_rows(world, universe, listed.owners)


def _owner(folder: Path, name: str, one: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    people = [voter(str(n), **values) for n, values in enumerate(one["voters"])]
    history = [
        {"state_voter_id": i, "election_date": VOTED, "election_name": "G"} for i in sorted(one["voted"])
    ]
    gone = [(i, "") for i in sorted(one["suppressed"])]
    districts = [
        {"state_voter_id": i, "type": "council", "id": d} for i in sorted(one["council"]) for d in "12"
    ]
    read = tables(folder, name, people, history=history, districts=districts, suppressed=gone)
    granted = grant(name, set(USUAL) - one["withheld"])
    columns = {c: one["masks"].get(c, m) for c, m in granted.columns.items()}
    full = [{"member": name, "state": name.upper(), **person} for person in people]
    changed = grant(name, (), masks=columns, scope=one["scope"], universe=one["universe"])
    return owned(read, changed), full, one | {"columns": columns, "history": history, "districts": districts}


def _selected(world: Any, universe: Any, owners: Sequence[str], *, removed: bool) -> Any:
    for owned_, people, one in world:
        if owned_.owner not in owners:
            continue
        for person in people:
            shown = seen(person, one["columns"], NOW.date())
            if (
                readable(person, ELECTION, removed=removed, suppressed=one["suppressed"])
                and in_scope(person, one["scope"], one)
                and in_universe(person, one["universe"], one)
                and (universe is None or holds(universe.tree, shown, one) is True)
            ):
                yield owned_, shown


def _expected(world: Any, universe: Any, by: Any, owners: Any, *, removed: bool) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for owned_, shown in _selected(world, universe, owners, removed=removed):
        cells = tuple("(unknown)" if shown.get(name) is None else shown[name] for name in by)
        found[cells, owned_.owner] += 1
    return found


def _expected_rows(world: Any, universe: Any, owners: Any) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for owned_, shown in _selected(world, universe, owners, removed=False):
        values = (shown.get(name) for name in SHOWN)
        found[(owned_.owner, owned_.grant.agreement, *values)] += 1
    return found
