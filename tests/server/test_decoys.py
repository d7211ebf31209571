"""Decoys stand in a recipient's counts, screens and files alike, in nothing of the owner's, at no door."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from django.utils import timezone
from world import MACHINE, World

from commonroll import at_rest
from commonroll.errors import Refusal
from commonroll.server import decoying
from commonroll.server.actions import decoys, questions, traces
from commonroll.server.models import Journal
from commonroll.server.permits import DatabasePermits
from commonroll.tracing import decoys as invented
from commonroll.tracing.keys import MarkKeys
from commonroll.transparency.leaves import check_leaf
from commonroll.views.question import Question

pytestmark = [pytest.mark.django_db, pytest.mark.vault]


@pytest.fixture
def salted(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Ohio's small roll hides twenty: more than a real one of its size would."""
    monkeypatch.setattr(invented, "MOST_SHARE", 0.1)
    decoys.make(home=world.home, owner=world.member("oh"), number=20, by=MACHINE)
    return world


def _count(world: World, viewer: str, by: tuple[str, ...] = ()) -> Any:
    return questions.count(
        home=world.home, viewer=world.member(viewer), purpose="gotv", where="state = 'OH'", by_columns=by,
        by=MACHINE,
    )  # fmt: skip


def _export(world: World, viewer: str) -> pa.Table:
    extract = questions.export(
        home=world.home, viewer=world.member(viewer), purpose="gotv", where="state = 'OH'", format="parquet",
        columns=("first_name", "last_name", "county_name"), by=MACHINE,
    )  # fmt: skip
    return pq.read_table(world.home.extracts / extract.file)


def _register(world: World) -> pa.Table:
    return invented.read(decoying.register_path(world.home.vaults / "oh"))


def test_the_owners_counts_are_the_same_and_a_recipients_equal_its_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _count(world, "oh").total, _count(world, "national").total
    monkeypatch.setattr(invented, "MOST_SHARE", 0.1)
    decoys.make(home=world.home, owner=world.member("oh"), number=20, by=MACHINE)
    ids = set(_register(world)["state_voter_id"].to_pylist())
    assert _count(world, "oh").total == before[0]
    assert not ids & set(_export(world, "oh")["state_voter_id"].to_pylist())
    copy = _export(world, "national")
    there = ids & set(copy["state_voter_id"].to_pylist())
    assert 0 < len(there) < 20
    assert _count(world, "national").total == copy.num_rows == before[1] + len(there)
    by_county = dict(_count(world, "national", ("county_name",)).grouped())
    assert sum(by_county.values()) == copy.num_rows
    counties = copy["county_name"].to_pylist()
    assert {name: counties.count(name) for (name,) in by_county} == {k: v for (k,), v in by_county.items()}


@pytest.mark.parametrize(
    ("purpose", "mode", "cause", "there"),
    [
        ("gotv", "view", "", True),
        ("gotv", "contact", "", False),
        ("mail", "export", "gotv", False),
        ("hygiene", "count", "", False),
    ],
)
def test_nobody_meets_or_writes_to_a_decoy(
    salted: World, purpose: str, mode: Any, cause: str, there: bool
) -> None:
    columns = ("first_name",) if mode != "count" else ()
    asked = Question("national", purpose, mode, columns=columns, cause=cause)
    assert any(one.marked.decoys for one in _owned(salted, asked)) == there


def _owned(world: World, asked: Question) -> Any:
    return DatabasePermits(world.home).permitted(asked, timezone.now()).owned


def test_the_log_commits_to_them_before_and_exports_name_the_key(salted: World) -> None:
    leaf = check_leaf(bytes(Journal.objects.get(log="oh", type="decoys").leaf))
    assert (leaf["count"], leaf["commitment"]) == ("20", invented.committed(_register(salted)))
    _export(salted, "national")
    rows = Journal.objects.filter(log="oh", type="export.intent")
    assert check_leaf(bytes(rows.get().leaf))["marks"]


def test_a_copy_without_scores_is_traced_by_them(salted: World, tmp_path: Path) -> None:
    pyarrow.csv.write_csv(
        _export(salted, "national").drop_columns(["member", "agreement"]), tmp_path / "leak.csv"
    )
    made = traces.make(home=salted.home, owner=salted.member("oh"), file=tmp_path / "leak.csv", by=MACHINE)
    layer = next(one for one in made.document["layers"] if one["layer"] == "decoy")
    # of twenty nobody can be named: that is said, and nobody is
    assert layer["positions"] > 0 and made.document["verdict"] in ("not enough", "named")
    assert {one["recipient"] for one in made.document["accused"]} <= {"national"}


def test_they_are_made_once(salted: World) -> None:
    with pytest.raises(Refusal, match="made already"):
        decoys.make(home=salted.home, owner=salted.member("oh"), number=5, by=MACHINE)


def test_the_law_can_refuse_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoying, "refused", lambda _law: True)
    with pytest.raises(Refusal, match="law of this state"):
        decoys.make(home=world.home, owner=world.member("oh"), number=5, by=MACHINE)


def test_what_tells_decoys_is_sealed_and_copies_lie_outside_of_the_vault(salted: World) -> None:
    vault = salted.home.vaults / "oh"
    _export(salted, "national")
    register, copies = decoying.register_path(vault), salted.home.copies / "oh" / "national"
    (first,) = copies.iterdir()
    assert at_rest.is_sealed(register) and not (vault / "marks" / "decoys" / "given").exists()
    for _ in range(decoying.KEPT):
        os.utime(register, ns=(register.stat().st_atime_ns, register.stat().st_mtime_ns + 1_000_000))
        _export(salted, "national")
    kept = list(copies.iterdir())
    assert len(kept) == decoying.KEPT and first not in kept
    (vault / "marks" / "decoys" / "given" / "national").mkdir(parents=True)
    decoying.tidy(salted.home)
    assert len(list(copies.iterdir())) == 1
    assert not (vault / "marks" / "decoys" / "given").exists(), "an older home's"
    MarkKeys(vault).burn(str(_register(salted)["key"][0]))
    decoying.tidy(salted.home)
    assert not list(salted.home.copies.glob("*/*"))
