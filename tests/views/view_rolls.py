"""Small rolls of invented people as a vault would hold them, and grants on them, for the tests of views."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import PERSON
from commonroll.roll.engine import ibis_engine
from commonroll.roll.layout.standing import with_days
from commonroll.roll.schema import COLUMNS, GRANTABLE, ROLL_TABLES, TABLES
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.suppression import SCHEMA as SUPPRESSION
from commonroll.roll.vault.vault import OwnerTables
from commonroll.views.view import Owned

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ELECTION = date(2028, 11, 7)
NAMES = {"nc": "North Carolina", "oh": "Ohio", "fl": "Florida", "wa": "Washington", "national": "National"}
EVERYTHING = frozenset(name for name, c in COLUMNS.items() if c.table in ROLL_TABLES)

USUAL = tuple(name for name in GRANTABLE if name != PERSON)
"""Columns that a grant has unless others are named: all but the person's, for which rows need another key."""

Row = Mapping[str, Any]

_VOTER: dict[str, Any] = {
    "status": "active", "confidential": False, "birth_date": date(1980, 5, 17), "birth_year": 1980,
    "source_file": "roll.txt", "source_line": 1,
}  # fmt: skip


def voter(state_voter_id: str, **values: Any) -> dict[str, Any]:
    """An adult, unprotected, active voter, but for `values`."""
    return {**_VOTER, "state_voter_id": state_voter_id, **values}


def write(folder: Path, table: str, rows: Iterable[Row]) -> tuple[str, ...]:
    """The rows as one Parquet file of `table`."""
    columns = TABLES[table].names
    full = [{name: row.get(name) for name in columns} for row in rows]
    schema = pa.schema([field.with_nullable(True) for field in arrow_schema(TABLES[table])])
    path = folder / f"{table}.parquet"
    made = pa.Table.from_pylist(full, schema=schema)
    if table == "voters":
        made = ibis_engine().to_pyarrow(with_days(ibis.memtable(made))).cast(schema)
    pq.write_table(made, path)
    return (str(path),)


def tables(
    folder: Path,
    member: str,
    voters: Sequence[Row],
    *,
    published: frozenset[str] = EVERYTHING,
    protected: Any = "flagged",
    statement: bool = False,
    suppressed: Sequence[tuple[str | None, str]] = (),
    **others: Sequence[Row],
) -> OwnerTables:
    """One owner's tables; `others` are rows of history, districts, ballots, responses, optouts."""
    place = folder / member
    place.mkdir(parents=True)
    base = {"member": member, "state": member.upper()[:2]}
    rows: dict[str, Sequence[Row]] = {**others, "voters": [base | dict(row) for row in voters]}
    files = {name: write(place, name, rows.get(name, ())) for name in TABLES if name != "refused"}
    gone = [{"state_voter_id": i, "reason": "protected", "channel": channel} for i, channel in suppressed]
    return OwnerTables(
        member, member.upper()[:2], 7, files, published, protected, statement,
        pa.Table.from_pylist(gone, schema=SUPPRESSION),
    )  # fmt: skip


def grant(owner: str, columns: Iterable[str] = USUAL, **values: Any) -> Grant:
    """A grant on `owner` to National for get-out-the-vote, every mode, whole file, but for `values`.

    `columns` are qualified names, plain; `masks` in `values` changes some.
    """
    masks = values.pop("masks", {})
    base: dict[str, Any] = {
        "agreement": f"urn:uuid:00000000-0000-4000-8000-{owner:0>12}",
        "terms_hash": f"sha256:{owner}",
        "number": 3,
        "owner": owner,
        "recipient": "national",
        "purposes": frozenset(["gotv"]),
        "modes": frozenset(["count", "view", "contact", "export"]),
        "columns": {**dict.fromkeys(columns, "plain"), **masks},
        "scope": {},
        "start": datetime(2026, 1, 1, tzinfo=UTC),
        "until": datetime(2027, 1, 1, tzinfo=UTC),
        "rows_per_export": 1000,
        "exports_per_day": 4,
        "contact": (),
        "duties": (),
        "law": (),
    }
    return Grant(**{**base, **values})


def owned(tables: OwnerTables, grant: Grant | None, **values: Any) -> Owned:
    return Owned(tables, grant, values.pop("election_day", ELECTION), **values)
