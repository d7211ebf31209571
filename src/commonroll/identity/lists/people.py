"""The rows of a list as people, in the words of the roll, and how many cells said nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files as resources
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir

from ...errors import Refusal
from .columns import ListColumn
from .dates import date_writing
from .headers import OPTOUTS, ROLES, SEVERAL
from .profile import STATES, make_macros

CROWDED_CONTACT = 8
"""Rows with one phone or e-mail beyond which it says nothing of a person (as in `identity.records`)."""
CROWDED_ADDRESS = 100
CROWDED_DATE_ROWS, CROWDED_DATE_SHARE = 20, 0.005
ENOUGH_DATES = 10
NEW_YEARS = 0.03
"""Share of birth dates on 1 January (of chance .0027) from which on they mean a year alone."""

_VALUE_OF = {
    "voter_id": "voter_id", "first_name": "first_name", "middle_name": "middle_name",
    "last_name": "last_name", "full_name": "last_name", "birth_date": "birth_year",
    "birth_year": "birth_year", "age": "age", "sex": "sex", "address": "residence_line1",
    "city": "residence_city", "state": "residence_state", "zip": "residence_zip5",
    "place": "residence_zip5", "full_address": "residence_zip5", "phone": "phones[1]", "email": "emails[1]",
}  # fmt: skip
"""Role -> the value that a readable cell of it fills."""


@dataclass(frozen=True)
class People:
    """What the rows came to; the table `people` of the connection has them.

    `nobody`: rows without a whole name, phone, e-mail or voter id; `unread`: role -> cells that say something
    which is none; `notes`: what was told and done, in words.
    """

    rows: int
    nobody: int
    unread: dict[str, int]
    notes: tuple[str, ...]

    def check_somebody(self) -> None:
        """Raise Refusal where no row says who somebody is: nothing could be told of anybody."""
        if self.nobody == self.rows:
            raise Refusal(
                f"None of {self.rows:,} rows says who somebody is: no whole name, phone, e-mail or voter id.",
                where="the list's columns",
                next_step='Say which columns hold them (--column first_name="NAME"), or choose another file.',
            )


def make_people(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    columns: Sequence[ListColumn],
    *,
    dated_on: date,
    home_state: str,
    last_first: bool,
) -> People:
    """Make the temporary table `people` of a list's rows: line and columns of `voters`, phones, emails,
    optouts (channels), outcome (of a call, as `came_to` of said_macros.sql names them).

    `home_state`: of the roll, for rows that name none.
    """
    backend = ibis.duckdb.from_connection(con)
    listed = _listed(backend.read_parquet(str(path)), columns)
    con.execute(f"CREATE OR REPLACE TEMP TABLE listed AS {ibis.to_sql(listed, dialect='duckdb')}")
    for name in ("people_macros", "said_macros"):
        make_macros(con, name)
    writing = date_writing(con)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE people AS {_sql('people')}",
        {
            "formats": list(writing.formats), "serial": writing.serial, "ambiguous": writing.ambiguous,
            "last_first": last_first, "dated_on": dated_on, "state_names": list(STATES.values()),
            "state_codes": list(STATES), "home_state": home_state,
        },
    )  # fmt: skip
    notes = [writing.note] if writing.note else []
    if last_first:
        notes.append("whole names begin with the last name, as the roll's names tell")
    (two, organizations, nameless, nobody, rows) = con.execute(_sql("nobody")).fetchall()[0]
    notes += _new_years(con) + _crowds(con) + _no_persons(two, organizations, nameless, rows) + _answered(con)
    return People(rows, nobody, _unread(con, columns), tuple(notes))


def _listed(rows: ir.Table, columns: Sequence[ListColumn]) -> ir.Table:
    """The rows with one column for each role, under the role's name; phones, e-mails and opt-outs
    as lists."""
    by_role: dict[str, list[str]] = {}
    for column in columns:
        by_role.setdefault(column.role, []).append(column.name)
    made: dict[str, ir.Value] = {"line": rows["line"]}
    for role in ROLES:
        if role not in SEVERAL:
            named = by_role.get(role)
            made[role] = rows[named[0]] if named else ibis.null("string")
    for role in ("phone", "email", *OPTOUTS):
        named = by_role.get(role, [])
        made[f"{role}s"] = ibis.array([rows[name] for name in named] or [ibis.null("string")])
    return rows.select(**made)


def _new_years(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Birth dates on 1 January stand for a year where they are too many."""
    (first, dated) = con.execute(
        "SELECT count(*) FILTER (month(birth_date) = 1 AND day(birth_date) = 1), count(birth_date) "
        "FROM people"
    ).fetchall()[0]
    if first < ENOUGH_DATES or first < NEW_YEARS * dated:
        return []
    con.execute("UPDATE people SET birth_date = NULL WHERE month(birth_date) = 1 AND day(birth_date) = 1")
    return [f"{first:,} of {dated:,} birth dates are on 1 January: they count as a year alone"]


