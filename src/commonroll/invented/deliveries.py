"""In how many files a state hands out a product, and how it names them (`data/deliveries.csv`)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import numpy as np

from commonroll.invented.draw import Bools
from commonroll.invented.facts import Facts
from commonroll.invented.names import data_file
from commonroll.roll.layout.layout import Layout

STATUSES = ("ACTIVE", "INACTIVE", "CANCELED", "SUSPENSE")
ENDINGS = {"xlsx": "xlsx", "fixed": "txt"}


@dataclass(frozen=True)
class Piece:
    """One file of a product: its name, and which of the voters it holds."""

    name: str
    holds: Bools


@cache
def written_down() -> dict[tuple[str, str, str], tuple[str, str]]:
    with data_file("deliveries.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return {(row["state"], row["role"], row["variant"]): (row["name"], row["split"]) for row in rows}


def pieces(layout: Layout, voters: Facts, delivered: str) -> Iterator[Piece]:
    """The files of a product for `voters`, in order; every voter is in exactly one."""
    name, split = of_the_state(layout)
    if split == "county":
        yield from by_county(name, voters, delivered, ending(layout))
        return
    if split == "status":
        yield from by_status(name, voters)
        return
    _, _, count = split.partition(" ")
    parts = int(count or 1)
    part = np.arange(len(voters)) * parts // max(len(voters), 1)
    for number in range(parts):
        yield Piece(
            name.format(date=delivered, part=number + 1) if name else usual_name(layout, delivered),
            np.asarray(part == number),
        )


def of_the_state(layout: Layout) -> tuple[str, str]:
    """Name and split as written down; both empty where the layout, of another time, has other names."""
    known = written_down()
    exact = (layout.state, layout.role, layout.variant)
    name, split = known.get(exact) or known.get((layout.state, layout.role, "")) or ("", "")
    sample = re.sub(r"\{[^}]*\}", "1", name.replace("{ending}", ending(layout)))
    fits = any(fnmatch(sample.lower(), pattern.lower()) for pattern in layout.files)
    return (name, split) if fits else ("", "")


def by_county(name: str, voters: Facts, delivered: str, end: str) -> Iterator[Piece]:
    for index, county in enumerate(voters.geo.counties):
        said = {"COUNTY": county.name.upper(), "County": county.name, "number": f"{index + 1:02d}"}
        holds = np.asarray(voters.county == index)
        if holds.any():
            yield Piece(name.format(date=delivered, ending=end, **said), holds)


def by_status(name: str, voters: Facts) -> Iterator[Piece]:
    """A file for each status, as the state calls it; the temporary stand with the active."""
    for number, status in enumerate(STATUSES):
        holds = voters.roll.status % len(STATUSES) == number
        if holds.any():
            yield Piece(name.format(status=status), np.asarray(holds))


def ending(layout: Layout) -> str:
    """How the names of a product's files end."""
    listed = [Path(pattern).suffix.lstrip(".") for pattern in layout.files]
    return ENDINGS.get(layout.format.kind) or next((one for one in listed if one), "csv")


def usual_name(layout: Layout, delivered: str) -> str:
    """A name that the layout's first pattern allows, the day of delivery in the first open place."""
    pattern = layout.files[0] if layout.files else f"*.{ending(layout)}"
    if "." not in pattern:
        pattern = f"{pattern}.{ending(layout)}"
    dated = re.sub(r"(\[0-9\])+\*", delivered, pattern, count=1)
    # digits without more behind them are those of the year
    dated = re.sub(r"(\[0-9\])+", lambda found: delivered[4 - len(found[0]) // 5 : 4], dated)
    if dated == pattern:
        dated = pattern.replace("*", delivered, 1)
    plain = re.sub(r"\[![^]]*\]", "_", dated).replace("*", "")
    return re.sub(r"\[(.)[^]]*\]", r"\1", plain)
