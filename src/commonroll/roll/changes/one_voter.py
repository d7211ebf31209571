"""One voter through time, for the owner: how the registration stood in each snapshot that is kept.

Who is left out of every read today (protected, opted out, erased) is not shown to the owner either, whatever
an old snapshot says; nor is who could not be in a view, because of being under age on the next election day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.roll.gate.reuse import PERSON, other_person
from commonroll.roll.schema import BALLOTS, DISTRICTS, HISTORY, VOTERS, Table
from commonroll.roll.vault.suppression import EVERYTHING
from commonroll.roll.vault.vault import Snapshot, Vault

KEY = "state_voter_id"
FACTS: Mapping[str, tuple[str, ...]] = {
    "status": ("status", "status_reason"),
    "name": ("name_prefix", "first_name", "middle_name", "last_name", "name_suffix"),
    "address": (
        *("residence_line1", "residence_unit", "residence_city", "residence_state", "residence_zip5"),
        *("residence_zip4",),
    ),
    "mail": ("mail_line1", "mail_line2", "mail_line3", "mail_city", "mail_state", "mail_zip", "mail_country"),
    "party": ("party", "party_source"),
    "county": ("county_name", "county_fips"),
    "precinct": ("precinct", "precinct_name", "precinct_split", "municipality", "ward"),
    "districts": ("congressional_district", "state_senate_district", "state_house_district"),
    "registered": ("registered_on",),
    "county id": ("county_voter_id",),
}
"""What is told of a registration -> its columns of `voters`."""

LISTS: Mapping[str, tuple[Table, tuple[str, ...]]] = {
    "other districts": (DISTRICTS, ("type", "id", "name")),
    "elections": (HISTORY, tuple(c for c in HISTORY.names if c != KEY)),
    "ballots": (BALLOTS, tuple(c for c in BALLOTS.names if c != KEY)),
}
"""What is told in lines -> its table and the columns shown."""

_TOLD = tuple(dict.fromkeys((KEY, *(c for columns in FACTS.values() for c in columns), *PERSON)))
_DECIDE = ("confidential", "shown_from")
COLUMNS = (
    *(f"{VOTERS.name}.{name}" for name in (*_TOLD, *_DECIDE)),
    *(f"{table.name}.{name}" for table, columns in LISTS.values() for name in (KEY, *columns)),
)
"""Qualified names of every column that a look reads."""

Row = Mapping[str, Any]
Line = tuple[Any, ...]


@dataclass(frozen=True)
class Standing:
    """Snapshots one after the other in which a registration stood alike.

    `row`: columns of FACTS, None where the voter was not in the file; `lines`: list of LISTS -> its lines;
    `changed`: facts that differ from the standing before, `came` and `went`: lines that do; `another`: the id
    means another person than before.
    """

    first: Snapshot
    last: Snapshot
    row: Row | None
    lines: Mapping[str, Sequence[Line]]
    changed: frozenset[str] = frozenset()
    came: Mapping[str, Sequence[Line]] = field(default_factory=dict)
    went: Mapping[str, Sequence[Line]] = field(default_factory=dict)
    another: bool = False


@dataclass(frozen=True)
class Timeline:
    """A voter's standings, oldest first; `hidden`: why nothing is shown, for the reader.

    `snapshots`: how many were looked at. Without standings and not hidden: no kept snapshot has the id.
    """

    id: str
    snapshots: int
    standings: Sequence[Standing]
    hidden: str = ""


def look(vault: Vault, voter: str, *, election: date) -> Timeline:
    """How the voter with this state id stood in every kept snapshot; `election`: the next election day.

    Reads of each file the id and, of the rows that have it, the columns COLUMNS.
    """
    snapshots = vault.snapshots()[::-1]
    if _left_out(vault, voter):
        return Timeline(voter, len(snapshots), (), _LEFT_OUT)
    with ExitStack() as held, closing(engine()) as cursor:
        for one in snapshots:
            held.enter_context(vault.lease(one))
        backend = ibis.duckdb.from_connection(cursor)
        rows = _rows(backend, vault, snapshots, VOTERS, (*_TOLD, *_DECIDE), voter)
        if why := _not_shown(rows, snapshots, election):
            return Timeline(voter, len(snapshots), (), why)
        if not any(rows.values()):
            return Timeline(voter, len(snapshots), ())
        lines = {
            name: _rows(backend, vault, snapshots, table, columns, voter)
            for name, (table, columns) in LISTS.items()
        }
        others = _others(backend, [row for row in (_first(rows[s.number]) for s in snapshots) if row])
    return Timeline(voter, len(snapshots), list(_standings(snapshots, rows, lines, others)))


_LEFT_OUT = (
    "This voter is left out of every read of every snapshot today: on the list of protected voters, flagged "
    "by the state, opted out or erased."
)
_UNDER_AGE = (
    "This voter is in no view: under 18 on the next election day as far as the roll knows, or with a status "
    "or birth that it does not know."
)


def _left_out(vault: Vault, voter: str) -> bool:
    held = vault.suppressed()
    mine = pc.and_(pc.equal(held["channel"], EVERYTHING), pc.equal(held[KEY], voter))
    return bool(pc.any(mine).as_py())


def _not_shown(rows: Mapping[int, Sequence[Row]], snapshots: Sequence[Snapshot], election: date) -> str:
    if any(row["confidential"] for found in rows.values() for row in found):
        return _LEFT_OUT
    newest = next((rows[s.number][0] for s in reversed(snapshots) if rows[s.number]), None)
    return _UNDER_AGE if newest and newest["shown_from"] > election else ""


def _rows(
    backend: Backend,
    vault: Vault,
    snapshots: Sequence[Snapshot],
    table: Table,
    columns: Sequence[str],
    voter: str,
) -> dict[int, list[Row]]:
    """Snapshot -> the voter's rows of a table in it; a file that several snapshots share is read once."""
    files = {s.number: vault.files(s, table.name) for s in snapshots}
    paths = list(dict.fromkeys(path for held in files.values() for path in held))
    rows = backend.read_parquet(paths, filename=True)
    mine = rows.filter(rows[KEY] == voter).select("filename", *dict.fromkeys(columns))
    by_file: dict[str, list[Row]] = {}
    for row in backend.to_pyarrow(mine.order_by(*columns)).to_pylist():
        by_file.setdefault(row.pop("filename"), []).append(row)
    return {number: [row for path in held for row in by_file.get(path, ())] for number, held in files.items()}