def _crowds(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Values that too many rows share; `identity.records` takes them for no evidence, here they are told."""
    most = {
        "contacts": CROWDED_CONTACT, "addresses": CROWDED_ADDRESS,
        "dates": CROWDED_DATE_ROWS, "share": CROWDED_DATE_SHARE,
    }  # fmt: skip
    return [
        f"{values:,} {_SHARED[what]} ({rows:,} rows): they say nothing of a person"
        for what, values, rows in con.execute(_sql("crowds"), most).fetchall()
    ]


_SHARED = {
    "phone": f"phones stand on more than {CROWDED_CONTACT} rows each",
    "email": f"e-mails stand on more than {CROWDED_CONTACT} rows each",
    "address": f"addresses have more than {CROWDED_ADDRESS} rows each",
    "date": "birth dates are a filler's",
}


def _no_persons(two: int, organizations: int, nameless: int, rows: int) -> list[str]:
    notes = []
    if two:
        notes.append(f"{two:,} rows name two people in one cell: they are matched to a household at most")
    if organizations:
        notes.append(f"{organizations:,} rows name an organization, not a person")
    if nameless > 0.05 * rows:
        notes.append(f"{nameless:,} of {rows:,} rows ({nameless / rows:.0%}) have no whole name")
    return notes


def _answered(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Who asks to be left alone, and what became of calls; counts alone."""
    asked = con.execute(
        "SELECT channel, count(*) FROM (SELECT unnest(optouts) AS channel FROM people) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    came = con.execute(
        "SELECT outcome, count(*) FROM people WHERE outcome IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return [f"{rows:,} rows ask to be left alone {_ON[channel]}" for channel, rows in asked] + [
        f"{rows:,} rows {_CAME_TO[outcome]}" for outcome, rows in came if outcome in _CAME_TO
    ]


_ON = {
    "all": "everywhere", "phone": "by phone", "text": "by text message", "email": "by e-mail",
    "mail": "by mail", "door": "at the door",
}  # fmt: skip
_COUNTED = "; that is counted here and changes nobody's record"
_CAME_TO = {
    "wrong_person": "say that the number is another person's",
    "disconnected": "say that the number is out of service",
    "bounced": "say that the e-mail came back",
    "works": "say that the person was reached",
    "deceased": f"say that the person died{_COUNTED}",
    "moved": f"say that the person moved{_COUNTED}",
    "refused": f"say that the person would not talk{_COUNTED}",
}


def _unread(con: duckdb.DuckDBPyConnection, columns: Sequence[ListColumn]) -> dict[str, int]:
    """Role -> rows whose cell says something that is no value of it."""
    roles = {column.role for column in columns} & set(_VALUE_OF)
    found = {}
    for role in sorted(roles):
        cell = f"listed.{role}s[1]" if role in ("phone", "email") else f"listed.{role}"
        counted = con.execute(
            f"SELECT count(*) FROM listed JOIN people USING (line) "
            f"WHERE {cell} IS NOT NULL AND people.{_VALUE_OF[role]} IS NULL"
        ).fetchall()[0][0]
        if counted:
            found[role] = int(counted)
    return found


def _sql(name: str) -> str:
    return (resources(__package__) / f"{name}.sql").read_text("utf-8")
