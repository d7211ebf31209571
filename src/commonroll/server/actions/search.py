"""One person, looked for by any part of a name, an address, a number or an id, and one person looked at.

Each search is a use: every owner whose roll is looked through has a receipt of it, with how many of its
voters are shown and without a word of what was typed (docs/adr/0086).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from commonroll.agreements.profile import Mode
from commonroll.roll.lookup import texts
from commonroll.server.actions.questions import gap_dict
from commonroll.server.actor import Actor, Unknown
from commonroll.server.desk import Desk
from commonroll.server.finding import Shelf
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.server.van import ids
from commonroll.views.derived import VISIBLE
from commonroll.views.found import plain
from commonroll.views.question import Gap, NothingGranted

SHOWN = 20
"""Persons that a search shows; who else is meant is found by typing more."""

LOOKED_AT = tuple(name for name, column in VISIBLE.items() if column.sources)
"""Columns of one person's page."""


@dataclass(frozen=True)
class Person:
    """One person who was found: `seen` by column as the viewer may see it, `why` the columns that are meant,
    each with the parts of the text that it has."""

    van_id: int
    owner: Member
    seen: Mapping[str, Any]
    why: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """The first persons meant, whether there are more, the columns that each owner's roll was looked through
    for, and who is missing and why."""

    persons: tuple[Person, ...]
    more: bool
    searched: Mapping[str, tuple[str, ...]]
    gaps: tuple[Gap, ...]
    waiting: tuple[str, ...] = ()
    """Owners whose words are being made: their voters were found by whole ids, numbers and names alone."""


def find(*, home: Home, viewer: Member, purpose: str, text: str, mode: Mode = "view", by: Actor) -> Found:
    """Persons whom a text means, the best first, among those whom the viewer may see for the purpose.

    `mode`: `export` where what is found leaves for a program. Only columns that an owner grants plain are
    looked at. Raises Refusal for a text that finds nobody in particular, NothingGranted where no roll may be
    looked through.
    """
    by.require(mode, viewer)
    wanted = texts.parts(text)
    desk = Desk(home, viewer, purpose, mode, by)
    shelves, gaps = desk.shelves()
    met = sorted(
        (-score, at, rank, place)
        for at, shelf in enumerate(shelves)
        for rank, (score, place) in enumerate(shelf.find(text, wanted, SHOWN + 1))
    )
    first = [(at, place) for _, at, _, place in met[:SHOWN]]
    rows = {shelf.owner.key: sum(of == at for of, _ in first) for at, shelf in enumerate(shelves)}
    with desk.reading([shelf.few.plan for shelf in shelves], rows) as plan:
        found: dict[tuple[int, int], Person] = {}
        for at, shelf in enumerate(shelves):
            read = _persons(shelf, [place for of, place in first if of == at], wanted)
            found |= {(at, place): person for place, person in read.items()}
        # who opted out while the words were looked up is not among them
        persons = tuple(found[one] for one in first if one in found)
        if mode == "export":
            desk.leaves(plan, ((person.owner.key, person.seen) for person in persons))
    searched = {shelf.owner.key: shelf.searched for shelf in shelves}
    waiting = tuple(shelf.owner.key for shelf in shelves if shelf.waits)
    return Found(persons, len(met) > SHOWN, searched, gaps, waiting)


def as_dict(found: Found) -> dict[str, Any]:
    """What was found as one JSON document."""
    return {
        "people": [
            {
                "van_id": one.van_id,
                "owner": one.owner.key,
                "seen": dict(one.seen),
                "found_by": {column: list(parts) for column, parts in one.why.items()},
            }
            for one in found.persons
        ],
        "more": found.more,
        "searched": {owner: list(columns) for owner, columns in found.searched.items()},
        "waiting": list(found.waiting),
        "gaps": [gap_dict(gap) for gap in found.gaps],
    }


def _persons(shelf: Shelf, places: Sequence[int], wanted: Sequence[texts.Part]) -> dict[int, Person]:
    """Of the rows at these places those that are meant by what may be seen of them, by place."""
    found: dict[int, Person] = {}
    if not places:
        return found
    rows = shelf.read(places, (*shelf.searched, *shelf.born))
    for van_id, row in zip(shelf.van_ids([row["place"] for row in rows]), rows, strict=True):
        seen = {column: row[column] for column in (*shelf.searched, *shelf.born) if column in row}
        values = {name: str(seen[name]) for name in shelf.searched if seen.get(name) is not None}
        met, why = texts.meant(wanted, values)
        if met:
            found[row["place"]] = Person(van_id, shelf.owner, seen, why)
    return found


@dataclass(frozen=True)
class Looked:
    """One person as the viewer may see it: `stopped` are channels on which it wants to be left alone,
    `withheld` columns that the state publishes and the owner does not grant."""

    person: Person
    stopped: tuple[str, ...]
    withheld: tuple[str, ...]


def look(*, home: Home, viewer: Member, purpose: str, van_id: int, by: Actor) -> Looked:
    """One person by the viewer's own id of it; the receipt is written first.

    Raises Unknown for whomever the viewer may not see, whether or not there is somebody.
    """
    by.require("view", viewer)
    nobody = Unknown("there is no such person that you may look at", next_step="search again")
    known = ids.whose(home, viewer, van_id)
    if known is None:
        raise nobody
    owner, number = known
    desk = Desk(home, viewer, purpose, "view", by)
    try:
        shelves, _ = desk.shelves(owner)
    except NothingGranted:
        raise nobody from None
    shelf = shelves[0]
    columns = tuple(dict.fromkeys((*plain(shelf.owned, LOOKED_AT, "view"), *shelf.born)))
    place = shelf.index.place_of(number)
    if place is None or not shelf.in_view[place]:
        raise nobody
    with desk.reading([shelf.plan(columns).plan], {owner.key: 1}):
        rows = shelf.read([place], columns)
    if not rows:
        raise nobody
    seen = {column: rows[0][column] for column in columns if rows[0].get(column) is not None}
    published = (name for name in LOOKED_AT if f"voters.{name}" in shelf.owned.tables.published)
    return Looked(
        Person(van_id, owner, seen),
        shelf.stopped(place),
        tuple(name for name in published if name not in columns),
    )
