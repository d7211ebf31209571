"""The vectors of the code: whoever writes it anew gets the same bits."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonroll.tracing.code import bias32, bit, commitment, embed_point, embed_tenth, selected, u64

KEY = hashlib.sha256(b"commonroll test mark key").digest()
VECTORS = {
    "GA000000001": (5924088582171696253, 1037103233, (1, 0, 1)),
    "GA000000002": (14912683876678442069, 3877979895, (1, 1, 1)),
    "GA000000003": (11151213575839828096, 2817969741, (0, 0, 1)),
    "GA000000004": (10704972161426408688, 2666347060, (1, 0, 1)),
    "GA000000005": (12177568299525012052, 3151650980, (1, 1, 1)),
}


@pytest.mark.parametrize("row", VECTORS)
def test_a_row_has_these_bits(row: str) -> None:
    drawn, bias, bits = VECTORS[row]
    assert u64(KEY, "bias", row) == drawn
    assert bias32(KEY, row) == bias
    assert tuple(bit(KEY, recipient, "2026", row) for recipient in ("natl", "tx", "oh")) == bits


def test_these_rows_carry_a_layer() -> None:
    chosen = [n for n in range(1, 201) if selected(KEY, "tenth", f"GA{n:09}", 50_000)]
    assert chosen == [41, 55, 58, 116, 129, 137, 157, 159, 174]


def test_a_log_commits_to_a_key() -> None:
    assert commitment(KEY) == "9b7512c61d4619000be0f75b4a1b3c894f81d8742c6c2c10e463fc70d3b686fb"


@given(st.integers(0, 1000), st.integers(0, 1))
def test_a_mark_is_read_back_and_moves_a_score_no_further_than_it_may(score10: int, b: int) -> None:
    tenth, point = embed_tenth(score10, b), embed_point(score10, b)
    assert tenth % 2 == b and 0 <= tenth <= 1000 and abs(tenth - score10) <= 1
    assert point // 10 % 2 == b and point % 10 == score10 % 10 and 0 <= point <= 1000
    assert abs(point - score10) in (0, 10)


def test_points_move_like_this() -> None:
    moved = {0: (0, 10), 7: (7, 17), 13: (3, 13), 468: (468, 478), 999: (989, 999), 1000: (1000, 990)}
    assert {score10: (embed_point(score10, 0), embed_point(score10, 1)) for score10 in moved} == moved
