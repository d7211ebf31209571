"""Marks of a whole roll are those of the code, row by row; keys are made once and burnt for good."""

import hashlib
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.tracing import code, marks
from commonroll.tracing.keys import MarkKey, MarkKeys
from commonroll.tracing.score import ERROR, Bound, line, needed, weights

KEY = MarkKey("2026", hashlib.sha256(b"commonroll test mark key").digest())
OLD = MarkKey("2025", hashlib.sha256(b"last year").digest())
VERSIONS = ("2025-12-30.aa", "2026-01-02.bb", "2026-11-03.cc")


def _scored(path: Path, rows: int = 3_000) -> Path:
    ids = [f"GA{n:09}" for n in range(1, rows + 1)]
    versions = [VERSIONS[n % 3] for n in range(rows)]
    values = [None if n % 50 == 0 else n % 1001 / 10 for n in range(rows)]
    pq.write_table(pa.table({"state_voter_id": ids, "version": versions, "value": values}), path)
    return path


def test_the_engine_marks_as_the_code_does(tmp_path: Path) -> None:
    table = _scored(tmp_path / "turnout.parquet")
    marks.marks((OLD, KEY), "natl", "turnout", table, tmp_path / "at.parquet", tmp_path / "natl.parquet")
    rate = marks.rates(3_000)
    expected = []
    for row in pq.read_table(table).to_pylist():
        row_id, version = row["state_voter_id"], row["version"]
        key = (KEY if version.startswith("2026") else OLD).secret
        for layer in (marks.POINT, marks.TENTH):
            said = marks.label(layer, "turnout", version)
            if row["value"] is not None and code.selected(key, said, row_id, getattr(rate, layer)):
                bit = code.bit(key, "natl", marks.epoch("turnout", version), row_id)
                embed = code.embed_point if layer == marks.POINT else code.embed_tenth
                tenths = round(row["value"] * 10)
                shift = embed(tenths, bit) - tenths
                expected.append({"state_voter_id": row_id, "layer": layer, "bit": bit, "shift": shift})
                break
    assert len(expected) > 500
    assert pq.read_table(tmp_path / "natl.parquet").to_pylist() == expected


def test_positions_are_chosen_once_for_all_recipients(tmp_path: Path) -> None:
    table, kept = _scored(tmp_path / "turnout.parquet"), tmp_path / "at.parquet"
    for who in ("natl", "oh"):
        marks.marks((KEY,), who, "turnout", table, kept, tmp_path / f"{who}.parquet")
    one, other = (pq.read_table(tmp_path / f"{who}.parquet") for who in ("natl", "oh"))
    assert one["state_voter_id"] == other["state_voter_id"]
    assert one["bit"] != other["bit"]


def test_biases_are_those_of_the_code() -> None:
    drawn = np.array([code.u64(KEY.secret, "bias", str(n)) for n in range(2_000)], np.uint64)
    assert marks.biases(drawn).tolist() == [code.bias_of(int(one)) for one in drawn]


def test_small_rolls_carry_more_marks() -> None:
    assert marks.rates(1_000_000) == marks.Rates(50_000, 10_000)
    assert marks.rates(5_000) == marks.Rates(200_000, 40_000)
    assert marks.rates(10) == marks.Rates(300_000, 300_000)


# Keys


def test_a_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    keys = MarkKeys(tmp_path)
    made = keys.make("2026")
    assert keys.make("2026") == made and len(made.secret) == 32
    path = tmp_path / "marks" / "keys" / "2026.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["2026.key"]


def test_a_burnt_key_traces_and_marks_no_more(tmp_path: Path) -> None:
    keys = MarkKeys(tmp_path)
    first = keys.make("2026")
    keys.burn("2026")
    second = keys.make("2026")
    assert (second.name, second.secret == first.secret) == ("2026.2", False)
    assert [(key.name, key.burnt) for key in keys.every()] == [("2026", True), ("2026.2", False)]
    with pytest.raises(Refusal, match="no mark key"):
        keys.burn("2027")


# Scores


def _world(m: int, recipients: int, seed: int) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    draw = np.random.default_rng(seed)
    p = marks.biases(draw.integers(0, 2**63, m, np.uint64) * np.uint64(2)) / 2**32
    return p, (draw.random((recipients, m)) < p).astype(int)


@pytest.mark.parametrize(("leakers", "m"), [(1, 300), (3, 1_600)])
def test_leakers_are_named_and_nobody_else(leakers: int, m: int) -> None:
    for seed in range(5):
        p, x = _world(m, 60, seed)
        mixed = np.random.default_rng(seed + 100).integers(0, leakers, m)
        y = x[mixed, np.arange(m)]
        one, zero = weights(p, y)
        bound = Bound.of(p, y)
        said = [bound.log(float(np.where(row == 1, one, zero).sum())) for row in x]
        named = {i for i, log in enumerate(said) if log < line(60, 3)}
        assert named and named <= set(range(leakers))


def test_the_bound_is_no_less_than_what_innocents_do() -> None:
    """On few positions, where a normal approximation is bad: counted over every way the bits can fall."""
    p = np.array([0.0007, 0.002, 0.3, 0.9, 0.99, 0.5, 0.05, 0.995])
    y = np.array([1, 1, 0, 1, 0, 1, 1, 0])
    one, zero = weights(p, y)
    ways = np.array([[n >> j & 1 for j in range(8)] for n in range(256)])
    chance = np.where(ways == 1, p, 1 - p).prod(axis=1)
    scores = np.where(ways == 1, one, zero).sum(axis=1)
    bound = Bound.of(p, y)
    for s in scores[scores > 0]:
        assert np.log(chance[scores >= s - 1e-12].sum()) <= bound.log(float(s)) + 1e-9


def test_more_leakers_and_recipients_need_more_positions() -> None:
    assert [needed(c, 60) for c in (1, 3, 5)] == [180, 1_600, 4_420]
    assert line(60, 3) == pytest.approx(np.log(ERROR / 180))


def test_the_engine_has_the_vectors_of_the_code() -> None:
    with closing(engine()) as con:
        marks.prepared(con)
        inner, outer = marks.keyed(KEY.secret)
        said = con.execute(
            "SELECT commonroll_u64($i, $o, 'bias', 'GA000000001')", {"i": inner, "o": outer}
        ).fetchall()
    assert said == [(5924088582171696253,)]
