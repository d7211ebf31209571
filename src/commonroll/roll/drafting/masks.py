"""What may be shown of a cell to somebody who need not see a person's data: its pattern, or a code."""

from __future__ import annotations

import re
from collections.abc import Mapping

CODE_LENGTH = 4
LONGEST = 24
_LETTERS = (
    (re.compile(r"[^\W\d_a-z]"), "A"),
    (re.compile(r"[^\W\d_A-Z]"), "a"),
    (re.compile(r"\d"), "9"),
)  # fmt: skip


def pattern(text: str) -> str:
    """The cell's pattern: A for a capital, a for another letter, 9 for a digit; signs stand as they are."""
    made = text
    for letter, mark in _LETTERS:
        made = letter.sub(mark, made)
    return made if len(made) <= LONGEST else f"{made[:LONGEST]}..."


def is_code(text: str, times: int) -> bool:
    """Whether a text is short enough and comes often enough to be a code, which says nothing of a person."""
    return len(text) <= CODE_LENGTH and times > 1


def masked(counted: Mapping[str, int], few: int) -> dict[str, str]:
    """What to show for each text: itself where the column is one of `few` codes, its pattern otherwise.

    A column with a longer text is none of codes: short names stand beside longer ones.
    """
    codes = len(counted) <= few and all(len(text) <= CODE_LENGTH for text in counted)
    return {
        text: text if codes and is_code(text, times) else pattern(text) for text, times in counted.items()
    }
