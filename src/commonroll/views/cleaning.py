"""Words of list hygiene: who is gone, double or not at home is counted, and no list is selected by it."""

from __future__ import annotations

import re

_CLEANING = re.compile(
    r"(^|[_.-])(moved?|mover|deceased|died|dead|death|duplicates?|dropped|purged?|challenged?|match(ed|es)?|ncoa"
    r"|not[_.-]?home|vacant|undeliverable|returned[_.-]mail|ineligible|non[_.-]?citizen)([_.-]|$)"
)


def cleans(code: str) -> bool:
    """Whether a code, by its words, says who is gone, double or not at home."""
    return _CLEANING.search(code) is not None
