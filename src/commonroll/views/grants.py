"""Grants as small tables to join: one row per owner, one per owner and value of a row scope."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from commonroll.agreements.profile import Mask
from commonroll.errors import Refusal
from commonroll.roll.schema import SCOPE_COLUMNS
from commonroll.views.access import Access
from commonroll.views.masks import CODES


def masks_of(owners: Sequence[Access], column: str) -> set[Mask]:
    """Masks under which `column` (qualified) is shown; an owner that does not grant it shows nothing."""
    return {access.masks.get(column, "null") for access in owners}


def scopes_of(owners: Sequence[Access]) -> tuple[str, ...]:
    """Columns by which any of the owners limits rows, in the order of SCOPE_COLUMNS."""
    used = {column for access in owners for column in access.scope}
    if strange := used - set(SCOPE_COLUMNS):
        raise Refusal(
            "An agreement limits rows by a column that is no row scope.",
            where=", ".join(sorted(strange)),
            next_step="Its owner has to sign it anew.",
        )
    return tuple(column for column in SCOPE_COLUMNS if column in used)


def grant_table(owners: Sequence[Access], masked: Sequence[str], scopes: Sequence[str]) -> pa.Table:
    """owner_no, agreement, member, state, born_by, born_by_year, `as_<column>` codes, `free_<scope>` flags.

    One row per owner, nothing null. `masked` are qualified; a `free_` flag says that the owner does not limit
    rows by that column: there is no wildcard value.
    """
    if len({access.number for access in owners}) != len(owners):
        raise ValueError("an owner stands twice in a grant table")
    columns: dict[str, pa.Array] = {
        "owner_no": pa.array([a.number for a in owners], pa.int16()),
        "agreement": pa.array([a.grant.agreement if a.grant else "" for a in owners], pa.string()),
        "member": pa.array([a.tables.member for a in owners], pa.string()),
        "state": pa.array([a.tables.state for a in owners], pa.string()),
        "born_by": pa.array([born_by(a.election_day) for a in owners], pa.date32()),
        "born_by_year": pa.array([born_by_year(a.election_day) for a in owners], pa.int16()),
    }
    for name in masked:
        codes = [CODES[access.masks.get(name, "null")] for access in owners]
        columns[code_name(name)] = pa.array(codes, pa.int8())
    for column in scopes:
        columns[f"free_{column}"] = pa.array([column not in a.scope for a in owners], pa.bool_())
    return pa.table(columns)


def scope_table(owners: Sequence[Access], column: str) -> pa.Table:
    """of_<column> (owner_no), is_<column>, in_<column> (true): values in the owners' row scopes, each once.

    The empty text is "unknown" and is in nobody's scope.
    """
    pairs = sorted({(a.number, value) for a in owners for value in a.scope.get(column, ()) if value != ""})
    return pa.table(
        {
            f"of_{column}": pa.array([number for number, _ in pairs], pa.int16()),
            f"is_{column}": pa.array([value for _, value in pairs], pa.string()),
            f"in_{column}": pa.array([True] * len(pairs), pa.bool_()),
        }
    )


def code_name(qualified: str) -> str:
    """The grant table's column that holds the mask of `qualified`."""
    return "as_" + qualified.replace(".", "_")


def born_by(election_day: date) -> date:
    """Who is born on this day or before is 18 on election day; born on 29 February, 18 on 1 March."""
    year = election_day.year - 18
    if (election_day.month, election_day.day) == (2, 29) and not _leap(year):
        return date(year, 2, 28)
    return election_day.replace(year=year)


def born_by_year(election_day: date) -> int:
    """Who is born in this year or before is 18 on election day whatever the birthday."""
    last_day = (election_day.month, election_day.day) == (12, 31)
    return election_day.year - (18 if last_day else 19)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def suppressed_table(owners: Sequence[Access], channels: frozenset[str]) -> pa.Table:
    """owner_no, state_voter_id of whom nobody may read today, and who opted out of `channels`."""
    parts = [_suppressed(access, channels) for access in owners]
    return pa.concat_tables(parts) if parts else _suppressed_schema().empty_table()


def _suppressed(access: Access, channels: frozenset[str]) -> pa.Table:
    table = access.tables.suppressed
    wanted = pc.is_in(table.column("channel"), pa.array(["", *sorted(channels)], pa.string()))
    ids = table.filter(wanted).column("state_voter_id").combine_chunks()
    owner = pa.repeat(pa.scalar(access.number, pa.int16()), len(ids))
    return pa.table([owner, ids], schema=_suppressed_schema())


def _suppressed_schema() -> pa.Schema:
    return pa.schema([("owner_no", pa.int16()), ("state_voter_id", pa.string())])
