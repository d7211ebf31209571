"""Where in a universe's text something is wrong, shown so that a person sees it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from commonroll.errors import Refusal

_WIDTH = 72


class Position(NamedTuple):
    """`offset` counts characters from 0; `line` and `column` from 1."""

    offset: int
    line: int
    column: int


class UniverseError(Refusal):
    """A universe that cannot be read; `position` says where, `excerpt` is the line with a caret below it."""

    def __init__(self, what: str, *, text: str, offset: int, next_step: str = "") -> None:
        self.position = position(text, offset)
        self.excerpt = excerpt(text, self.position)
        where = f"universe, line {self.position.line}, column {self.position.column}"
        super().__init__(what, where=where, next_step=next_step)

    def __str__(self) -> str:
        return f"{self.where}: {self.what}\n{self.excerpt}" + (
            f"\nNext: {self.next_step}" if self.next_step else ""
        )

    def as_dict(self) -> dict[str, str]:
        """The refusal and its place as JSON-ready strings: also `excerpt`, `offset`, `line`, `column`."""
        offset, line, column = (str(number) for number in self.position)
        return super().as_dict() | {
            "excerpt": self.excerpt, "offset": offset, "line": line, "column": column,
        }  # fmt: skip


def position(text: str, offset: int) -> Position:
    """The place of a character, an offset beyond the text being its end."""
    offset = max(0, min(offset, len(text)))
    start = text.rfind("\n", 0, offset) + 1
    return Position(offset, text.count("\n", 0, offset) + 1, offset - start + 1)


def excerpt(text: str, at: Position) -> str:
    """The line of `at`, cut to a readable width, and a caret under the place."""
    start = at.offset - (at.column - 1)
    end = text.find("\n", at.offset)
    line = text[start : len(text) if end < 0 else end]
    first = max(0, at.column - 1 - _WIDTH // 2)
    shown = "".join(c if c.isprintable() else " " for c in line[first : first + _WIDTH])
    return f"  {shown}\n  {' ' * (at.column - 1 - first)}^"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question that offers the nearest known name, empty if none is near."""
    spelled = {candidate.lower(): candidate for candidate in known}
    near = get_close_matches(name.lower(), list(spelled), n=1, cutoff=0.6)
    return f"Did you mean {spelled[near[0]]}?" if near else ""
