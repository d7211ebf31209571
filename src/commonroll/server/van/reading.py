"""Voters one by one through the governed view: found outside of the grants, read under them, with a receipt.

What a program gets over this API leaves, so every reading is of mode `export`: it needs that mode, counts
against the rows a day that the owner granted, and waits for nobody's checkpoint where it is one voter.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.utils import timezone

from commonroll.agreements.grant import Grant
from commonroll.flow import Permitted
from commonroll.roll.engine import ibis_engine
from commonroll.roll.lookup.index import Index, index_of
from commonroll.roll.vault.suppression import EVERYTHING
from commonroll.roll.vault.vault import OwnerTables
from commonroll.server import decoy_lookup, decoying, members
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import ApiKey, Member
from commonroll.server.permits import DatabasePermits, grants_in_force
from commonroll.server.receipts import DatabaseReceipts
from commonroll.server.van import ids
from commonroll.views.export import ExportFile
from commonroll.views.few import Few, plan_few
from commonroll.views.marked import UNMARKED
from commonroll.views.question import Question
from commonroll.views.relation import KEY

REACHES: Mapping[str, tuple[str, ...]] = {
    "phone": ("phone", "text"),
    "email": ("email",),
    "residence": ("door", "mail"),
    "mail": ("mail",),
}
"""Beginning of a column's name -> channels by which it reaches a person: as `views.protection` has it."""

SHOWN = (
    "first_name", "middle_name", "last_name", "name_suffix", "name_prefix", "sex", "party", "birth_date",
    "residence_line1", "residence_unit", "residence_city", "residence_state", "residence_zip5",
    "residence_zip4", "mail_line1", "mail_line2", "mail_line3", "mail_city", "mail_state", "mail_zip",
    "mail_country", "phone", "email", "county_fips", "county_name", "precinct", "precinct_name",
    "municipality", "ward", "congressional_district", "state_senate_district", "state_house_district",
)  # fmt: skip
"""Columns that a person of the API is made of, each where the owner grants it plain."""


@dataclass(frozen=True)
class Voter:
    """One voter as the key's member may see it: `seen` by column (what is not granted is missing), the
    state's id where it is granted, `stopped` the channels on which it wants to be left alone."""

    van_id: int
    owner: Member
    number: int
    place: int
    seen: Mapping[str, Any]
    state_voter_id: str | None
    stopped: frozenset[str] = frozenset()


@dataclass
class Reading:
    """What one key may read, as of one request."""

    key: ApiKey
    home: Home = field(default_factory=lambda: settings.HOME)

    def __post_init__(self) -> None:
        self.viewer: Member = self.key.member
        self.now = timezone.now()

    @cached_property
    def grants(self) -> dict[str, Grant]:
        return grants_in_force(self.viewer, self.key.purpose, self.now)

    @cached_property
    def owners(self) -> list[Member]:
        """Members whose voters may be read at all: the own roll, and those that grant exports."""
        granting = [owner for owner, grant in self.grants.items() if "export" in grant.modes]
        known = {*granting, self.viewer.key}
        return sorted((one for one in members.with_rolls() if one.key in known), key=lambda one: one.key)

    def of(self, owner: Member) -> OfOwner:
        """The owner's voters; whatever is read of them stands under the grants of now."""
        return self._of.setdefault(owner.key, OfOwner(self, owner))

    @cached_property
    def _of(self) -> dict[str, OfOwner]:
        return {}

    def whose(self, van_id: int) -> tuple[OfOwner, int, int | None] | None:
        """The owner, the number and the place in today's roll (None: not in it) of one's id."""
        found = ids.whose(self.home, self.viewer, van_id)
        if found is None:
            return None
        of = self.of(found[0])
        return of, found[1], of.index.place_of(found[1]) if of.has_roll else None


