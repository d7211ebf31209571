"""Expressions that are kept: asked again nothing is built, and whatever they follow from makes another."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from view_rolls import NOW, grant, owned, tables, voter

from commonroll.agreements.ceiling import apply_law
from commonroll.agreements.grant import Grant
from commonroll.agreements.law import parse_pack
from commonroll.agreements.overrides import DATASET_URN, Override, lift
from commonroll.agreements.universe import OneOf
from commonroll.roll.engine import ibis_engine
from commonroll.roll.vault.suppression import SCHEMA
from commonroll.views import kept
from commonroll.views.counts import count
from commonroll.views.export import rows
from commonroll.views.question import Owned, Question
from commonroll.views.view import Plan, plan

LIST = Question("national", "gotv", "export", columns=("state_voter_id", "party", "first_name", "age"))
COUNT = Question("national", "gotv", "count", by=("party", "age"))
PACK = parse_pack(
    """
state = "OH"
version = "2026.2"

[[rule]]
id = "OH-2"
does = "refuse_column"
columns = ["voters.state_voter_id"]
cites = "Code 2"
says = "No ids."
""",
    "oh/law.toml",
)
PSEUDONYMS = {"oh": b"k" * 32, "fl": b"f" * 32}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> list[Owned]:
    folder = tmp_path_factory.mktemp("kept")
    return [_owned(folder, "fl", "DEM"), _owned(folder, "oh", "REP")]


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    kept.forget(ibis_engine())


def _owned(folder: Path, key: str, party: str) -> Owned:
    people = [
        voter("1", party=party, first_name="ANNA"),
        voter("2", party="NPA", first_name="BEN", birth_date=date(1966, 11, 30), birth_year=1966),
        voter("3", party=None, first_name="CLEO", birth_date=date(2009, 3, 1), birth_year=2009),
    ]
    return owned(tables(folder, key, people), grant(key))


def planned(question: Question, owners: list[Owned], now: datetime = NOW, keys: Any = PSEUDONYMS) -> Plan:
    return plan(ibis_engine(), question, owners, denied={}, names={}, now=now, pseudonyms=keys)


def answer(made: Plan) -> Any:
    if made.question.mode == "count":
        return count(made).rows
    return rows(made).to_pylist()


def anew(*asked: Any, **more: Any) -> Any:
    kept.forget(ibis_engine())
    return answer(planned(*asked, **more))


def with_oh(owners: list[Owned], change: Callable[[Owned], Owned]) -> list[Owned]:
    return [change(one) if one.owner == "oh" else one for one in owners]


def with_terms(**terms: Any) -> Callable[[Owned], Owned]:
    return lambda one: replace(one, grant=replace(one.grant, **terms))  # type: ignore[type-var]


def with_tables(**values: Any) -> Callable[[Owned], Owned]:
    return lambda one: replace(one, tables=replace(one.tables, **values))


@pytest.mark.parametrize("question", [LIST, COUNT], ids=["list", "count"])
def test_asked_again_nothing_is_built(world: list[Owned], question: Question) -> None:
    first = planned(question, world)
    given = answer(first)
    again = planned(question, [replace(one) for one in world], now=NOW + timedelta(hours=1))

    assert again.kept is first.kept
    assert again.kept.page(7) is first.kept.page(7)
    assert given == answer(again) == anew(question, world)


CHANGES: dict[str, Callable[[Owned], Owned]] = {
    "a mask": lambda one: with_terms(columns={**one.grant.columns, "voters.first_name": "initial"})(one),  # type: ignore[union-attr]
    "a scope": with_terms(scope={"party": frozenset(["NPA"])}),
    "a universe": with_terms(universe=OneOf("voters.party", ("REP",))),
    "an opt-out": with_tables(
        suppressed=pa.Table.from_pylist(
            [{"state_voter_id": "2", "reason": "opt-out", "channel": ""}], schema=SCHEMA
        )
    ),
    "an election day": lambda one: replace(one, election_day=date(2026, 12, 1)),
}


@pytest.mark.parametrize("question", [LIST, COUNT], ids=["list", "count"])
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_seen_and_taken_back(world: list[Owned], name: str, question: Question) -> None:
    changed = with_oh(world, CHANGES[name])
    before = answer(planned(question, world))
    after = answer(planned(question, changed))

    assert answer(planned(question, world)) == before
    assert after == anew(question, changed)
    assert before == anew(question, world)
    assert (after != before) or (name == "a mask" and question is COUNT)


def test_a_snapshot_is_seen(world: list[Owned], tmp_path: Path) -> None:
    loaded = tables(tmp_path, "oh", [voter("9", party="REP", first_name="NINA")])
    changed = with_oh(world, lambda one: replace(one, tables=replace(loaded, snapshot=8)))
    before, after = (answer(planned(LIST, owners)) for owners in (world, changed))

    assert before != after == anew(LIST, changed)
    assert [row["first_name"] for row in after if row["member"] == "oh"] == ["NINA"]


def test_law_and_an_override_of_it_are_seen(world: list[Owned]) -> None:
    """What the law takes of ids, rows carry as pseudonyms; set aside until noon, at noon it is law again."""
    said = Override(
        by="oh", pack=PACK.id, rule="OH-2", concerns=DATASET_URN + "oh", reason="Counsel reads it narrowly.",
        issued=NOW - timedelta(days=1), until=NOW, hash="",
    )  # fmt: skip
    question = replace(LIST, columns=("party",))

    def under(now: datetime, *overrides: Override) -> list[Owned]:
        standing = [one for one in overrides if one.stands(now)]

        def narrowed(granted: Grant) -> Grant:
            agreement = granted.agreement
            law, _ = lift([PACK], standing, agreement=agreement, owner="oh", recipient_kind="committee")
            return apply_law(granted, law, "committee")

        return with_oh(world, lambda one: replace(one, grant=narrowed(one.grant)))  # type: ignore[arg-type]

    early = NOW - timedelta(seconds=1)
    owners = [world, under(early), under(early, said), under(NOW, said)]
    given = [answer(planned(question, each)) for each in owners]

    assert given == [anew(question, each) for each in owners]
    assert given[0] == given[2] != given[1] == given[3]


def test_the_day_is_seen(world: list[Owned]) -> None:
    birthday = datetime(2026, 11, 30, tzinfo=UTC)
    days = [birthday - timedelta(seconds=1), birthday]
    before, after = (answer(planned(COUNT, world, now=now)) for now in days)

    assert before != after
    assert [before, after] == [anew(COUNT, world, now=now) for now in days]


def test_a_key_of_pseudonyms_is_seen(world: list[Owned]) -> None:
    masked = with_oh(world, with_terms(columns={"voters.party": "plain"}))
    question = replace(LIST, columns=("party",))
    other = PSEUDONYMS | {"oh": b"o" * 32}
    before, after = (answer(planned(question, masked, keys=keys)) for keys in (PSEUDONYMS, other))

    assert before != after == anew(question, masked, keys=other)


def test_an_end_is_no_matter_of_what_is_kept(world: list[Owned]) -> None:
    """Whoever is not let in any more is in no key: its rows are gone from the same question."""
    assert {row["member"] for row in answer(planned(LIST, world))} == {"fl", "oh"}
    over = with_oh(world, lambda one: replace(one, grant=None))

    assert {row["member"] for row in answer(planned(LIST, over))} == {"fl"}
    late = planned(LIST, with_oh(world, with_terms(until=NOW)))
    assert {row["member"] for row in answer(late)} == {"fl"}


def test_each_connection_keeps_its_own(world: list[Owned]) -> None:
    here = planned(LIST, world)
    wanted = answer(here)

    def there() -> tuple[bool, Any]:
        made = planned(LIST, world)
        return made.kept is here.kept, answer(made)

    for _ in range(2):
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(there).result() == (False, wanted)


def test_what_was_asked_for_last_stays(world: list[Owned], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is put away leaves no table in the connection, and a plan that somebody still holds is read."""
    monkeypatch.setattr(kept, "MOST", 2)
    masked = with_oh(world, with_terms(columns={"voters.party": "plain"}))
    asked = [replace(LIST, columns=("party",), limit=limit) for limit in (7, 8, 9)]
    plans = [planned(question, masked) for question in asked]
    wanted = answer(plans[0])
    for _ in range(3):
        assert [answer(planned(question, masked)) for question in asked] == [wanted] * 3
    assert planned(asked[2], masked).kept is not plans[2].kept
    assert answer(plans[0]) == wanted

    names = {table.name for table in plans[0].kept.tables}
    assert names and names <= _views()
    plans[0].kept.withdraw()
    assert names.isdisjoint(_views())
    assert answer(plans[0]) == wanted


def _views() -> set[str]:
    found = ibis_engine().con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    return {name for (name,) in found}


def test_large_tables_are_put_away_sooner(world: list[Owned], monkeypatch: pytest.MonkeyPatch) -> None:
    scoped = with_oh(world, with_terms(scope={"party": frozenset(["NPA"])}))
    first = planned(LIST, scoped)
    assert first.kept.size > 0
    monkeypatch.setattr(kept, "MOST_BYTES", first.kept.size)
    planned(replace(LIST, limit=3), scoped)

    assert planned(LIST, scoped).kept is not first.kept
