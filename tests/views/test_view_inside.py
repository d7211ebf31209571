"""Rows of large rolls, held against the terms by a bit for each line: the same rows as by joins."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from view_rolls import ELECTION, NOW, grant, owned, tables, voter

from commonroll.agreements.universe import OneOf, Voted
from commonroll.roll.engine import ibis_engine
from commonroll.views import inside
from commonroll.views.counts import count
from commonroll.views.export import rows
from commonroll.views.kept import forget
from commonroll.views.view import Owned, Plan, Question, plan

VOTED = Voted(date(2024, 11, 5))


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(inside, "LEAST", 0)
    inside._kept.clear()
    yield
    inside._kept.clear()


def owner(folder: Path, key: str, **terms: Any) -> Owned:
    """Seventy voters in two files: every third voted, every fifth a Democrat, one removed, one a minor."""
    halves = []
    for half in (0, 1):
        people = [
            voter(f"{n:03}", party="DEM" if n % 5 == 0 else None) for n in range(half * 40, 40 + half * 30)
        ]
        people[3] |= {"status": "removed"}
        people[2] |= {"birth_date": date(2012, 1, 1), "birth_year": 2012}
        voted = [{"state_voter_id": f"{n:03}", "election_date": VOTED.on} for n in range(0, 70, 3)]
        halves.append(tables(folder / str(half), key, people, history=[] if half else voted))
    files = {name: paths + halves[1].files[name] for name, paths in halves[0].files.items()}
    return owned(replace(halves[0], files=files), grant(key, **terms))


def ids(owners: list[Owned], **asked: Any) -> set[tuple[str, str]]:
    question = Question("national", "gotv", "view", columns=("state_voter_id",), **asked)
    table = rows(plan(ibis_engine(), question, owners, denied={}, names={}, now=NOW))
    return set(zip(table["member"].to_pylist(), table["state_voter_id"].to_pylist(), strict=True))


def test_the_same_rows_as_by_joins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owners = [
        owner(tmp_path / "a", "fl", universe=OneOf("voters.party", ("DEM",))),
        owner(tmp_path / "b", "oh", universe=VOTED),
        owner(tmp_path / "c", "wa"),
    ]
    by_bits = ids(owners)
    monkeypatch.setattr(inside, "LEAST", 10**9)

    assert by_bits == ids(owners)
    assert {n for key, n in by_bits if key == "fl"} == {f"{n:03}" for n in range(0, 70, 5)}


def test_nothing_is_kept_but_under_all_that_it_follows_from(tmp_path: Path) -> None:
    one = owner(tmp_path, "oh", universe=VOTED)
    assert len(ids([one])) == 22  # of 24 that voted, one is removed, one a minor
    other = replace(one, grant=grant("oh", universe=OneOf("voters.party", ("DEM",))))
    assert len(ids([other])) == 14
    assert len(ids([replace(one, election_day=date(2030, 1, 1))])) == 23
    assert ids([replace(one, grant=grant("oh", scope={"party": frozenset(["DEM"])}))]) == ids([other])
    assert one.election_day == ELECTION and len(inside._kept) == 4
    question = Question("national", "gotv", "count", by=("status",))
    counted = count(plan(ibis_engine(), question, [one], denied={}, names={}, now=NOW))
    assert (counted.total, len(inside._kept)) == (23, 5)


def test_what_was_asked_for_last_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "MOST_KEPT", 0)
    one, other = (owner(tmp_path / key, key, universe=VOTED) for key in ("oh", "fl"))
    for each in (one, other, one):
        forget(ibis_engine())
        assert len(ids([each])) == 22
    assert [files[0] for files, *_ in inside._kept] == [one.tables.files["voters"]]


def test_rows_come_in_one_order_whatever_the_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids of one file are out of order, and a page ends in the middle of an owner."""
    people = [voter(f"{(n * 37) % 70:03}", party="DEM" if n % 5 == 0 else None) for n in range(70)]
    limited = grant("oh", universe=OneOf("voters.party", ("DEM",)))
    single = [owned(tables(tmp_path / "s", "oh", people), limited)]
    single.append(owned(tables(tmp_path / "t", "wa", people), grant("wa")))
    several = [owner(tmp_path / "u", "fl", universe=VOTED), owner(tmp_path / "v", "wa")]

    by_id, party = ("state_voter_id",), ("party",)
    for owners, columns in ((single, by_id), (several, by_id), (single, party)):
        question = Question("national", "gotv", "view", columns=columns, limit=30)
        found = []
        for least in (0, 10**9):
            monkeypatch.setattr(inside, "LEAST", least)
            made = plan(ibis_engine(), question, owners, denied={}, names={}, now=NOW)
            assert made.ordered.columns == made.expression.columns
            assert "file_no" not in made.ordered.columns
            found.append([row | {"agreement": None} for row in rows(made).to_pylist()])
        assert found[0] == found[1] and len(found[0]) == 30


def test_words_lie_in_the_connection_while_an_expression_names_them(tmp_path: Path) -> None:
    one, con = owner(tmp_path, "oh", universe=VOTED), ibis_engine()
    forget(con)
    others = lying()  # tables that tests of other modules left
    question = Question("national", "gotv", "count", by=("status",))

    def asked(of: Question) -> Plan:
        return plan(con, of, [one], denied={}, names={}, now=NOW)

    first, other = asked(question), asked(replace(question, by=("status", "party")))
    assert {op.name for op in first.kept.tables} == {op.name for op in other.kept.tables} == lying() - others
    first.kept.withdraw()
    assert count(first).total == 23

    del first, other
    forget(con)
    gc.collect()
    asked(replace(question, by=("party",)))
    assert len(lying() - others) == 1


def lying() -> set[str]:
    found = ibis_engine().con.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    return {name for (name,) in found}
