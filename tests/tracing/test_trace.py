"""A leak names its source, whatever was done to it; too little of it, or another's file, names nobody."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import pytest
from tests.tracing.world import World, roll

from commonroll.tracing import report
from commonroll.tracing.held import Held
from commonroll.tracing.trace import Traced, trace

Scores = npt.NDArray[np.float64]
DRAW = np.random.default_rng(7)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.make(tmp_path_factory.mktemp("world"), 10_000)


@pytest.fixture(scope="module")
def copies(world: World) -> list[pa.Table]:
    return list(world.copies(["r01", "r05", "r09"]))


def _traced(table: pa.Table, held: Held, tmp_path: Path) -> Traced:
    leaked = tmp_path / "leak.csv"
    pyarrow.csv.write_csv(table, leaked)
    work = tmp_path / "work"
    work.mkdir()
    return trace(leaked, held, work)


def _with(table: pa.Table, scores: Scores | pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index("turnout"), "turnout", pa.array(scores))


def _score(table: pa.Table) -> Scores:
    return np.asarray(table["turnout"].to_numpy())


DONE_TO_ONE: dict[str, Callable[[pa.Table], pa.Table]] = {
    "a fifth of the rows, sorted anew": lambda t: t.take(DRAW.permutation(len(t))[:3_000]),
    "rounded down": lambda t: _with(t, np.floor(_score(t))),
    "to the nearest, halves to the even": lambda t: _with(t, np.rint(_score(t))),
    "to the nearest, halves up, of a third": lambda t: _with(t, np.floor(_score(t) + 0.5)).slice(0, 5_000),
    "a point more": lambda t: _with(t, np.floor(_score(t)) + 1),
    "a third of the scores jittered": lambda t: _with(
        t, _score(t) + (DRAW.random(len(t)) < 0.3) * np.round(DRAW.uniform(-0.5, 0.5, len(t)), 1)
    ),
    "as shares of one": lambda t: _with(t, np.round(_score(t) / 100, 3)),
    "with commas, as texts": lambda t: _with(
        t, pa.array([f"{one:.1f} %".replace(".", ",") for one in _score(t)])
    ),
    "renamed": lambda t: t.rename_columns(["k", "given", "family", "dob", "street", "zip", "x1"]),
    "zeros lost": lambda t: t.set_column(
        0, "id", pa.array([one.lstrip("0") for one in t["state_voter_id"].to_pylist()])
    ),
    "without ids": lambda t: t.drop_columns("state_voter_id").slice(0, 4_000),
    "with made-up ids": lambda t: t.set_column(0, "id", pa.array([f"X{n}" for n in range(len(t))])),
}  # fmt: skip


@pytest.mark.parametrize("done", DONE_TO_ONE)
def test_a_copy_names_its_recipient(done: str, world: World, copies: list[pa.Table], tmp_path: Path) -> None:
    found = _traced(DONE_TO_ONE[done](copies[1]), world.held, tmp_path)
    assert (found.verdict, found.accused) == ("named", ("r05",))


MIXED: dict[str, Callable[[Scores], Scores]] = {
    "row by row": lambda s: s[DRAW.integers(0, 3, s.shape[1]), np.arange(s.shape[1])],
    "the mean": lambda s: np.asarray(s.mean(axis=0)),
}


@pytest.mark.parametrize("mixed", MIXED)
def test_three_copies_mixed_name_recipients_among_the_three(
    mixed: str, world: World, copies: list[pa.Table], tmp_path: Path
) -> None:
    scores = MIXED[mixed](np.vstack([_score(one) for one in copies]))
    found = _traced(_with(copies[0], scores), world.held, tmp_path)
    assert found.accused and set(found.accused) <= {"r01", "r05", "r09"}


def test_ten_rows_are_not_enough(world: World, copies: list[pa.Table], tmp_path: Path) -> None:
    assert _traced(copies[0].slice(0, 10), world.held, tmp_path).verdict == "not enough"


def test_the_owners_own_file_names_nobody(world: World, copies: list[pa.Table], tmp_path: Path) -> None:
    own = pa.parquet.read_table(world.held.scored[0].path)
    found = _traced(_with(copies[0], own["value"].combine_chunks()), world.held, tmp_path)
    assert found.verdict == "nobody" and found.layers[0].positions > 500


def test_a_file_that_never_came_from_here_names_nobody(world: World, tmp_path: Path) -> None:
    foreign = pa.parquet.read_table(roll(tmp_path / "other.parquet", 3_000, seed=99))
    foreign = foreign.select(["state_voter_id", "first_name", "last_name", "birth_date", "residence_line1"])
    foreign = foreign.append_column("turnout", pa.array(np.round(DRAW.random(3_000) * 100, 1)))
    found = _traced(foreign, world.held, tmp_path)
    assert found.verdict == "nobody" and found.leak.matched == 0


def test_scores_cut_to_tens_or_gone_cannot_be_read(
    world: World, copies: list[pa.Table], tmp_path: Path
) -> None:
    for number, leaked in enumerate(
        (_with(copies[0], np.floor(_score(copies[0]) / 10) * 10), copies[0].drop_columns("turnout"))
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = _traced(leaked, world.held, folder)
        assert found.verdict == "not enough"
        assert all(layer.why_not for layer in found.layers)


def test_json_is_read_as_well(world: World, copies: list[pa.Table], tmp_path: Path) -> None:
    leaked = tmp_path / "leak.json"
    rows = copies[2].slice(0, 5_000).cast(pa.schema([(n, pa.string()) for n in copies[2].column_names]))
    leaked.write_text(json.dumps(rows.to_pylist()))
    (tmp_path / "work").mkdir()
    assert trace(leaked, world.held, tmp_path / "work").accused == ("r09",)


def test_the_report_says_what_was_done_and_what_was_not(
    world: World, copies: list[pa.Table], tmp_path: Path
) -> None:
    found = _traced(copies[0].slice(0, 6_000), world.held, tmp_path)
    said = report.document(found, world.held.keys, owner="ga", at="2026-11-28T00:00:00Z")
    assert [one["recipient"] for one in said["accused"]] == ["r01"]
    assert "at most 1 in a million" in said["sentence"]
    assert said["best_of_the_others"]["bound_ln"] > said["threshold_ln"]
    text, page = report.as_markdown(said), report.as_html(said)
    for part in ("r01", said["keys"][0]["commitment"], "What was not done", "may have been stolen"):
        assert part in text and part in page
    assert "guilty" not in text and KEY_HEX not in report.as_json(said).decode()
    opened = report.document(found, world.held.keys, owner="ga", at="x", opened=True)
    assert opened["keys"][0]["secret"] == KEY_HEX
    names = {row[2] for row in csv.reader((tmp_path / "leak.csv").open()) if row[2] != "last_name"}
    assert not any(name in text for name in list(names)[:500])


KEY_HEX = bytes(range(32)).hex()
