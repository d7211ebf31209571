"""Where the members of a saved list lie, and the list as a question takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commonroll.errors import Refusal
from commonroll.server.home import Home
from commonroll.server.models import SavedList
from commonroll.views.question import Listed


def described(listed: SavedList) -> dict[str, Any]:
    """What an extract keeps of the list whose persons it has."""
    return {"id": listed.pk, "name": listed.name, "file": listed.file, "read": listed.read}


def kept_to(home: Home, said: Mapping[str, Any]) -> Listed:
    """The persons of a list as a question takes them, from `described`."""
    path = home.lists / str(said["file"])
    if not said["file"] or not path.is_file():
        raise Refusal(
            "the members of this list are not here",
            where=str(said["name"]),
            next_step="fill the list anew from its definition",
        )
    read = tuple((owner, tuple(columns)) for owner, columns in sorted(said["read"].items()))
    return Listed(str(path), str(said["name"]), read)
