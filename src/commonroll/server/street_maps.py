"""Streets on a lead's drawing of a cut or a turf, and whose map it is; no tile, no other site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from commonroll.field.drawn import lines_around, paths
from commonroll.field.files import walked
from commonroll.field.net import STREETS, note_of

AROUND = 120.0
"""Metres around the doors."""


def under(
    folder: Path, turfs: Sequence[int] | None, *, north: float, west: float, metres: float
) -> Mapping[str, object]:
    """What a template draws below turfs (from 1, None: all): paths by kind and `credit`; nothing where the
    cut has no streets. The place and the metres are those of the drawing."""
    if not (folder / STREETS).exists():
        return {}
    doors = walked(folder, None if turfs is None else [number - 1 for number in turfs])
    drawn = paths(lines_around(folder, doors, AROUND), north=north, west=west, metres=metres)
    return {"paths": drawn, "credit": note_of(folder).get("credit", "")}
