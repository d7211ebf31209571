"""Everything that an owner holds about one of its voters beyond the roll, and which of it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from commonroll.insight.event_tables import events
from commonroll.roll.engine import engine
from commonroll.roll.places.places import places_file
from commonroll.roll.schema import (
    CONTACTS,
    FACTS,
    IMPORTS,
    LISTINGS,
    REACH_CHANNELS,
    REACHABLES,
    RESPONSES,
    VOTERS,
)  # fmt: skip
from commonroll.roll.vault.vault import Snapshot, Vault
from commonroll.views.claims import STANDINGS, chosen, claims, not_withdrawn, published, rank, standings
from commonroll.views.people import contacts, of_voters
from commonroll.views.reach import numbers, reachable

_KEY = "state_voter_id"
_READ: Mapping[str, Sequence[str]] = {
    FACTS.name: FACTS.names,
    REACHABLES.name: REACHABLES.names,
    CONTACTS.name: ("contact_id", "owner", "import_id", _KEY, "removed", "loaded_at"),
    RESPONSES.name: RESPONSES.names,
    LISTINGS.name: LISTINGS.names,
    IMPORTS.name: ("import_id", "action", "at", "file_name"),
    VOTERS.name: (_KEY, "phone", "email"),
}
COLUMNS = tuple(f"{table}.{name}" for table, names in _READ.items() for name in names)
"""Qualified names of every column that is read for one voter."""


@dataclass(frozen=True)
class Claim:
    """One claim as it came, and what became of it: `standing` is a key of STANDINGS."""

    attribute: str
    value: str | None
    kind: str
    source: str
    licence: str
    basis: str
    gathered_by: str
    observed_on: date
    expires_on: date | None
    source_file: str | None
    source_line: int | None
    import_id: str | None
    import_file: str | None
    standing: str

    @property
    def counts(self) -> bool:
        return self.standing == "counts"

    @property
    def why(self) -> str:
        """What became of it, in words."""
        return STANDINGS[self.standing]


@dataclass(frozen=True)
class Number:
    """A phone or an e-mail, what is known of it, on how many people's rows it stands, whether to trust it."""

    channel: str
    value: str
    line_type: str
    status: str
    kind: str
    source: str
    licence: str
    basis: str
    observed_on: date
    confirmed_on: date | None
    sharing: int
    trusted: bool


@dataclass(frozen=True)
class Held:
    """Claims about a voter, claims about the household that the voter lives in, phones and e-mails."""

    claims: tuple[Claim, ...]
    household: tuple[Claim, ...]
    numbers: tuple[Number, ...]

    def as_dict(self) -> dict[str, Any]:
        """What is held, JSON-ready."""
        return {
            "claims": [{**_plain(one), "why": one.why} for one in self.claims],
            "household": [{**_plain(one), "why": one.why} for one in self.household],
            "numbers": [_plain(one) for one in self.numbers],
        }


NOTHING = Held((), (), ())


def _plain(one: Claim | Number) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in asdict(one).items()}


def held(vault: Vault, voter: str, today: date) -> Held:
    """What `vault` holds about its own voter with this state id; reads the columns COLUMNS.

    The caller has written the receipt, and has seen that the voter may be shown.
    """
    snapshot = vault.current()
    if snapshot is None:
        return NOTHING
    with vault.lease(snapshot), closing(engine()) as cursor:
        backend = ibis.duckdb.from_connection(cursor)
        read = _Read(backend, vault, snapshot)
        household = _household(backend, vault, snapshot, voter)
        about = _apart(
            backend, read.claims.filter((ibis._[_KEY] == voter) | (ibis._.household_id == household))
        )
        stood = standings(about, read.imports, today)
        return Held(
            _claims(backend, stood.filter(stood[_KEY] == voter), read.imports),
            _claims(backend, stood.filter(stood.household_id.notnull()), read.imports),
            _numbers(backend, read, about.filter(about[_KEY] == voter), voter, today),
        )


