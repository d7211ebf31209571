"""What recipients brought back to an owner, and what they hold and have not: counted, never row by row.

Five kinds come back: answers (`responses`), attempts, opt-outs, phones and e-mails that bounced, new
addresses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

import duckdb

from commonroll.roll.engine import engine
from commonroll.roll.schema import ATTEMPTS, FOUND_OUT, OPTOUTS, RESPONSES, WITHDRAWN_ANSWER

RETURNED = (RESPONSES.name, OPTOUTS.name, ATTEMPTS.name, FOUND_OUT.name)
"""Event tables of what comes back."""
KINDS = ("responses", "optouts", "attempts", "bounces", "addresses")


@dataclass(frozen=True)
class CameBack:
    """What one gatherer brought to the owner's vault, by kind, and when the last of it came (UTC)."""

    answers: int
    optouts: int
    newest: datetime
    bounces: int = 0
    addresses: int = 0
    attempts: int = 0


def came_back(events: Mapping[str, Sequence[str]], *, owner: str) -> dict[str, CameBack]:
    """By gatherer. `events`: the Parquet files of RETURNED in the owner's vault."""
    with _held(events, "came") as cursor:
        rows = cursor.execute(_sql("came_back"), {"owner": owner}).fetchall()
    return {
        str(who): CameBack(int(said), int(optouts), newest.replace(tzinfo=UTC), *map(int, others))
        for who, said, optouts, newest, *others in rows
    }


@dataclass(frozen=True)
class Outstanding:
    """Things of one kind about one owner's voters in a gatherer's vault: all, not with the owner, late.

    `oldest` is when the first of those not with the owner was loaded (aware, UTC).
    """

    gathered: int = 0
    missing: int = 0
    overdue: int = 0
    oldest: datetime | None = None


def outstanding(
    gathered: Mapping[str, Sequence[str]], returned: Mapping[str, Sequence[str]], *, owner: str,
    gathered_by: str, due: Mapping[str, datetime],
) -> dict[str, Outstanding]:  # fmt: skip
    """Compare what a gatherer holds with what the owner has: one entry for each kind of `due`.

    `gathered`, `returned`: the Parquet files of RETURNED in the two vaults. A thing is overdue if it was
    loaded before its kind's `due` and the owner does not have it.
    """
    found = dict.fromkeys(due, Outstanding())
    if not due or not any(gathered.get(table) for table in RETURNED):
        return found
    with _held(gathered, "gathered") as cursor:
        cursor.execute("CREATE OR REPLACE TEMP TABLE with_owner (event_id VARCHAR)")
        for paths in returned.values():
            if paths:
                cursor.execute(
                    "INSERT INTO with_owner SELECT event_id FROM read_parquet($paths)", {"paths": list(paths)}
                )
        cursor.execute("CREATE OR REPLACE TEMP TABLE due (kind VARCHAR, due TIMESTAMP)")
        for kind, at in due.items():
            cursor.execute(
                "INSERT INTO due VALUES ($kind, $at)", {"kind": kind, "at": at.replace(tzinfo=None)}
            )
        rows = cursor.execute(_sql("outstanding"), {"owner": owner, "gathered_by": gathered_by}).fetchall()
    for kind, every, missing, late, oldest in rows:
        first = oldest.replace(tzinfo=UTC) if oldest else None
        found[str(kind)] = Outstanding(int(every), int(missing), int(late), first)
    return found


WITHDRAWN = "withdrawn:"
"""Beginning of the value of a row that takes another back: the rest is its event."""

_STANDS = (
    f"WHERE NOT starts_with(value, '{WITHDRAWN}') AND event_id NOT IN "
    f"(SELECT substr(value, {len(WITHDRAWN) + 1}) FROM read_parquet($paths) "
    f"WHERE starts_with(value, '{WITHDRAWN}'))"
)
"""What was found out and not taken back."""


_STANDING = {
    FOUND_OUT.name: _STANDS,
    ATTEMPTS.name: f"WHERE result <> '{WITHDRAWN_ANSWER}' AND event_id NOT IN "
    f"(SELECT replaces FROM read_parquet($paths) WHERE result = '{WITHDRAWN_ANSWER}')",
    RESPONSES.name: f"WHERE question <> '{WITHDRAWN_ANSWER}' AND event_id NOT IN "
    f"(SELECT answer FROM read_parquet($paths) WHERE question = '{WITHDRAWN_ANSWER}')",
}


@contextmanager
def _held(events: Mapping[str, Sequence[str]], name: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The events of a vault in one temporary table: kind, event_id, owner, gathered_by, loaded_at."""
    with closing(engine()) as cursor:
        cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} (kind VARCHAR, event_id VARCHAR, owner VARCHAR, "
            "gathered_by VARCHAR, loaded_at TIMESTAMPTZ)"
        )
        for table in RETURNED:
            if paths := events.get(table):
                kind = "what" if table == FOUND_OUT.name else f"'{table}'"
                stands = _STANDING.get(table, "")
                cursor.execute(
                    f"INSERT INTO {name} SELECT {kind}, event_id, owner, gathered_by, loaded_at "
                    f"FROM read_parquet($paths) {stands}",
                    {"paths": list(paths)},
                )
        yield cursor


def _sql(name: str) -> str:
    return (files("commonroll.insight") / f"{name}.sql").read_text("utf-8")
