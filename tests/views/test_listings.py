"""Lists that came home, as the engine and as the slow reading have them: whose they are, who may know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from evaluator import known_listings
from hypothesis import given, settings
from hypothesis import strategies as st
from view_rolls import NAMES, NOW, USUAL, grant, owned, tables, voter

from commonroll.errors import Refusal
from commonroll.roll.engine import ibis_engine
from commonroll.views.counts import count
from commonroll.views.question import Handed
from commonroll.views.universe import parse
from commonroll.views.view import Question, plan

AT = datetime(2026, 11, 5, tzinfo=UTC)
LISTS = ("rivera.young_1", "stone.old_2")
PEOPLE = [*"1234"]
places = st.sets(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(LISTS), st.sampled_from(["a", "b"])))
events = st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["added", "withdrawn"])), max_size=4)


def listing(voter_id: str, code: str, import_id: str) -> dict[str, Any]:
    return {
        "event_id": f"{voter_id}{code}{import_id}", "owner": "ga", "state_voter_id": voter_id, "list": code,
        "name": code, "listed_on": AT.date(), "import_id": import_id, "loaded_at": AT,
        "gathered_by": code.partition(".")[0],
    }  # fmt: skip


def said(n: int, import_id: str, action: str) -> dict[str, Any]:
    return {"event_id": f"{n}", "import_id": import_id, "action": action, "at": AT.replace(minute=n)}


@settings(max_examples=20, deadline=None)
@given(
    places, events, st.sampled_from(["ga", "national"]), st.sets(st.sampled_from(LISTS)),
    st.sampled_from(LISTS), st.booleans(),
)  # fmt: skip
def test_who_is_on_a_list_is_what_the_slow_reading_says(
    tmp_path_factory: pytest.TempPathFactory, on: Any, moves: Any, viewer: str, known: set[str], asked: str,
    other: bool,
) -> None:  # fmt: skip
    listings = [listing(*one) for one in sorted(on)]
    imports = [said(n, *one) for n, one in enumerate(moves)]
    folder = tmp_path_factory.mktemp("lists")
    read = tables(folder, "ga", [voter(one) for one in PEOPLE], listings=listings, imports=imports)
    handed = tuple(Handed("wa" if other else "ga", code, ("voters.birth_year",)) for code in sorted(known))
    question = Question(viewer, "gotv", "count", parse(f"on_list('{asked}')"), handed=handed)
    owner = owned(read, None if viewer == "ga" else grant("ga"))
    counted = count(plan(ibis_engine(), question, [owner], denied={}, names=NAMES, now=NOW)).total
    told = {one.code for one in handed if one.owner == "ga"}
    slow = known_listings("ga", viewer, listings, imports, told)
    assert counted == len({row["state_voter_id"] for row in slow if row["list"] == asked})


def test_a_list_says_nothing_that_the_terms_do_not(tmp_path: Any) -> None:
    read = tables(
        tmp_path, "ga", [voter("1")], listings=[listing("1", LISTS[0], "a")], imports=[said(0, "a", "added")]
    )
    handed = (Handed("ga", LISTS[0], ("voters.race",)),)
    question = Question("national", "gotv", "count", parse(f"on_list('{LISTS[0]}')"), handed=handed)

    def asked(*without: str) -> int | None:
        owner = owned(read, grant("ga", set(USUAL) - set(without)))
        return count(plan(ibis_engine(), question, [owner], denied={}, names=NAMES, now=NOW)).total

    assert asked() == 1
    for column in ("voters.race", "listings.list"):
        with pytest.raises(Refusal, match="shares no"):
            asked(column)
