"""The operational database's settings: SQLite beside the vaults, or PostgreSQL by `DATABASE_URL`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.db import OperationalError, ProgrammingError, connection
from django.db.migrations.exceptions import MigrationSchemaMissing

from commonroll.errors import Refusal

NO_RIGHT = "42501"


def sqlite(path: Path) -> dict[str, Any]:
    """SQLite as several processes need it: write-ahead log, immediate transactions, full sync.

    Measured: with deferred transactions 1,504 of 1,600 read-then-write transactions failed under
    8 writers, with immediate ones none.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
        # the last connection that closes writes the log back; to do so after each request takes 3 ms
        "CONN_MAX_AGE": 60,
    }


def postgres(url: str) -> dict[str, Any]:
    """`postgresql://user:password@host:port/name?option=value`; a socket folder may stand in `?host=`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise Refusal(
            "DATABASE_URL names a database that Commonroll does not run on",
            next_step="use postgresql://user:password@host:port/name, or leave DATABASE_URL unset for SQLite",
        )
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def owner_of(url: str, owner: str) -> dict[str, Any] | None:
    """How the role that owns the tables signs in, where it is another than the one that serves from `url`."""
    if owner and not url:
        raise Refusal(
            "DATABASE_OWNER_URL stands without DATABASE_URL",
            next_step="name the role that serves in DATABASE_URL, or leave both unset for SQLite",
        )
    return postgres(owner) if owner else None


@contextmanager
def as_owner(owner: dict[str, Any] | None) -> Iterator[None]:
    """For the block the connection is the owner's. There is one at a time: migrations of others ask on it
    whatever database they are told to migrate."""
    if owner is None:
        yield
        return
    connection.close()
    serves = connection.settings_dict
    connection.settings_dict = {**serves, **owner}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = serves


def unanswered(error: Exception) -> Refusal | None:
    """The refusal for a database that does not answer, or has another version's tables; None for any other.

    The driver's own words may hold the password of `DATABASE_URL`, so none of them are passed on.
    """
    if _of_another_version(error):
        return Refusal(
            "The operational database has the tables of another version of Commonroll.",
            next_step="Stop the site, back the home up, then run `commonroll upgrade`; nothing was changed.",
        )
    if isinstance(error, MigrationSchemaMissing) or (
        isinstance(error, ProgrammingError) and getattr(error.__cause__, "sqlstate", None) == NO_RIGHT
    ):
        return Refusal(
            "The role of DATABASE_URL may not do this in the operational database.",
            next_step="Stop the site, then run `commonroll upgrade` with DATABASE_OWNER_URL, whose role owns "
            "the tables; nothing was changed.",
        )
    if not isinstance(error, OperationalError):
        return None
    return Refusal(
        "The operational database does not answer.",
        next_step="Check DATABASE_URL and that the server runs, or leave it unset for SQLite; "
        "nothing was changed.",
    )


def _of_another_version(error: Exception) -> bool:
    """Whether a table or a column is missing: as SQLite words it, or by PostgreSQL's codes."""
    if isinstance(error, OperationalError):
        words = str(error)
        return any(said in words for said in ("no such table", "no such column", "has no column named"))
    code = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, ProgrammingError) and code in ("42P01", "42703")