class OfOwner:
    """One owner's voters for one key."""

    def __init__(self, reading: Reading, owner: Member) -> None:
        self.reading, self.owner = reading, owner
        self.permits = DatabasePermits(reading.home, only=(owner.key,), grants=reading.grants)
        self._raw: dict[int, pa.Table] = {}

    @cached_property
    def permitted(self) -> Permitted:
        """What is said of a question for all that is granted; the columns are those of SHOWN alone."""
        return self.permits.permitted(self._question(self.granted), self.reading.now)

    @cached_property
    def tables(self) -> OwnerTables:
        return self.permits.tables(self.owner)

    @property
    def has_roll(self) -> bool:
        return bool(self.tables.files.get("voters"))

    @cached_property
    def index(self) -> Index:
        """Of the roll's voters and, where there are any in the viewer's copy, decoys."""
        home, vault = self.reading.home, self.reading.home.vaults / self.owner.key
        roll = index_of(vault, self.owner.key, self.tables.files["voters"], ids.salt(home, self.owner))
        if decoying.register_of(vault) is None:
            return roll  # most look-ups find nobody with an owner, and need not know what it permits
        said = self.permitted.owned
        return decoy_lookup.index(home, self.owner, roll, said[0].marked if said else UNMARKED)

    @property
    def own(self) -> bool:
        return self.owner == self.reading.viewer

    def grants(self, column: str) -> bool:
        """Whether the column may be read plain, and is published by the state."""
        name = f"voters.{column}"
        if name not in self.tables.published:
            return False
        grant = self.reading.grants.get(self.owner.key)
        return self.own or (grant is not None and grant.columns.get(name) == "plain")

    @cached_property
    def granted(self) -> tuple[str, ...]:
        return tuple(column for column in SHOWN if self.grants(column))

    def _question(self, columns: Sequence[str]) -> Question:
        reading = self.reading
        return Question(
            viewer=reading.viewer.key, purpose=reading.key.purpose, mode="export",
            columns=tuple(columns) or ("state",),
        )  # fmt: skip

    # Reading

    def raw(self, places: Sequence[int]) -> pa.Table:
        """The rows themselves, outside of all grants: for this process's eyes."""
        if places:
            for place in set(places) - self._raw.keys():
                self._raw[place] = self.index.rows([place])
            return pa.concat_tables([self._raw[place] for place in places])
        return self.index.rows([])

    def voters(
        self, places: Sequence[int], columns: Sequence[str] | None = None, *, leaves: bool = True
    ) -> list[Voter]:
        """The voters at these places that may be seen, in order; the receipt is written before.

        `leaves`: False where nothing of them leaves, and something is written about them; then no receipt.
        A column that reaches a voter on a closed channel (it stopped, or the terms' budget of contacts is
        used up) is left out of that voter. Raises
        NothingGranted where the owner grants none of it, and Refusal beyond its rows a day.
        """
        places = list(dict.fromkeys(places))
        if not places or not self.permitted.owned:
            return []
        wanted = [one for one in (columns if columns is not None else self.granted) if one in self.granted]
        raw = self.raw(places)
        ids: list[str] = raw["state_voter_id"].to_pylist()
        at_first = dict(zip(ids, places, strict=True))
        stopped = _channels(self.tables.suppressed, ids)
        within = self.permitted.owned[0].tables.suppressed
        closed = stopped if within is self.tables.suppressed else _channels(within, ids)
        groups: dict[frozenset[str], list[int]] = {}
        for at, voter in enumerate(ids):
            groups.setdefault(closed.get(voter, frozenset()), []).append(at)
        found: list[Voter] = []
        for channels, spots in groups.items():
            kept = [one for one in wanted if not _reaches(one) & channels]
            mine = raw if len(spots) == len(places) else raw.take(spots)
            rows = self._read(mine, [places[one] for one in spots], kept, leaves)
            found += [
                self._voter(row, at_first[row[KEY]], stopped.get(row[KEY], frozenset())) for row in rows
            ]
        return sorted(found, key=lambda voter: places.index(voter.place))

    def _read(
        self, raw: pa.Table, places: Sequence[int], columns: Sequence[str], leaves: bool
    ) -> list[dict[str, Any]]:
        few = self._few(columns)
        with self.permits.reading(few.plan):
            rows: list[dict[str, Any]] = few.rows(raw, places).to_pylist()
        if rows and leaves:
            self._receipt(few, rows)
        return rows

    def _few(self, columns: Sequence[str]) -> Few:
        said = self.permitted
        owned = next(iter(said.owned))
        return plan_few(
            ibis_engine(), self._question(columns), owned, denied=said.denied, names=said.names,
            now=self.reading.now, pseudonyms=said.pseudonyms, person_key=said.person_key,
        )  # fmt: skip

    def _receipt(self, few: Few, rows: Sequence[Mapping[str, Any]]) -> None:
        """One row of the owner's log, before a byte leaves: which columns, how many voters, their hash."""
        told = json.dumps(rows, default=str, sort_keys=True).encode()
        file = ExportFile(
            Path("v4"), hashlib.sha256(told).hexdigest(), len(rows), {self.owner.key: len(rows)}, ()
        )
        receipts = DatabaseReceipts(
            home=self.reading.home, viewer=self.reading.viewer, by=Actor.of_key(self.reading.key)
        )
        written = receipts.authorize(few.plan, file=file)
        if len(rows) > 1:
            receipts.cover(written)

    def _voter(self, row: Mapping[str, Any], place: int, stopped: frozenset[str]) -> Voter:
        number = int(self.index.numbers([place])[0])
        reading = self.reading
        seen = {name: row[name] for name in SHOWN if name in row}
        return Voter(
            ids.van_id(reading.home, reading.viewer, self.owner, number), self.owner, number, place, seen,
            row.get("state_voter_id"), stopped,
        )  # fmt: skip


def _reaches(column: str) -> frozenset[str]:
    return frozenset(REACHES.get(column.partition("_")[0], ()))


def _channels(told: pa.Table, voters: Sequence[str]) -> dict[str, frozenset[str]]:
    """Channels that are closed, by voter; who is left out of every read is not among them."""
    mine = told.filter(pc.is_in(told["state_voter_id"], value_set=pa.array(voters, pa.string())))
    found: dict[str, set[str]] = {}
    for row in mine.to_pylist():
        if row["channel"] != EVERYTHING:
            found.setdefault(row["state_voter_id"], set()).add(row["channel"])
    return {voter: frozenset(channels) for voter, channels in found.items()}
