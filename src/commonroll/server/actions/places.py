"""A member's addresses, households and places on the map: made from its own roll, for itself."""

from __future__ import annotations

import logging
import shutil
import uuid
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile

from commonroll.errors import Refusal
from commonroll.roll.places import places as roll_places
from commonroll.roll.places.places import Places, Unsure
from commonroll.roll.places.points import Points, add_points
from commonroll.roll.places.ranges import Ranges, add_ranges
from commonroll.roll.places.unwalkable import Unwalkable
from commonroll.roll.places.unwalkable import unwalkable as found_unwalkable
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import uploads
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member

log = logging.getLogger(__name__)


def make(*, home: Home, of: Member, by: Actor) -> Places:
    """Make the places of the current snapshot anew."""
    return roll_places.make_places(_own(home, of, by))


def make_after_load(vault: Vault) -> None:
    """Make the places of a snapshot that a load has just published; it stands whether this ends or not."""
    try:
        roll_places.make_places(vault)
    except (Refusal, OSError) as error:
        log.warning("places of %s were not made: %s", vault.member, type(error).__name__)


def geocode(
    *, home: Home, of: Member, points: Path | None, ranges: Path | None, by: Actor
) -> tuple[Points | None, Ranges | None, Places]:
    """Keep files of public address points and of ranges of streets, and place the current snapshot's doors by
    all that is kept."""
    vault = _own(home, of, by)
    kept = add_points(vault, points) if points else None
    sides = add_ranges(vault, ranges) if ranges else None
    return kept, sides, roll_places.make_places(vault)


def keep_points(*, home: Home, of: Member, file: UploadedFile[bytes] | None, by: Actor) -> Points:
    """Keep an uploaded file of address points; the caller has the doors placed anew."""
    vault = _own(home, of, by)
    folder = home.uploads / str(uuid.uuid4())
    [name] = uploads.keep(folder, [file] if file else [])
    try:
        return add_points(vault, folder / name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unsure(*, home: Home, of: Member, most: int, by: Actor) -> list[Unsure]:
    """Streets whose parts may be wrong: the owner's own lines, for the owner role alone."""
    by.require("raw", of)
    vault = Vault(home.vaults, of.key)
    snapshot = vault.current()
    return roll_places.unsure(vault, snapshot, most) if snapshot else []


def unwalkable(*, home: Home, of: Member, most: int, by: Actor) -> list[Unwalkable]:
    """Doors without a place to walk to, with the reason: the owner's own lines, for the owner role alone."""
    by.require("raw", of)
    vault = Vault(home.vaults, of.key)
    snapshot = vault.current()
    return found_unwalkable(vault, snapshot, most) if snapshot else []


def _own(home: Home, of: Member, by: Actor) -> Vault:
    """The vault of a member that has a roll, for those who may load it."""
    by.require("load", of)
    if not of.state:
        raise Refusal(f"{of.name} owns no state's file", next_step="act for a member that owns the voters")
    return Vault(home.vaults, of.key)
