"""Counties: the us-atlas names and FIPS codes, and each state's own codes for them.

`layouts/us/counties.csv` holds the 3,231 counties of us-atlas (U.S. Census Bureau, public domain);
`layouts/<st>/counties.csv` says which codes a state's files use. Several codes may mean one county.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from commonroll.errors import Refusal

LAYOUTS = Path(__file__).parent.parent / "layouts"


@dataclass(frozen=True)
class County:
    """A county: five-digit FIPS code and the name us-atlas gives it."""

    fips: str
    name: str


@cache
def all_counties() -> Mapping[str, str]:
    """FIPS code to name, every county of the United States."""
    return MappingProxyType({row["fips"]: row["name"] for row in _rows(LAYOUTS / "us" / "counties.csv")})


@cache
def counties_of(state: str, folder: Path = LAYOUTS) -> Mapping[str, County]:
    """The state's own county codes (keys as published) and the counties they mean.

    Raises Refusal where the list names a county that us-atlas does not know, or repeats a code.
    """
    path = folder / state.lower() / "counties.csv"
    found: dict[str, County] = {}
    for row in _rows(path):
        county = County(row["fips"], row["name"])
        if row["code"] in found or all_counties().get(county.fips) != county.name:
            raise Refusal(
                f"county code {row['code']!r} is repeated, or its county is not one of us-atlas",
                where=f"{state.lower()}/counties.csv",
                next_step="take FIPS code and name from us/counties.csv",
            )
        found[row["code"]] = county
    return MappingProxyType(found)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
