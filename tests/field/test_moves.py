"""Turfs changed by hand: blocks go where it is said, only turfs that were named change, no door is lost."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_divide import walk

from commonroll.errors import Refusal
from commonroll.field import moves
from commonroll.field.divide import Size, divide
from commonroll.field.walks import order_of

SIZE = Size()


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    walk(tmp_path)
    divide(tmp_path, SIZE)
    return tmp_path


def turfs(folder: Path) -> dict[int, int]:
    of = pq.read_table(folder / "turfs.parquet")
    return dict(zip(of["door"].to_pylist(), of["turf"].to_pylist(), strict=True))


def beside(folder: Path) -> tuple[int, int, int]:
    """A block of turf 1 and a turf that touches it on the same street."""
    mine = moves.blocks(folder, SIZE, [1])
    for one in moves.blocks(folder, SIZE, range(2, 8)):
        for block in mine:
            if block.street == one.street:
                return block.id, block.doors, one.turf
    return mine[0].id, mine[0].doors, 2


def test_the_blocks_of_turfs_are_all_their_doors(cut: Path) -> None:
    found = moves.blocks(cut, SIZE, [1, 2])
    assert sum(one.doors for one in found) == sum(turf in (0, 1) for turf in turfs(cut).values())
    assert all(one.first <= one.last and one.doors <= 14 and one.turf in (1, 2) for one in found)
    assert all(turfs(cut)[one.id] == one.turf - 1 for one in found)


@pytest.mark.parametrize("even", [True, False])
def test_a_block_goes_to_the_turf_beside_and_two_turfs_change(cut: Path, even: bool) -> None:
    before, (block, doors, to) = turfs(cut), beside(cut)
    change = moves.put(cut, moves.given(cut, SIZE, [block], to, even=even), 2.0)
    after = turfs(cut)
    assert after[block] == to - 1 and set(change.turfs) == {1, to} and after.keys() == before.keys()
    assert all(after[door] == turf for door, turf in before.items() if turf not in (0, to - 1))
    for number, said in change.turfs.items():
        mine = [door for door, turf in after.items() if turf == number - 1]
        assert said is not None and said.doors == len(mine)
        assert sorted(order_of(cut, number).doors) == sorted(mine)
    if not even:
        assert len(change.before) == doors
    moves.put(cut, change.before, 2.0)
    assert turfs(cut) == before


def test_a_block_becomes_a_turf_of_its_own(cut: Path) -> None:
    before, (block, doors, _) = turfs(cut), beside(cut)
    change = moves.put(cut, moves.given(cut, SIZE, [block], None), 2.0)
    fresh = max(before.values()) + 2
    said = change.turfs[fresh]
    assert said is not None and said.doors == doors and set(change.turfs) == {1, fresh}


def test_divided_and_joined_again(cut: Path) -> None:
    before = turfs(cut)
    change = moves.put(cut, moves.divided(cut, SIZE, 3), 2.0)
    sizes = [one.doors for one in change.turfs.values() if one is not None]
    assert len(sizes) == 2 and min(sizes) >= 15 and 3 in change.turfs
    assert {turfs(cut)[door] for door, turf in before.items() if turf != 2} == set(before.values()) - {2}
    other = max(change.turfs)
    back = moves.put(cut, moves.merged(cut, [3, other]), 2.0)
    assert back.turfs[other] is None and turfs(cut) == before


def test_a_new_cut_leaves_what_is_kept_and_loses_no_door(cut: Path) -> None:
    before = turfs(cut)
    moves.put(cut, moves.given(cut, SIZE, [beside(cut)[0]], None), 2.0)
    moves.put(cut, moves.again(cut, SIZE, [2, 5], seed=3), 2.0)
    after = turfs(cut)
    assert after.keys() == before.keys()
    for kept in (1, 4):
        assert {d for d, t in after.items() if t == kept} == {d for d, t in before.items() if t == kept}
    assert set(after.values()) == set(range(max(after.values()) + 1))


def test_no_turf_crosses_a_border(tmp_path: Path) -> None:
    walk(tmp_path, unplaced=0)
    doors = pq.read_table(tmp_path / "doors.parquet")
    precinct = ["west" if n % 30 < 13 else "east" for n in range(doors.num_rows)]
    pq.write_table(doors.append_column("within", pa.array(precinct)), tmp_path / "doors.parquet")
    found = divide(tmp_path, SIZE)
    sides = [{precinct[door] for door in order_of(tmp_path, one.number).doors} for one in found]
    assert all(len(side) == 1 for side in sides) and len(found) >= 6


@pytest.mark.parametrize("wrong", [([], 2), ([10**6], 2), ([0], 99)])
def test_what_is_not_there_is_refused(cut: Path, wrong: tuple[list[int], int]) -> None:
    with pytest.raises(Refusal):
        moves.given(cut, SIZE, *wrong)


def test_a_turf_of_one_block_is_not_divided(tmp_path: Path) -> None:
    walk(tmp_path, doors=12, unplaced=0)
    pq.write_table(pq.read_table(tmp_path / "doors.parquet").slice(0, 1), tmp_path / "doors.parquet")
    divide(tmp_path, SIZE)
    with pytest.raises(Refusal, match="too few"):
        moves.divided(tmp_path, SIZE, 1)
