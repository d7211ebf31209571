"""Turfs that were cut within borders and would cross one after a change by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.field.files import DOORS, turf_of

WITHIN = "within"
"""Column of a cut's doors: their precinct, county or district, where its turfs keep within one."""


def crossed(folder: Path, after: Mapping[int, int]) -> list[int]:
    """Turfs (from 1) that hold doors of several sides of a border once these doors (door -> turf from 0) went
    there, and did not before. Of a cut without borders none."""
    file = folder / DOORS
    if WITHIN not in pq.read_schema(file).names:
        return []
    before = turf_of(folder)
    touched = {turf + 1 for turf in after.values()} | {before[door] for door in after if door in before}
    now = before | {door: turf + 1 for door, turf in after.items()}
    doors = [door for door, turf in now.items() if turf in touched or before.get(door) in touched]
    rows = pq.read_table(file, columns=["door", WITHIN], filters=pc.field("door").isin(pa.array(doors)))
    side = dict(zip(rows["door"].to_pylist(), rows[WITHIN].to_pylist(), strict=True))
    return sorted(_several(now, side) - _several(before, side))


def _several(turfs: Mapping[int, int], side: Mapping[int, str | None]) -> set[int]:
    found: dict[int, set[str | None]] = defaultdict(set)
    for door, where in side.items():
        if door in turfs:
            found[turfs[door]].add(where)
    return {turf for turf, sides in found.items() if len(sides) > 1}
