"""A member's addresses, households and places on the map: made from its own roll, for itself."""

from __future__ import annotations

from pathlib import Path

from commonroll.roll import places as roll_places
from commonroll.roll.places import Places
from commonroll.roll.points import Points, add_points
from commonroll.server.actions.loads import require_loader, vault
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member


def make(*, home: Home, of: Member, by: Actor) -> Places:
    """Make the places of the current snapshot anew."""
    require_loader(of, by)
    return roll_places.make_places(vault(home, of))


def geocode(*, home: Home, of: Member, points: Path, by: Actor) -> tuple[Points, Places]:
    """Keep a file of public address points, and place the current snapshot's doors by all points kept."""
    require_loader(of, by)
    kept = add_points(vault(home, of), points)
    return kept, roll_places.make_places(vault(home, of))


def made(*, home: Home, of: Member, by: Actor) -> Places | None:
    """The counts of the current snapshot's places; None where none were made."""
    by.require("view", of)
    return roll_places.places(vault(home, of))
