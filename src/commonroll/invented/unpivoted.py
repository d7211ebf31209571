"""Elections beside a voter's id, written: columns named after elections, numbered columns, or one text."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonroll.invented.codes import codes_for
from commonroll.invented.draw import Bools, Ints
from commonroll.invented.facts import Facts
from commonroll.invented.inverse import width_of
from commonroll.invented.listing import with_codes
from commonroll.invented.patterns import written
from commonroll.invented.turnout import Election, elections
from commonroll.invented.votes import METHODS, PARTIES, TYPES, Vote, attended, sides, ways
from commonroll.invented.write import look_up, pool, together_if_any
from commonroll.roll.layout.history import Slot
from commonroll.roll.layout.layout import Layout, Unpivot

YES = "Y"
MONTHS = tuple(calendar.month_name)[1:]
FIXED = ("voted",)
"""An attribute that makes a slot belong to one election for every voter."""


@dataclass(frozen=True)
class Cast:
    """The votes of some voters: one row each, one column per election of `held`, the newest first."""

    held: tuple[Election, ...]
    took: Bools
    way: Ints
    side: Ints


def cast(f: Facts, held: Sequence[Election]) -> Cast:
    newest = tuple(reversed(held))
    return Cast(newest, attended(f, newest), ways(f, newest), sides(f, newest))


class Elections:
    """The elections of one layout's file: what its names, cells and columns say of them."""

    def __init__(self, layout: Layout, unpivot: Unpivot) -> None:
        self.layout, self.unpivot = layout, unpivot
        self.held = with_codes(elections(layout.state)) if unpivot.delivered else elections(layout.state)
        self._sayings: dict[tuple[Election, str, int | None], list[str | None]] = {}

    def codes(self, attribute: str, wanted: Sequence[str]) -> list[str]:
        """Published texts that mean the first of these words that the layout knows."""
        return codes_for(self.unpivot.codes.get(attribute, {}), wanted)

    def sayings(self, election: Election, says: str, width: int | None) -> list[str | None]:
        """What a file says of it, for every method and in each for every party; every slot asks again."""
        key = election, says, width
        if key not in self._sayings:
            self._sayings[key] = [
                saying(self, election, says, method, party, width) for method in METHODS for party in PARTIES
            ]
        return self._sayings[key]

    def said(self, election: Election) -> dict[str, Sequence[str]]:
        """What can be said of an election, each attribute in every way that a file may write it."""
        day = datetime.date(1970, 1, 1) + datetime.timedelta(days=election.day)
        forms = self.unpivot.dates
        types = self.codes("type", TYPES[election.kind])
        kinds = [*types, MONTHS[day.month - 1]] if "*" in self.unpivot.codes.get("type", {}) else types
        return {
            "date": [day.strftime(form) for form in forms],
            "year": [str(day.year), f"{day.year % 100:02d}"],
            "month": [
                f"{day.month:02d}",
                str(day.month),
                MONTHS[day.month - 1],
                MONTHS[day.month - 1].upper(),
            ],
            "type": kinds,
            "name": [election.name, *self._names(election, types)],
            "code": [election.code] if election.code else [],
        }

    def _names(self, election: Election, types: Sequence[str]) -> Iterator[str]:
        plain = TYPES[election.kind][0]
        for kind in (*types, plain.upper(), plain.title()):
            yield from (f"{kind} ELECTION {election.year}", f"{election.year} {kind}")
            yield from (f"{kind}{election.year}", f"{election.year}{kind}")

    @cached_property
    def named(self) -> dict[str, tuple[Election, str]]:
        """Columns named after elections, oldest first: the election, and what the cell says."""
        found: dict[str, tuple[Election, str]] = {}
        for election in self.held:
            for group, says in self.unpivot.what.items():
                name = self._column(election, group)
                if name and name not in found:
                    found[name] = election, says
        return found

    def _column(self, election: Election, group: str) -> str | None:
        said = {**self.said(election), "what": [group]}
        if election.code:
            return written_by([*(p.pattern for p in self.unpivot.names)], {**said, "name": [election.code]})
        return written_by([p.pattern for p in self.unpivot.names], said)

    def of_column(self, column: str) -> Election | None:
        """The election after which a column of the official order is named."""
        groups = self.unpivot.groups_of(column) or {}
        for election in self.held:
            said = {name: texts for name, texts in self.said(election).items() if name != "name"}
            if groups and all(text in said.get(group, [text]) for group, text in groups.items()):
                return election
        return None


