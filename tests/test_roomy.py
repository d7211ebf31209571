"""Deep calls find room on the stack, and what is called stays what it was."""

from __future__ import annotations

import pytest

from commonroll.roomy import SLOTS, roomy


@roomy
def deep(levels: int) -> int:
    """How deep it went."""

    def down(left: int) -> int:
        return 0 if not left else 1 + down(left - 1)

    return down(levels)


def test_a_call_is_the_call_it_was() -> None:
    assert deep(500) == 500
    assert (deep.__name__, deep.__doc__) == ("deep", "How deep it went.")


def test_an_error_comes_through() -> None:
    def fails(why: str) -> None:
        raise ValueError(why)

    with pytest.raises(ValueError, match="of its own"):
        roomy(fails)(why="of its own")


def test_the_frame_leaves_more_than_a_thousand_frames_of_room() -> None:
    assert roomy(len).__code__.co_stacksize == SLOTS  # type: ignore[attr-defined]
    taken = 8 * SLOTS
    chunk = 1 << (taken - 1).bit_length()
    assert chunk - taken > 1000 * 256