class _Read:
    """An owner's claims and numbers; what is about a contact who is a voter is about the voter."""

    def __init__(self, backend: Backend, vault: Vault, snapshot: Snapshot) -> None:
        def own(table: str) -> ir.Table:
            rows = events(backend, vault, table)
            return rows.filter(rows.owner == vault.member)

        roll = backend.read_parquet(list(vault.files(snapshot, VOTERS.name)))
        rolled = published(roll, vault.member, snapshot.made_at.date())
        self.imports = _apart(backend, events(backend, vault, IMPORTS.name))
        people = contacts(own(CONTACTS.name), self.imports)
        listed = chosen(own(LISTINGS.name))
        self.claims = claims(own(RESPONSES.name), of_voters(own(FACTS.name), people), rolled, listed)
        self.reachables = of_voters(own(REACHABLES.name), people)


def _household(backend: Backend, vault: Vault, snapshot: Snapshot, voter: str) -> str | None:
    path = places_file(vault, snapshot)
    if path is None:
        return None
    lived = backend.read_parquet(str(path))
    found = backend.to_pyarrow(lived.filter(lived[_KEY] == voter).select("household_id")).to_pylist()
    return str(found[0]["household_id"]) if found else None


def _claims(backend: Backend, stood: ir.Table, imports: ir.Table) -> tuple[Claim, ...]:
    """By attribute, what counts first, then the stronger kind and the later day."""
    files = imports.group_by(came_with=imports.import_id).agg(import_file=imports.file_name.min())
    named = stood.left_join(files, stood.import_id == files.came_with)
    order = [
        named.attribute, (named.standing != "counts"), rank(named.kind), named.observed_on.desc(),
        named.loaded_at.desc(), named.event_id.desc(),
    ]  # fmt: skip
    rows = named.order_by(order).select(*(field.name for field in fields(Claim)))
    return tuple(Claim(**row) for row in backend.to_pyarrow(rows).to_pylist())


def _apart(backend: Backend, rows: ir.Table) -> ir.Table:
    """The few rows of an expression as a table of its own: what follows is compiled without where they are
    from, which took most of a look's time."""
    return ibis.memtable(backend.to_pyarrow(rows))


def _numbers(backend: Backend, read: _Read, own: ir.Table, voter: str, today: date) -> tuple[Number, ...]:
    """The voter's numbers, those to be trusted first; others' rows are read only where they share one.

    `own`: the voter's claims.
    """
    held = _apart(backend, read.reachables.filter(read.reachables[_KEY] == voter))
    mine = backend.to_pyarrow(numbers(own, held, read.imports, today).select("value"))["value"].to_pylist()
    # numbers of the roll are in one form; what people said has to be read first
    near = read.claims.filter(
        read.claims.attribute.isin(REACH_CHANNELS),
        read.claims["value"].isin(mine) | ~read.claims.event_id.startswith("roll:"),
    )
    shared = read.reachables.filter(read.reachables["value"].isin(mine))
    known = reachable(_apart(backend, near), _apart(backend, shared), read.imports, today)
    known = known.filter(known[_KEY] == voter)
    order = [known.channel.desc(), ~known.trusted, rank(known.kind), known.observed_on.desc(), known["value"]]
    rows = known.order_by(order).select(*(field.name for field in fields(Number)))
    return tuple(Number(**row) for row in backend.to_pyarrow(rows).to_pylist())


def attributes(vault: Vault, most: int) -> list[str]:
    """Attributes of which a vault holds claims about its own voters, the most frequent first."""
    with closing(engine()) as cursor:
        backend = ibis.duckdb.from_connection(cursor)
        facts = events(backend, vault, FACTS.name)
        said = not_withdrawn(events(backend, vault, RESPONSES.name))
        named = ibis.union(
            facts.filter(facts.owner == vault.member, facts[_KEY].notnull()).select("attribute"),
            said.filter(said.owner == vault.member).select(attribute=said.question),
        )
        return _frequent(backend, named, most)


def household_attributes(vault: Vault, most: int) -> list[str]:
    """Attributes of which a vault holds claims about households, the most frequent first."""
    with closing(engine()) as cursor:
        backend = ibis.duckdb.from_connection(cursor)
        facts = events(backend, vault, FACTS.name)
        return _frequent(
            backend, facts.filter(facts.owner == vault.member, facts.household_id.notnull()), most
        )


def _frequent(backend: Backend, named: ir.Table, most: int) -> list[str]:
    counted = named.group_by("attribute").agg(n=named.count()).order_by(ibis.desc("n"), "attribute")
    return [row["attribute"] for row in backend.to_pyarrow(counted.limit(most)).to_pylist()]
