"""The gate's checks of districts that stand in lists beside the voters' files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import Protocol

from commonroll.roll.gate.checks import Check
from commonroll.roll.gate.figures import Counts
from commonroll.roll.layout.listed_places import SEVERAL, UNLISTED, UNNAMED
from commonroll.roll.layout.shape import Layout


class Named(Protocol):
    """A file of the delivery."""

    @property
    def name(self) -> str: ...

    @property
    def lines(self) -> int: ...


_SAID: Mapping[str, str] = {
    UNLISTED: "the place is in no list of the delivery, so that districts stay empty.",
    SEVERAL: "two districts are found where a voter has one, so that the column stays empty.",
    UNNAMED: "a district has a number that the delivered list of numbers does not have.",
}


def districts(
    layouts: Sequence[Layout], files: Sequence[Named], lost: Mapping[str, Counts]
) -> Iterator[Check]:
    """Warnings: lists that did not come along, voters whose place or district is in none of them."""
    names = [PurePosixPath(file.name).name.lower() for file in files if file.lines]
    beside = [one.places for one in layouts if one.places is not None]
    for pattern in dict.fromkeys(pattern for one in beside for pattern in one.lists):
        if not any(fnmatch(name, pattern.lower()) for name in names):
            said = f"The delivery has no {pattern}: districts that only this list tells stay empty."
            yield Check(f"list {pattern}", "warn", 0, 1, said)
    for reason, count in sorted(lost.get("voters.districts", {}).items()):
        said = f"For {'1 voter' if count == 1 else f'{count:,} voters'} {_SAID[reason]}"
        yield Check(f"districts {reason}", "warn", count, 0, said)