def _first(rows: Sequence[Row]) -> Row | None:
    return rows[0] if rows else None


def _others(backend: Backend, rows: Sequence[Row]) -> frozenset[tuple[Any, ...]]:
    """Pairs of persons, each as its columns PERSON, that are two people under one id."""
    persons = list(dict.fromkeys(tuple(row[name] for name in PERSON) for row in rows))
    if len(persons) < 2:
        return frozenset()
    schema = {name: VOTERS_TYPES[name] for name in PERSON}
    table = ibis.memtable(
        [dict(zip(PERSON, one, strict=True)) for one in persons], schema=ibis.schema(schema)
    )
    old = table.select(**{f"{name}_old": table[name] for name in PERSON})
    pairs = table.cross_join(old)
    found = backend.to_pyarrow(pairs.filter(other_person(pairs))).to_pylist()
    return frozenset(
        (tuple(pair[f"{name}_old"] for name in PERSON), tuple(pair[name] for name in PERSON))
        for pair in found
    )


VOTERS_TYPES = {column.name: column.type for column in VOTERS}


def _standings(
    snapshots: Sequence[Snapshot],
    rows: Mapping[int, Sequence[Row]],
    lines: Mapping[str, Mapping[int, Sequence[Row]]],
    others: frozenset[tuple[Any, ...]],
) -> Iterator[Standing]:
    before: Standing | None = None
    for one in snapshots:
        row = _first(rows[one.number])
        told = {name: [tuple(line.values()) for line in found[one.number]] for name, found in lines.items()}
        if before is not None and _alike(before, row, told):
            before = Standing(
                before.first, one, row, told, before.changed, before.came, before.went, before.another
            )
            continue
        if before is not None:
            yield before
        before = _next(before, one, row, told, others)
    if before is not None:
        yield before


def _alike(before: Standing, row: Row | None, told: Mapping[str, Sequence[Line]]) -> bool:
    if (before.row is None) != (row is None) or dict(before.lines) != dict(told):
        return False
    return row is None or before.row is None or not _changed(before.row, row)


def _changed(was: Row, row: Row) -> frozenset[str]:
    return frozenset(
        fact for fact, columns in FACTS.items() if any(was[column] != row[column] for column in columns)
    )


def _next(
    before: Standing | None,
    one: Snapshot,
    row: Row | None,
    told: Mapping[str, Sequence[Line]],
    others: frozenset[tuple[Any, ...]],
) -> Standing:
    if before is None:
        return Standing(one, one, row, told)
    came = {name: [line for line in found if line not in before.lines[name]] for name, found in told.items()}
    went = {name: [line for line in before.lines[name] if line not in found] for name, found in told.items()}
    if before.row is None or row is None:
        return Standing(one, one, row, told, frozenset(), came, went)
    persons = tuple(tuple(of[name] for name in PERSON) for of in (before.row, row))
    return Standing(one, one, row, told, _changed(before.row, row), came, went, persons in others)


def state_id(vault: Vault, county_id: str, county: str = "") -> str:
    """The state's id of the voter who has, in any kept snapshot, this id of a county (FIPS code or name).

    Raises Refusal where it is nobody's or, without the county, several people's.
    """
    snapshots = vault.snapshots()
    with ExitStack() as held, closing(engine()) as cursor:
        for one in snapshots:
            held.enter_context(vault.lease(one))
        backend = ibis.duckdb.from_connection(cursor)
        files = dict.fromkeys(path for one in snapshots for path in vault.files(one, VOTERS.name))
        found = backend.to_pyarrow(
            _with_county_id(backend.read_parquet(list(files)), county_id, county)
        ).to_pylist()
    ids = {row[KEY] for row in found}
    where = f"vault of {vault.member}"
    if not ids:
        raise Refusal(
            "No kept snapshot has this county id.", where=where, next_step="Check the id and the county."
        )
    if len(ids) > 1:
        counties = len({row["county_fips"] for row in found})
        raise Refusal(
            f"This county id is that of {len(ids)} voters in {counties} counties.",
            where=where,
            next_step="Name the county, or look by the state's id.",
        )
    return str(ids.pop())


def _with_county_id(rows: ir.Table, county_id: str, county: str) -> ir.Table:
    mine = rows["county_voter_id"] == county_id
    if county:
        mine &= (rows["county_fips"] == county) | (rows["county_name"].upper() == county.strip().upper())
    return rows.filter(mine).select(KEY, "county_fips").distinct().limit(50)
