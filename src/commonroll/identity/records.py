"""Registrants, or the rows of a list, as records that can be linked: one spelling, dates at any precision.

A list with the columns of `voters` gives records like a roll does; columns that it lacks are null.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import ibis
from ibis.expr import types as ir

from commonroll.errors import Refusal
from commonroll.identity import crowds, names
from commonroll.roll.places import address
from commonroll.roll.schema import VOTERS
from commonroll.roll.sql_files import filled

RECORD_TYPES = {
    "member": "string", "record": "string", "first_name": "string", "first_root": "string",
    "middle_name": "string", "middle_initial": "string", "last_name": "string", "surname4": "string",
    "suffix": "string", "sex": "string", "dob": "string", "full_dob": "string", "birth_year": "int16",
    "born_from": "int16", "born_to": "int16", "addr": "string", "unit": "string", "zip": "string",
    "house": "string", "building": "string", "addrzip": "string", "addrzip_before": "string",
    "state": "string", "county_fips": "string", "phone": "string", "email": "string",
    "registered_on": "date", "status": "string",
}  # fmt: skip
"""Columns of a link record. `dob` is a day, a year or null; `born_from` to `born_to` are the years of birth
that are possible; `building` is the address without its unit; `addrzip_before` where the registrant lived
before."""

NEEDED = (
    "member", "state", "state_voter_id", "status", "first_name", "middle_name", "last_name", "name_suffix",
    "birth_date", "birth_year", "age", "sex", "registered_on", "residence_line1", "residence_unit",
    "residence_zip5", "phone", "email", "county_fips",
)  # fmt: skip
"""Columns of `voters` that a record is made of."""
_numbers = count()


def records(
    voters: ir.Table,
    member: str | None = None,
    *,
    before: ir.Table | None = None,
    as_of: date | None = None,
    crowded: ir.Table | None = None,
) -> ir.Table:
    """Link records (RECORD_TYPES) of a table with columns of `voters`, one per row; lazy, a view of its
    engine.

    `member` names the records' owner, or `list:<import>`; without it, the column `member` does. `before`
    has the residence columns of an earlier snapshot by `state_voter_id`. `as_of` is the day on which an
    `age` was true (today). `crowded`: kind, key of `crowds`, where `voters` is a part of what they were
    counted over; else they are counted here. Raises Refusal where there is no `state_voter_id` or no name.
    """
    _check(voters)
    backend = voters.get_backend()
    con = backend.con
    address.prepare(con)
    names.prepare(con)
    number = next(_numbers)
    source, earlier, made = (f"identity_{what}_{number}" for what in ("voters", "before", "records"))
    given = _filled(voters, member).mutate(as_of=ibis.literal(as_of or datetime.now(UTC).date()))
    con.execute(f"CREATE OR REPLACE TEMP VIEW {source} AS {ibis.to_sql(given, dialect='duckdb')}")
    if before is not None:
        was = _filled(before, member)
        con.execute(f"CREATE OR REPLACE TEMP VIEW {earlier} AS {ibis.to_sql(was, dialect='duckdb')}")
    shared = ibis.to_sql(crowded, dialect="duckdb") if crowded is not None else None
    text = _sql(source, earlier if before is not None else None, shared)
    con.execute(f"CREATE OR REPLACE TEMP VIEW {made} AS {text}")
    return backend.table(made)


def write(records: ir.Table, path: Path) -> None:
    """Keep records as a Parquet file, which appears whole or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        records.to_parquet(fresh)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _check(voters: ir.Table) -> None:
    missing = [name for name in ("state_voter_id", "last_name", "first_name") if name not in voters.columns]
    if missing:
        raise Refusal(
            f"no column {', '.join(missing)}",
            where="link records",
            next_step="name the columns of the list as the roll does: state_voter_id (or the line), names",
        )


def _filled(voters: ir.Table, member: str | None) -> ir.Table:
    """The needed columns in the roll's types; null where the table has none."""
    columns = {
        name: voters[name].cast(VOTERS[name].type) if name in voters.columns else ibis.null(VOTERS[name].type)
        for name in NEEDED
    }
    if member is not None:
        columns["member"] = ibis.literal(member)
    return voters.select(**columns)


def _sql(source: str, earlier: str | None, crowded: str | None) -> str:
    given = {
        "voters": source,
        "nicknames": names.NICKNAMES,
        "crowds": crowded or crowds.crowds(f"(SELECT {crowds.keyed()} FROM {source})"),
        **{f"{kind}_key": key for kind, key in crowds.KEYS.items()},
        "first_name": names.first_name("first_name"),
        "middle_name": names.spelling("middle_name"),
        "last_name": names.spelling("last_name"),
        "suffixed": names.suffixed(),
        "suffix": f"coalesce({names.suffix_of('name_suffix')}, {names.suffix_of('name_tail')})",
        "street_key": address.STREET_KEY,
        "parts": address.parts_of("cut"),
        "before": _before(source, earlier),
    }
    return filled(__package__, "records", given)


def _before(source: str, earlier: str | None) -> str:
    """SQL: state_voter_id, addrzip_before of those that lived elsewhere."""
    if earlier is None:
        return "SELECT NULL::VARCHAR AS state_voter_id, NULL::VARCHAR AS addrzip_before WHERE false"
    moved = f"""(
        SELECT e.state_voter_id, e.residence_line1 AS line, e.residence_unit AS unit_line, e.residence_zip5
        FROM {earlier} AS e JOIN {source} AS v USING (state_voter_id)
        WHERE (e.residence_line1, e.residence_zip5) IS DISTINCT FROM (v.residence_line1, v.residence_zip5)
    )"""
    line = f"concat_ws(' ', number, fraction, {address.STREET_KEY}, unit)"
    return f"""
        SELECT state_voter_id, nullif({line}, '') || '|' || residence_zip5 AS addrzip_before
        FROM ({address.parts_of(moved)})
    """
