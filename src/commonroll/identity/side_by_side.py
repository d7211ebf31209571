"""The registrations of pairs as the roll has them, with who else lives at their addresses.

For the owner's eyes alone. Who is left out of every read today, flagged, or in no view because of being under
age, is in no pair and in no household here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from commonroll.identity.judgements import Pair
from commonroll.roll.engine import engine
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault.suppression import EVERYTHING
from commonroll.roll.vault.vault import Snapshot, Vault

KEY = "state_voter_id"
HOME = ("residence_line1", "residence_unit", "residence_zip5")
"""Columns that are alike for people of one household."""
READ = (
    KEY, "first_name", "middle_name", "last_name", "name_suffix", "birth_date", "birth_year", "age", "sex",
    *HOME, "residence_city", "residence_state", "mail_line1", "mail_city", "mail_state", "mail_zip", "phone",
    "email", "registered_on", "status", "county_name",
)  # fmt: skip
"""What is read of a registration that stands in a pair."""
BESIDE = (
    KEY,
    "first_name",
    "middle_name",
    "last_name",
    "name_suffix",
    "birth_date",
    "birth_year",
    "age",
    *HOME,
)
"""What is read of the others at its address."""
_DECIDE = ("confidential", "shown_from")
COLUMNS = tuple(f"{VOTERS.name}.{name}" for name in (*READ, *_DECIDE))
"""Qualified names of every column that a look at a pair reads."""
MOST_BESIDE = 12
"""People of one address that are shown: more are a house of many, and no help."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Seen:
    """One registration: its row (READ), where it was registered before (HOME, None where nothing else is
    known), who else stands at its address (BESIDE) and how many more than are shown."""

    row: Row
    before: Row | None
    beside: Sequence[Row]
    more: int


def registrations(
    vault: Vault, ids: Sequence[str], *, election: date, households: bool = True
) -> dict[str, Seen]:
    """Registrations of the current snapshot by state id; those that nobody may be shown are left out.

    `election`: the next election day. Reads of the roll the columns READ, and HOME of the snapshot before.
    """
    snapshot = vault.current()
    if snapshot is None or not ids:
        return {}
    older = [one for one in vault.snapshots() if one.number < snapshot.number]
    with ExitStack() as held, closing(engine()) as cursor:
        for one in (snapshot, *older[:1]):
            held.enter_context(vault.lease(one))
        backend = ibis.duckdb.from_connection(cursor)
        shown = _shown(backend, vault, snapshot, election)
        rows = {row[KEY]: row for row in _rows(backend, shown.filter(shown[KEY].isin(ids)).select(*READ))}
        before = _before(backend, vault, older[0], list(rows)) if older else {}
        homes = _homes(backend, shown, list(rows)) if households else {}
    return {key: _seen(row, before.get(key), homes) for key, row in rows.items()}


def records(pairs: Sequence[Pair], member: str) -> list[str]:
    """State ids of the member's own registrations in `pairs`, each once."""
    sides = [
        side for pair in pairs for side in ((pair.member_l, pair.record_l), (pair.member_r, pair.record_r))
    ]
    return list(dict.fromkeys(record for owner, record in sides if owner == member))


def _seen(row: Row, before: Row | None, homes: Mapping[tuple[Any, ...], Sequence[Row]]) -> Seen:
    moved = before is not None and _home(before) != _home(row)
    others = [one for one in homes.get(_home(row), ()) if one[KEY] != row[KEY]]
    return Seen(row, before if moved else None, others[:MOST_BESIDE], len(others[MOST_BESIDE:]))


def _home(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in HOME)


def _shown(backend: Backend, vault: Vault, snapshot: Snapshot, election: date) -> ir.Table:
    """The snapshot's voters without those whom nobody is shown."""
    rows = backend.read_parquet(list(vault.files(snapshot, VOTERS.name))).select(*READ, *_DECIDE)
    rows = rows.filter(~rows["confidential"] & (rows["shown_from"] <= election))
    held = vault.suppressed()
    hidden = held.filter(pc.equal(held["channel"], EVERYTHING)).select([KEY])
    backend.con.register("left_out_today", hidden)
    return rows.anti_join(backend.table("left_out_today"), KEY)


def _before(backend: Backend, vault: Vault, older: Snapshot, ids: Sequence[str]) -> dict[str, Row]:
    rows = backend.read_parquet(list(vault.files(older, VOTERS.name)))
    return {row[KEY]: row for row in _rows(backend, rows.filter(rows[KEY].isin(ids)).select(KEY, *HOME))}


def _homes(backend: Backend, shown: ir.Table, ids: Sequence[str]) -> dict[tuple[Any, ...], list[Row]]:
    """Household -> its people by name; of a house of very many the first ones."""
    asked = shown.filter(shown[KEY].isin(ids) & shown["residence_line1"].notnull()).select(*HOME).distinct()
    same = [shown[name].identical_to(asked[name]) for name in HOME]
    found: dict[tuple[Any, ...], list[Row]] = {}
    others = (
        shown.semi_join(asked, same).select(*BESIDE).order_by("last_name", "first_name", KEY).limit(2_000)
    )
    for row in _rows(backend, others):
        found.setdefault(_home(row), []).append(row)
    return found


def _rows(backend: Backend, table: ir.Table) -> list[Row]:
    rows: list[Row] = backend.to_pyarrow(table).to_pylist()
    return rows
