"""What a diff came to: counts of voters in total, per county, and from which party or status to which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PLACE = ("county_fips", "county_name")
TURNS = ("party", "status")
"""Columns of `voters` of which a diff says from what to what they turned."""

Turned = Mapping[tuple[str, str], int]
"""(before, after) -> voters; '' stands for no value."""


@dataclass(frozen=True)
class DiffReport:
    """Counts of changes from snapshot `old` to `new`: in total and per county.

    `total`: kind -> voters. `counties`: (FIPS code, name) -> kind -> voters; the county is the new one, of
    dropped voters the last one. `turns`: column of TURNS -> who turned from what to what; `county_turns` the
    same per county.
    """

    member: str
    old: int
    new: int
    total: Mapping[str, int]
    counties: Mapping[tuple[str, str], Mapping[str, int]]
    turns: Mapping[str, Turned]
    county_turns: Mapping[tuple[str, str], Mapping[str, Turned]]

    def as_dict(self) -> dict[str, Any]:
        """The report, JSON-ready."""
        counties = [
            {"fips": fips, "name": name, **n, **_listed(self.county_turns[fips, name])}
            for (fips, name), n in self.counties.items()
        ]
        whole = {**self.total, **_listed(self.turns)}
        return {"member": self.member, "from": self.old, "to": self.new, **whole, "counties": counties}


def report_of(
    member: str, old: int, new: int, kinds: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> DiffReport:
    """The report of the counts that `diff.counts` found."""
    counties: dict[tuple[str, str], dict[str, int]] = {}
    turns: dict[str, Counter[tuple[str, str]]] = {column: Counter() for column in TURNS}
    county_turns: dict[tuple[str, str], dict[str, Counter[tuple[str, str]]]] = {}
    for row in rows:
        place = (row[PLACE[0]] or "", row[PLACE[1]] or "")
        summed = counties.setdefault(place, dict.fromkeys(kinds, 0))
        turned = county_turns.setdefault(place, {column: Counter() for column in TURNS})
        for kind in kinds:
            summed[kind] += row[kind]
        for column in TURNS:
            if (was := row[f"{column}_was"]) is not None:
                for counter in (turns[column], turned[column]):
                    counter[was, row[f"{column}_is"]] += row[f"changed_{column}"]
    total = {kind: sum(n[kind] for n in counties.values()) for kind in kinds}
    return DiffReport(member, old, new, total, counties, turns, county_turns)


def _listed(turns: Mapping[str, Turned]) -> dict[str, list[dict[str, Any]]]:
    """Under `party_turns` and `status_turns`: from, to, voters; the most first."""
    return {
        f"{column}_turns": [
            {"from": was, "to": now, "voters": n}
            for (was, now), n in sorted(turned.items(), key=lambda one: (-one[1], one[0]))
        ]
        for column, turned in turns.items()
    }
