"""The same worlds asked of the product: its reader, its compiler, its views, over real files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from drawn_law import law_of
from ibis.backends.duckdb import Backend
from second_shapes import Asked, Key, Owner, Row, Signed
from worlds import Roll

from commonroll.agreements import overrides
from commonroll.agreements.compile import compile_terms, in_force
from commonroll.agreements.events import Event, check_blackout, check_event, verify_event
from commonroll.agreements.grant import Grant
from commonroll.agreements.law import LawPack, next_election, packs_for, parse_pack
from commonroll.agreements.overrides import Override
from commonroll.agreements.signing import KeyRecord, signatures_stand
from commonroll.agreements.terms import read
from commonroll.errors import Refusal
from commonroll.roll.engine import ibis_engine
from commonroll.roll.layout.standing import with_days
from commonroll.roll.schema import TABLES
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.suppression import SCHEMA as SUPPRESSION
from commonroll.roll.vault.vault import OwnerTables
from commonroll.views import view
from commonroll.views.counts import NOT_PUBLISHED, UNKNOWN, count
from commonroll.views.export import rows
from commonroll.views.universe import parse

Files = Mapping[str, tuple[str, ...]]
Cells = Counter[tuple[Any, ...]]
"""(owner, agreement, id, pseudonym, values) of rows, (owner, values) of counted voters: how many of each."""


def pseudonym_key(agreement: str) -> bytes:
    return agreement.encode().ljust(32, b"k")


def write(folder: Path, owner: str, roll: Roll) -> Files:
    """The owner's files as a loader leaves them."""
    named = dict(zip(("voters", "districts", "history"), roll, strict=True))
    return {
        table: (_write(folder / f"{owner}_{table}.parquet", owner, table, of),) for table, of in named.items()
    }


def _write(path: Path, owner: str, table: str, of: Sequence[Row]) -> str:
    full = [{name: row.get(name) for name in TABLES[table].names} | {"member": owner} for row in of]
    schema = pa.schema([field.with_nullable(True) for field in arrow_schema(TABLES[table])])
    made = pa.Table.from_pylist(full, schema=schema)
    if table == "voters":
        made = ibis_engine().to_pyarrow(with_days(ibis.memtable(made))).cast(schema)
    pq.write_table(made, path)
    return str(path)


# What the server does with its rows (permits.py), over a world


def owned(owner: Owner, files: Files, asked: Asked) -> view.Owned:
    gone = [{"state_voter_id": i, "reason": "opt-out", "channel": c} for i, c in sorted(owner.suppressed)]
    tables = OwnerTables(
        member=owner.key,
        state=owner.state,
        snapshot=1,
        files=files,
        published=owner.published,
        protected=owner.protected,  # type: ignore[arg-type]
        statement=owner.statement,
        suppressed=pa.Table.from_pylist(gone, schema=SUPPRESSION),
    )
    grant = None if asked.recipient == owner.key else grant_for(owner, asked)
    return view.Owned(tables, grant, _election(owner.state, asked.clock.date()))


@lru_cache
def _election(state: str, on: date) -> date:
    return next_election(state, on)


def grant_for(owner: Owner, asked: Asked) -> Grant | None:
    """The grant on this owner that is in force for the purpose."""
    moment = max(asked.clock, owner.floor) if owner.floor else asked.clock
    standing = tuple(one for one in set_aside(owner) if one.stands(moment))
    for signed in owner.agreements:
        grant = compiled(owner, signed, asked.kind, standing)
        if grant is None or grant.recipient != asked.recipient or asked.purpose not in grant.purposes:
            continue
        owner_key, recipient_key = map(_record, (signed.owner_key, signed.recipient_key))
        stand = signatures_stand(signed.document, signed.note, owner_key, recipient_key, moment)
        suspended = owner.suspended or asked.suspended
        if in_force(grant, stand, entered(signed), moment, floor=owner.floor, suspended=suspended):
            return grant
    return None


def _record(key: Key) -> KeyRecord:
    return KeyRecord(key.vkey, key.since, key.withdrawn, key.retired)


@lru_cache(maxsize=4_000)
def compiled(owner: Owner, signed: Signed, kind: str, standing: tuple[Override, ...]) -> Grant | None:
    try:
        terms = read(signed.document)
        law = packs(owner)
        return compile_terms(
            terms,
            law=law,
            state=owner.state,
            recipient_kind=kind or None,
            signed=True,
            number=1,
            overrides=standing,
        )
    except Refusal:
        return None


@lru_cache(maxsize=4_000)
def set_aside(owner: Owner) -> tuple[Override, ...]:
    """The overrides that verify as the owner's, in the order in which they were issued."""
    found: list[Override] = []
    for aside in owner.aside:
        try:
            read_ = overrides.verify(aside.document, aside.note, aside.vkey)
        except Refusal:
            continue
        if read_.by == owner.key:
            found.append(read_)
    return tuple(sorted(found, key=lambda one: one.issued))


@lru_cache(maxsize=4_000)
def entered(signed: Signed) -> tuple[Event, ...]:
    """The events that were let in, in order."""
    found: list[Event] = []
    for said in signed.said:
        keys = (signed.owner_key.vkey, signed.recipient_key.vkey, signed.node_vkey)
        try:
            event = verify_event(said.document, said.note, signed.document, *keys)
            check_event(event, found, now=said.arrived)
            check_blackout(event, read(signed.document).blackout)
        except Refusal:
            continue
        found.append(event)
    return tuple(found)


@lru_cache(maxsize=4_000)
def packs(owner: Owner) -> tuple[LawPack, ...]:
    _, _, own = law_of(owner.state)
    above = packs_for(owner.state)
    if owner.own_law == own:
        return above
    written = [f'state = "{owner.state}"', 'version = "2026.1"']
    for rule in owner.own_law:
        written += ["[[rule]]", *(f"{key} = {json.dumps(value)}" for key, value in rule.items())]
    return (
        *(pack for pack in above if pack.state != owner.state),
        parse_pack("\n".join(written), "zz/law.toml"),
    )


# Asking


@dataclass(frozen=True)
class Product:
    """The product over one set of files."""

    con: Backend
    files: Mapping[str, Files]

    def cells(self, owners: Sequence[Owner], asked: Asked, where: str) -> Cells:
        """What the product gives to this question; nothing where it refuses."""
        universe = parse(where) if where else None
        names = {"by": asked.fields} if asked.mode == "count" else {"columns": asked.fields}
        question = view.Question(asked.recipient, asked.purpose, asked.mode, universe, **names)  # type: ignore[arg-type]
        asked_of = [owned(owner, self.files[owner.key], asked) for owner in owners]
        keys = {one.owner: pseudonym_key(one.grant.agreement) for one in asked_of if one.grant}
        try:
            made = view.plan(
                self.con, question, asked_of, denied={}, names={}, now=asked.clock, pseudonyms=keys
            )
            return _counted(made) if asked.mode == "count" else _listed(made, asked)
        except Refusal:
            return Counter()


def _counted(made: view.Plan) -> Cells:
    found: Cells = Counter()
    for row in count(made).rows:
        found[row.owner, tuple(None if cell in (UNKNOWN, NOT_PUBLISHED) else cell for cell in row.by)] += (
            row.n
        )
    return found


def _listed(made: view.Plan, asked: Asked) -> Cells:
    return Counter(
        (
            row["member"],
            row["agreement"],
            None if "state_voter_id" in asked.fields else row.get("state_voter_id"),
            row.get("voter_ref"),
            tuple(row[name] for name in asked.fields),
        )
        for row in rows(made).to_pylist()
    )
