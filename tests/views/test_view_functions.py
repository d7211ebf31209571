"""Functions of a universe over every table, the reader's own answers, and election days that differ."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from evaluator import holds, known_answers, readable, seen
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from view_rolls import NOW, grant, owned, tables, voter

from commonroll.roll.engine import ibis_engine
from commonroll.roll.schema import GRANTABLE
from commonroll.views.counts import count
from commonroll.views.export import rows
from commonroll.views.universe import parse
from commonroll.views.view import Question, plan
from thorough import dear

VIEWER = "national"
SHARING = ("fl", "oh", "wa")
DAYS = (date(2026, 11, 3), date(2026, 12, 31), date(2028, 2, 29), date(2028, 11, 7))
BORN = (date(1950, 1, 1), date(2008, 11, 3), date(2008, 11, 4), date(2010, 3, 1), date(2010, 11, 7), None)
PLAIN = dict.fromkeys(GRANTABLE, "plain")
VOTED, HELD = date(2024, 11, 5), date(2026, 11, 3)

ids = st.integers(0, 7).map(str)
people = st.lists(
    st.fixed_dictionaries(
        {
            "birth_date": st.sampled_from(BORN),
            "birth_year": st.sampled_from([1950, 2007, 2008, 2009, 2010, None]),
            "age": st.sampled_from([17, 18, None]),
            "party": st.sampled_from(["DEM", "REP", None]),
            "confidential": st.sampled_from([False, False, False, True]),
        }
    ),
    min_size=4,
    max_size=8,
)
histories = st.lists(
    st.fixed_dictionaries(
        {
            "state_voter_id": ids,
            "election_date": st.sampled_from([VOTED, HELD, None]),
            "method": st.sampled_from(["mail", "early"]),
        }
    ),
    max_size=6,
)
ballots = st.lists(
    st.fixed_dictionaries(
        {
            "state_voter_id": ids,
            "status": st.sampled_from(["sent", "accepted"]),
            "election_date": st.sampled_from([VOTED, HELD, None]),
            "returned_on": st.sampled_from([None, date(2026, 11, 1)]),
        }
    ),
    max_size=6,
)
districts = st.lists(
    st.fixed_dictionaries(
        {
            "state_voter_id": ids,
            "type": st.sampled_from(["congressional", "ward"]),
            "id": st.sampled_from(["1", "2"]),
        }
    ),
    max_size=6,
)
answers = st.lists(
    st.fixed_dictionaries(
        {
            "state_voter_id": ids,
            "owner": st.sampled_from([*SHARING, VIEWER]),
            "gathered_by": st.sampled_from([*SHARING, VIEWER, "rivera"]),
            "question": st.sampled_from(["q1", "q2"]),
            "answer": st.sampled_from(["yes", "no"]),
            "answered_on": st.sampled_from([date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)]),
        }
    ),
    max_size=8,
)
vaults = st.fixed_dictionaries(
    {
        "voters": people,
        "history": histories,
        "ballots": ballots,
        "districts": districts,
        "responses": answers,
        "day": st.sampled_from(DAYS),
    }
)  # fmt: skip
universes = st.recursive(
    st.sampled_from(
        [
            "voted('2024-11-05')",
            "voted('2026-11-03', 'mail')",
            "ballot('sent')",
            "ballot('accepted', '2026-11-03')",
            "ballot_returned('2026-11-03')",
            "district('congressional', '1')",
            "district('ward', '2')",
            "answered('q1')",
            "answered('q2', 'yes')",
            "contacted_since('2026-10-01')",
            "party = 'DEM'",
        ]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda t: f"({t[0]}) AND ({t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]}) OR ({t[1]})"),
        inner.map(lambda t: f"NOT ({t})"),
    ),
    max_leaves=4,
)

EMPTY: dict[str, Any] = {"history": [], "ballots": [], "districts": [], "responses": [], "day": DAYS[3]}
ASKED_BY_THE_READER = {
    "state_voter_id": "0", "owner": "fl", "gathered_by": VIEWER, "question": "q1", "answer": "yes",
    "answered_on": date(2026, 11, 1),
}  # fmt: skip
ONE = {"voters": [{}], **EMPTY}
TOLD = (frozenset[str](), frozenset({"rivera"}), frozenset({"rivera", "fl"}))
GATHERED_BY_A_RIVAL = ASKED_BY_THE_READER | {"gathered_by": "rivera"}


@settings(
    max_examples=dear(40),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(st.lists(vaults, min_size=1, max_size=3), vaults, st.booleans(), st.sampled_from(TOLD), universes)
@example([ONE | {"responses": [GATHERED_BY_A_RIVAL]}], ONE, False, TOLD[0], "answered('q1')")
@example([ONE | {"responses": [GATHERED_BY_A_RIVAL]}], ONE, False, TOLD[1], "answered('q1')")
@example([ONE | {"responses": [ASKED_BY_THE_READER]}], ONE, False, TOLD[0], "answered('q1')")
@example([ONE], ONE | {"responses": [ASKED_BY_THE_READER]}, False, TOLD[0], "answered('q1')")
@example([ONE], ONE | {"responses": [ASKED_BY_THE_READER]}, True, TOLD[0], "answered('q1')")
def test_functions_equal_the_slow_reading(
    drawn: Sequence[Mapping[str, Any]],
    own: Mapping[str, Any],
    asks_itself: bool,
    told: frozenset[str],
    where: str,
) -> None:
    """`asks_itself`: the reader's own roll is among the owners. `told`: whose answers it reads at others."""
    universe = parse(where)
    with tempfile.TemporaryDirectory() as folder:
        world = [(name, one, _tables(folder, name, one)) for name, one in zip(SHARING, drawn, strict=False)]
        mine = _tables(folder, VIEWER, own)
        owners = [owned(read, grant(name), election_day=one["day"]) for name, one, read in world]
        if asks_itself:
            world.append((VIEWER, own, mine))
            owners.append(owned(mine, None, election_day=own["day"]))
        counting = Question(VIEWER, "gotv", "count", universe, told=told)
        listing = Question(VIEWER, "gotv", "view", universe, columns=("state_voter_id",), told=told)
        con = ibis_engine()
        answer = count(plan(con, counting, owners, denied={}, names={}, now=NOW, mine=mine))
        listed = rows(plan(con, listing, owners, denied={}, names={}, now=NOW, mine=mine)).to_pylist()

    expected = {name: _selected(name, one, own, universe, told) for name, one, _ in world}
    assert answer.by_owner == {name: len(found) for name, found in expected.items()}
    assert sorted((r["member"], r["state_voter_id"]) for r in listed) == sorted(
        (name, voter_id) for name, found in expected.items() for voter_id in found
    )


def _people(name: str, one: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        voter(str(n), member=name, state=name.upper()[:2], **values) for n, values in enumerate(one["voters"])
    ]


def _tables(folder: str, name: str, one: Mapping[str, Any]) -> Any:
    others = {table: one[table] for table in ("history", "ballots", "districts", "responses")}
    return tables(Path(folder), name, _people(name, one), **others)


def _selected(
    name: str, one: Mapping[str, Any], own: Mapping[str, Any], universe: Any, told: frozenset[str]
) -> list[str]:
    known = known_answers(name, VIEWER, one["responses"], own["responses"], told)
    return [
        person["state_voter_id"]
        for person in _people(name, one)
        if readable(person, one["day"], removed=False, suppressed=frozenset())
        and holds(universe.tree, seen(person, PLAIN, NOW.date()), {**one, "responses": known})
    ]
