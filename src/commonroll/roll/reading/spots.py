"""A spot: which line of which part, in one whole number, so that the engine carries a single key per line."""

from __future__ import annotations

LINE_WIDTH = 40
LINE_BITS = (1 << LINE_WIDTH) - 1


def spot(part: int, line: int) -> int:
    """Line `line` of part `part`."""
    return part << LINE_WIDTH | line


def part_of(spot: int) -> int:
    """The part's number."""
    return spot >> LINE_WIDTH


def line_of(spot: int) -> int:
    """The line's number in its file, the first is 1."""
    return spot & LINE_BITS
