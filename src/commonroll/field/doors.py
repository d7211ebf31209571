"""Doors on the sides of streets."""

from __future__ import annotations

from dataclasses import dataclass

from commonroll.field.arrays import Bools, Floats, Ints


@dataclass(frozen=True)
class Doors:
    """For each door: its face, metres from the face's beginning, its building and its place in metres.

    Doors of one building are one stop. A building lies on one face.
    """

    face: Ints
    offset: Floats
    building: Ints
    x: Floats
    y: Floats

    def __len__(self) -> int:
        return len(self.face)

    def take(self, kept: Bools | Ints) -> Doors:
        """The doors for which `kept` is true, or those at these places."""
        return Doors(self.face[kept], self.offset[kept], self.building[kept], self.x[kept], self.y[kept])
