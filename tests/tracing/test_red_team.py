"""The red team of `bench_tracing` in small: leakers are named, nobody else; it reads as a trace does."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from bench import bench_view as base
from bench import leak_attacks, leak_cost, leak_own, leak_world
from tests.tracing import world as files

from commonroll.roll.engine import engine
from commonroll.tracing import decoys, marks
from commonroll.tracing.trace import trace

TRIALS = 20
SCORE = "score('turnout')"


@pytest.fixture(scope="module")
def world() -> leak_world.World:
    """A smaller file of which more rows are marked."""
    return leak_world.make(60_000, 12, 3_000, rate=marks.Rates(300_000, 150_000))


def test_leaks_with_scores_name_leakers_alone(world: leak_world.World) -> None:
    found = [leak_attacks.with_scores(world, seed, leakers=2) for seed in range(TRIALS)]
    assert sum(one.caught for one in found) >= TRIALS - 1
    assert not any(one.innocents for one in found)


def test_leaks_without_scores_name_leakers_alone(world: leak_world.World) -> None:
    found = [
        leak_attacks.without_scores(world, seed, decoys=3_000, leakers=2, share=1.0) for seed in range(TRIALS)
    ]
    assert sum(one.caught for one in found) >= TRIALS - 1
    assert not any(one.innocents for one in found)


def test_files_of_others_name_nobody(world: leak_world.World) -> None:
    assert not any(leak_attacks.not_ours(world, seed).named for seed in range(TRIALS))


def test_own_copies_give_no_marked_row_away() -> None:
    found = leak_own.given_away(300_000, spread=3)
    assert all(abs(one - 0.5) <= 0.025 for one in found.values()), found


@pytest.mark.parametrize("seed", [1, 2, 3, 7])
def test_it_reads_as_a_trace_does(seed: int, tmp_path: Path) -> None:
    """The same bits at the same positions, whatever the blur; the same scores of everybody."""
    world = files.World.make(tmp_path, 6_000, recipients=5)
    score = _score(world)
    values = score.copy(2)
    differ = np.zeros(len(values), bool)
    said = leak_attacks.blurred(np.random.default_rng(seed), values, differ)
    ids = pq.read_table(world.held.scored[0].path)["state_voter_id"].take(pa.array(score.rows))
    pyarrow.csv.write_csv(pa.table({"state_voter_id": ids, "x": said}), tmp_path / "leak.csv")
    (tmp_path / "work").mkdir()
    read = leak_attacks.read(score, said, np.ones(len(said), bool))
    for layer in trace(tmp_path / "leak.csv", world.held, tmp_path / "work").layers:
        y, seen = read.get(layer.layer, (differ, differ[: score.marked]))
        assert layer.positions == seen.sum()
        totals = leak_attacks.totals(score.p[seen], score.bits[:, seen], y[: len(seen)][seen])
        for number, who in enumerate(world.held.recipients):
            assert layer.scores.get(who, 0.0) == pytest.approx(totals[number], abs=1e-6)


def test_a_copy_differs_from_the_truth_in_marked_scores_and_decoys_alone(tmp_path: Path) -> None:
    """Cell by cell, of a file as it leaves."""
    own, table = leak_cost.roll(tmp_path, 8_000)
    nobody, mine = tmp_path / "nobody.parquet", tmp_path / "mine.parquet"
    pq.write_table(marks.MARKS.empty_table(), nobody)
    marks.marks([leak_world.KEY], "r1", "turnout", table, tmp_path / "at.parquet", mine)
    register = decoys.make(own["voters"], 160, leak_world.KEY, tmp_path / "d.parquet", today=base.NOW.date())
    theirs = decoys.given_to(register.path, leak_world.KEY, "r1", own, tmp_path / "given")
    assert set(theirs) == set(own)
    leak_cost.extract(own, nobody, tmp_path / "truth.parquet", "parquet")
    joined = {name: (*own[name], *theirs[name]) for name in own}
    leak_cost.extract(joined, mine, tmp_path / "copy.parquet", "parquet")
    truth, copy = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("truth", "copy"))
    decoy = pc.is_in(copy["state_voter_id"], value_set=pq.read_table(register.path)["state_voter_id"])
    assert 0 < pc.sum(decoy).as_py() < 160
    rest = copy.filter(pc.invert(decoy))
    for column in truth.column_names:
        if column != SCORE:
            assert rest[column].equals(truth[column]), column
    marked = set(pq.read_table(mine)["state_voter_id"].to_pylist())
    columns = truth["state_voter_id"], truth[SCORE], rest[SCORE]
    rows = zip(*(one.to_pylist() for one in columns), strict=True)
    moved = {one: abs(was - now) for one, was, now in rows if was != now}
    assert set(moved) <= marked and len(moved) > len(marked) / 3
    assert max(moved.values()) <= 1.0 + 1e-9
    assert abs(pc.mean(rest[SCORE]).as_py() - pc.mean(truth[SCORE]).as_py()) < 0.02


def _score(world: files.World) -> leak_world.Score:
    """What the files' owner holds, as the red team has it: all rows, the marked first."""
    table = pq.read_table(world.held.scored[0].path)
    row_of = {one: n for n, one in enumerate(table["state_voter_id"].to_pylist())}
    with closing(engine()) as con:
        marks.prepared(con)
        con.register("scored", table.append_column("anchor", pa.array([0] * len(table), pa.int16())))
        at = marks.positions(con, files.KEY, "turnout", "scored", marks.rates(len(table)))
        bits = [marks.bits(con, files.KEY, one, "turnout", at)["bit"] for one in world.held.recipients]
    rows = np.array([row_of[one] for one in at["state_voter_id"].to_pylist()])
    every = np.concatenate([rows, np.setdiff1d(np.arange(len(table)), rows)])
    truth = np.rint(table["value"].to_numpy() * 10).astype(np.int64)[every]
    points = at["layer"].to_numpy() == marks.POINT
    return leak_world.Score(every, truth, points, at["bias"].to_numpy() / 2**32, np.vstack(bits))