def written_by(patterns: Sequence[str], said: Mapping[str, Sequence[str]]) -> str | None:
    """By the first pattern that can say it."""
    return next((text for pattern in patterns if (text := written(pattern, said))), None)


def election_columns(layout: Layout) -> list[str]:
    """Columns that stand behind the official order, one or more per election."""
    if layout.unpivot is None or layout.unpivot.shape != "columns":
        return []
    return [name for name in Elections(layout, layout.unpivot).named if name not in layout.order]


def election_cells(layout: Layout, f: Facts) -> dict[str, pa.Array]:
    """What the columns of elections say, by column; nothing for a layout without elections."""
    if layout.unpivot is None:
        return {}
    known = Elections(layout, layout.unpivot)
    votes = cast(f, known.held)
    if isinstance(f, Vote):
        at = len(known.held) - 1 - f.election
        slot = layout.unpivot.slots[0]
        return dict(slot_texts(known, votes, f, slot, at, np.ones(len(f), dtype=bool)))
    if layout.unpivot.shape == "columns":
        return column_cells(layout, known, votes, f)
    if layout.unpivot.shape == "text":
        return {layout.unpivot.column or "": text_cell(known, votes)}
    return slot_cells(known, votes, f)


def column_cells(layout: Layout, known: Elections, votes: Cast, f: Facts) -> dict[str, pa.Array]:
    columns = {name: both for name, both in known.named.items() if name not in layout.order}
    for column in layout.order:
        if layout.is_election(column):
            election = known.of_column(column)
            if election:
                columns[column] = election, known.unpivot.what.get("", "voted")
    return {name: column_cell(known, votes, f, *both) for name, both in columns.items()}


def column_cell(known: Elections, votes: Cast, f: Facts, election: Election, says: str) -> pa.Array:
    at = votes.held.index(election)
    took = votes.took[:, at]
    if says == "county":
        return pc.if_else(pa.array(took), f.place("county"), None)
    text = chosen(
        known, [election], says, np.zeros(len(f), dtype=np.int64), votes.way[:, at], votes.side[:, at]
    )
    refused = (known.unpivot.did_not or (None,))[0]
    return pc.if_else(pa.array(took), text, pa.scalar(refused, pa.string()))


def chosen(
    known: Elections,
    held: Sequence[Election],
    says: str,
    election: Ints,
    way: Ints,
    side: Ints,
    width: int | None = None,
) -> pa.Array:
    """One text per row, by election, method and party; null where the election is -1."""
    texts = [text for one in held for text in known.sayings(one, says, width)]
    at = (election * len(METHODS) + way) * len(PARTIES) + side
    return look_up(pa.array(texts, pa.string()), np.where(election < 0, -1, at))


def saying(
    known: Elections,
    election: Election,
    says: str,
    method: Sequence[str],
    party: Sequence[str],
    width: int | None = None,
) -> str | None:
    """What a file says of one attribute of a vote; `text`, `cell`: all of it in one text."""
    unpivot = known.unpivot
    if says == "voted":
        return (unpivot.took_part or (YES,))[0]
    spoken = {"method": known.codes("method", method), "party": known.codes("party", party)}
    if says in spoken:
        return next(iter(spoken[says]), None)
    if says in ("text", "cell"):
        told = known.said(election) | {name: texts or [""] for name, texts in spoken.items()}
        return written_by([pattern.pattern for pattern in unpivot.cells], told | {"voted": [YES]})
    return fitting(known.said(election).get(says, ()), width)


