"""What a file's order and the form of its numbers hint at, and that nobody is accused by it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from tests.tracing.world import KEY, World

from commonroll.roll.engine import engine
from commonroll.tracing import hints, report
from commonroll.tracing.hints import FORM, ORDER, Sent
from commonroll.tracing.trace import Traced, trace
from commonroll.views.hints import Hint, in_order, written

SENT = [Sent(f"r{n:02}", f"file-{n}-{of}", "2026-10-05", ("turnout",)) for n in range(20) for of in range(3)]
DRAW = np.random.default_rng(3)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World.make(tmp_path_factory.mktemp("world"), 10_000)
    return replace(made, held=replace(made.held, sent=SENT))


def _left(table: pa.Table, sent: Sent) -> pa.Table:
    """The rows as that file had them."""
    hint = _hint(sent)
    with closing(engine()) as cursor:
        con = ibis.duckdb.from_connection(cursor)
        rows = ibis.memtable(table.append_column("owner_no", pa.array([1] * len(table), pa.int16())))
        found = con.to_pyarrow(in_order(rows, ["ga"], {"ga": hint}, "state_voter_id").drop("owner_no"))
    return written(found, hint.digits)


def _hint(sent: Sent) -> Hint:
    return hints.given(KEY, sent.recipient, sent.name, {"turnout": "turnout"})


def _traced(world: World, tmp_path: Path, leak: pa.Table) -> Traced:
    pyarrow.csv.write_csv(leak, tmp_path / "leak.csv")
    (tmp_path / "work").mkdir()
    return trace(tmp_path / "leak.csv", world.held, tmp_path / "work")


def _suggested(found: Traced, way: str) -> Sequence[Sent]:
    return [sent for hint in found.hints if hint.way == way for sent in hint.sent]


def test_a_few_rows_in_a_files_order_suggest_it_and_accuse_nobody(world: World, tmp_path: Path) -> None:
    some = np.sort(DRAW.choice(10_000, 60, replace=False))
    left = _left(world.copy("r05"), SENT[16]).take(some).drop_columns("turnout")
    found = _traced(world, tmp_path, left)
    assert _suggested(found, ORDER) == [SENT[16]]
    assert (found.verdict, found.accused) == ("not enough", ())
    said = report.document(found, [KEY], owner="ga", at="2026-11-28T00:00:00Z")
    assert said["accused"] == [] and said["hints"][0]["recipients"] == ["r05"]
    text = report.as_markdown(said)
    assert "## Hints, not evidence" in text and "r05: its rows come in the order of a file" in text


def test_files_set_one_after_another_suggest_both(world: World, tmp_path: Path) -> None:
    copies = [_left(world.copy(f"r{n:02}"), SENT[3 * n]).drop_columns("turnout") for n in (2, 9)]
    found = _traced(world, tmp_path, pa.concat_tables([copies[0].slice(0, 2_000), copies[1].slice(0, 2_000)]))
    assert set(_suggested(found, ORDER)) == {SENT[6], SENT[27]} and found.accused == ()


def test_a_file_that_was_sorted_otherwise_hints_at_no_order(world: World, tmp_path: Path) -> None:
    found = _traced(world, tmp_path, _left(world.copy("r05"), SENT[15]).sort_by("state_voter_id"))
    assert _suggested(found, ORDER) == [] and found.accused == ("r05",)


def test_what_a_sort_leaves_as_it_was_still_hints(world: World, tmp_path: Path) -> None:
    """Rows with the same score stay in the file's order."""
    found = _traced(world, tmp_path, _left(world.copy("r05"), SENT[15]).sort_by("turnout"))
    assert _suggested(found, ORDER) == [SENT[15]]


def test_another_file_is_suggested_as_seldom_as_is_said(world: World) -> None:
    """An order that no file has, 300 times over: one in a thousand would be suggested by chance."""
    ids = world.copy("r00")["state_voter_id"].combine_chunks()
    wrong = 0
    with closing(engine()) as con:
        for _ in range(300):
            some = ids.take(DRAW.choice(len(ids), 200, replace=False))
            con.register("one", pa.table({"state_voter_id": some, "line": range(len(some))}))
            con.execute("CREATE OR REPLACE TEMP TABLE traced AS SELECT * FROM one")
            wrong += len(hints.by_order(con, [KEY], SENT))
    assert wrong <= 3


def test_the_form_of_numbers_leaves_those_who_had_it(world: World, tmp_path: Path) -> None:
    sent = next(one for one in SENT if _hint(one).digits["turnout"] == 2)
    found = _traced(world, tmp_path, _left(world.copy(sent.recipient), sent))
    alike = _suggested(found, FORM)
    assert sent in alike and 0 < len(alike) < len(SENT)
    assert {_hint(one).digits["turnout"] for one in alike} == {2}
    assert found.accused == (sent.recipient,)


def test_a_file_that_was_saved_anew_hints_by_no_form(world: World, tmp_path: Path) -> None:
    found = _traced(world, tmp_path, world.copy("r05"))
    assert _suggested(found, FORM) == []


def test_no_value_changes() -> None:
    scores = pa.table({"a": [61.5, 61.0, None, 100.0, 0.1], "b": [0.25, 1.0, 2.0, 3.0, None]})
    found = written(scores, {"a": 3, "b": 3})
    assert found["a"].cast(pa.float64()).to_pylist() == scores["a"].to_pylist()
    assert found["b"].type == pa.float64()  # two decimals are no shared score's: left as they are


def test_places_of_an_order_are_the_same_with_every_engine() -> None:
    """An engine whose hash is another one takes the hint away of files that left before."""
    with closing(engine()) as con:
        found = con.execute("SELECT hash('00112233445566770GA000000001')").fetchall()
    assert found == [(3_160_795_192_107_073_513,)]
