"""Streets as people write them, from the capitals of the matching keys."""

from __future__ import annotations

import re

DIRECTIONS = frozenset({"N", "S", "E", "W", "NE", "NW", "SE", "SW"})
_WORD = re.compile(r"[A-Z0-9']+")


def street(text: str) -> str:
    """`FOX HOLLOW RD SE` as `Fox Hollow Rd SE`, `1ST ST` as `1st St`."""
    return _WORD.sub(lambda word: word[0] if word[0] in DIRECTIONS else word[0].capitalize(), text.upper())
