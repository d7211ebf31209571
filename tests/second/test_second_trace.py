"""The report is the same by a second, slow implementation of the method."""

from __future__ import annotations

from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from second_trace import log_bound, positions, score
from tests.tracing.world import KEY, World

from commonroll.tracing.marks import rates
from commonroll.tracing.trace import trace


def test_scores_and_bounds_are_the_same(tmp_path: Path) -> None:
    world = World.make(tmp_path, 3_000, recipients=4)
    copy = world.copy("r02").slice(0, 900)
    pyarrow.csv.write_csv(copy, tmp_path / "leak.csv")
    (tmp_path / "work").mkdir()
    found = trace(tmp_path / "leak.csv", world.held, tmp_path / "work")
    values = {
        row["state_voter_id"]: (row["version"], row["value"])
        for row in pq.read_table(world.held.scored[0].path).to_pylist()
    }
    said = {row["state_voter_id"]: row["turnout"] for row in copy.to_pylist()}
    rate = rates(3_000)
    seen = positions(KEY.secret, "turnout", values, said, {"tenth": rate.tenth, "point": rate.point})
    for layer in found.layers:
        at = seen[layer.layer]
        assert layer.positions == len(at) > 0
        for who in world.held.recipients:
            total = score(KEY.secret, "turnout", who, at)
            assert layer.scores[who] == pytest.approx(total, abs=1e-6)
            assert layer.logs[who] == pytest.approx(log_bound(KEY.secret, total, at), abs=1e-6)
    assert found.accused == ("r02",)