def fitting(texts: Sequence[str], width: int | None) -> str | None:
    """The first text that a column can hold."""
    return next((text for text in texts if width is None or len(text) <= width), None)


def text_cell(known: Elections, votes: Cast) -> pa.Array:
    """Every vote's label, the newest first."""
    labels = [
        chosen(
            known,
            votes.held,
            "text",
            np.where(votes.took[:, at], at, -1),
            votes.way[:, at],
            votes.side[:, at],
        )
        for at in range(len(votes.held))
    ]
    return together_if_any(labels, known.unpivot.between)


def slot_cells(known: Elections, votes: Cast, f: Facts) -> dict[str, pa.Array]:
    """The columns of each slot: the newest vote in the first, the next in the second."""
    found: dict[str, pa.Array] = {}
    for kind, slots in by_kind(known.unpivot.slots).items():
        fits = [able(known, election, slots[0], kind) for election in votes.held]
        eligible = np.flatnonzero(np.array(fits, dtype=bool))
        took = votes.took[:, eligible]
        order = np.cumsum(took, axis=1)
        for number, slot in enumerate(slots):
            if belongs(slot):
                at = np.full(len(f), eligible[number] if number < len(eligible) else -1)
                here = took[:, number] if number < len(eligible) else np.zeros(len(f), dtype=bool)
            else:
                mine = took & (order == number + 1)
                here = mine.any(axis=1)
                at = np.where(here, eligible[mine.argmax(axis=1)] if len(eligible) else -1, -1)
            found |= slot_texts(known, votes, f, slot, at, here)
    return found


def by_kind(slots: Sequence[Slot]) -> dict[str, list[Slot]]:
    """Slots by the type that the layout gives them, '' for those of any type."""
    found: dict[str, list[Slot]] = {}
    for slot in slots:
        source = slot.said.get("type")
        found.setdefault((source.constant or "") if source else "", []).append(slot)
    return found


def belongs(slot: Slot) -> bool:
    """True where the slot is one election's for every voter."""
    code = slot.said.get("code")
    return any(name in slot.said for name in FIXED) or (code is not None and code.then is not None)


def able(known: Elections, election: Election, slot: Slot, kind: str) -> bool:
    """Whether a slot can say this election."""
    if kind:
        return TYPES[election.kind][0] == kind
    if slot.cell:
        return saying(known, election, "cell", METHODS[0], PARTIES[1]) is not None
    if "type" in slot.said and not known.codes("type", TYPES[election.kind]):
        return False
    return bool(election.code) or "code" not in slot.said or belongs(slot)


def slot_texts(
    known: Elections, votes: Cast, f: Facts, slot: Slot, at: Ints, here: Bools
) -> Iterator[tuple[str, pa.Array]]:
    """Each column of one slot; `at` is the election's position, `here` whether the voter took part."""
    way = votes.way[np.arange(len(f)), np.maximum(at, 0)]
    side = votes.side[np.arange(len(f)), np.maximum(at, 0)]
    if slot.cell:
        yield slot.cell, chosen(known, votes.held, "cell", np.where(here, at, -1), way, side)
    for says, source in slot.said.items():
        if not source.columns or source.then is not None:
            continue
        seen = at if says in ("date", "year", "month", "name", "code", "type") else np.where(here, at, -1)
        width = width_of(known.layout, source.columns[0])
        text = (
            f.place("county") if says == "county" else chosen(known, votes.held, says, seen, way, side, width)
        )
        if source.flags is not None:
            for column, word in source.flags.items():
                said = np.array([word == first_known(source.flags, METHODS[w]) for w in range(len(METHODS))])
                yield column, look_up(pool([YES]), np.where(here & said[way], 0, -1))
            continue
        yield source.columns[0], text


def first_known(flags: Mapping[str, str], wanted: Sequence[str]) -> str | None:
    return next((word for word in wanted if word in flags.values()), None)
