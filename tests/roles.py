"""The two roles of PostgreSQL that the operator's guide names: one owns the tables, one serves."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import psycopg

OWNER, SERVING = "roll_owner", "roll_serving"
PASSWORD = "only-for-tests"


def make_roles(superuser: str) -> None:
    """Make both in a server; neither is a superuser nor goes around row security."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        for role, may in ((OWNER, "CREATEDB"), (SERVING, "NOCREATEDB")):
            connection.execute(
                f"CREATE ROLE {role} LOGIN {may} NOSUPERUSER NOBYPASSRLS PASSWORD '{PASSWORD}'"
            )


def url_of(superuser: str, role: str, database: str | None = None) -> str:
    """The address of the same server for a role, and for another database where one is named."""
    parts = urlsplit(superuser)
    host = parts.netloc.rpartition("@")[2]
    path = parts.path if database is None else f"/{database}"
    return urlunsplit((parts.scheme, f"{role}:{PASSWORD}@{host}", path, parts.query, ""))
