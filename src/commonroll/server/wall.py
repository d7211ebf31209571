"""For whom the database answers: the acting member, the node itself, or nobody, told with every transaction.

PostgreSQL's row security (`policies`, the rows in `models.walled`) is a further wall behind the checks of the
application. This module alone sets what it reads, by SET LOCAL: a pooled or persistent connection keeps
nothing of it. On SQLite nothing happens here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Error, pq

from commonroll.server.models.federation import MEMBER_KEY
from commonroll.server.models.walled import MEMBER, NODE

NOBODY = ""
_NODE = "*"
"""No member's key; stands for the node in this module."""

T = TypeVar("T")
_now: ContextVar[str | None] = ContextVar("commonroll_wall", default=None)
_process = NOBODY


@contextmanager
def acting(member: str | None) -> Iterator[None]:
    """For the block, rows that this member (its key) may see; with None those that are everybody's alone."""
    if member and not re.fullmatch(MEMBER_KEY, member):
        raise ValueError("this is no member's key")
    with _as(member or NOBODY):
        yield


@contextmanager
def node() -> Iterator[None]:
    """For the block, every row: work of the node that is nobody's question. Also a decorator: `@node()`."""
    with _as(_NODE):
        yield


@contextmanager
def _as(who: str) -> Iterator[None]:
    token = _now.set(who)
    try:
        yield
    finally:
        _now.reset(token)


def whole_process() -> None:
    """What runs in this process outside `acting` is the node's own work: the command line, the sequencer."""
    global _process
    _process = _NODE


def pieces(member: str | None, of: Iterator[T]) -> Iterator[T]:
    """What is sent piece by piece after its page has returned, each piece made for the same member."""
    while True:
        with acting(member):
            try:
                piece = next(of)
            except StopIteration:
                return
        yield piece


def asking() -> str:
    """For whom the database answers now, as one word: what is kept of its answers is kept under it."""
    who = _now.get()
    return _process if who is None else who


# Telling the database


def install(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Receiver of `connection_created`: every statement of the connection goes through `_told`."""
    known = connection.alias == DEFAULT_DB_ALIAS
    if known and connection.vendor == "postgresql" and _told not in connection.execute_wrappers:
        connection.execute_wrappers.append(_told)


def _told(execute: Callable[..., Any], sql: str, params: object, many: bool, context: dict[str, Any]) -> Any:
    """Run a statement with who is asking set for its transaction, which is its own where there is none."""
    connection: BaseDatabaseWrapper = context["connection"]
    raw = connection.connection
    who = asking()
    status = raw.info.transaction_status
    if raw.autocommit and status == pq.TransactionStatus.IDLE:
        if who == NOBODY:
            return execute(sql, params, many, context)
        return _alone(connection, _said(who), lambda: execute(sql, params, many, context))
    if status == pq.TransactionStatus.IDLE:
        connection.commonroll_told = NOBODY  # type: ignore[attr-defined]
    keeps = status == pq.TransactionStatus.INERROR or sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))
    if not keeps:
        _tell(connection, who)
    if sql.startswith("ROLLBACK"):
        # the database goes back to what was set before the savepoint, whatever that was
        connection.commonroll_told = None  # type: ignore[attr-defined]
    return execute(sql, params, many, context)


def _tell(connection: BaseDatabaseWrapper, who: str) -> None:
    """Say for the rest of the transaction for whom the database answers, where it does not know."""
    if getattr(connection, "commonroll_told", None) != who:
        connection.commonroll_told = None  # type: ignore[attr-defined]
        with connection.wrap_database_errors:
            connection.connection.execute(_said(who), prepare=False)
        connection.commonroll_told = who  # type: ignore[attr-defined]


def tell(connection: BaseDatabaseWrapper) -> None:
    """The same for whoever runs a statement of PostgreSQL past Django's cursor, in an open transaction."""
    if connection.connection.info.transaction_status != pq.TransactionStatus.INTRANS:
        raise RuntimeError("a statement past Django's cursor is in a transaction that Django began")
    _tell(connection, asking())


def aside(connection: BaseDatabaseWrapper, sql: str) -> tuple[Any, ...]:
    """First row of a statement past Django's cursor, which costs as much again as a small one: of tables that
    are everybody's alone, since the database is not told for whom it answers."""
    connection.ensure_connection()
    raw = connection.connection
    begins = connection.vendor == "postgresql" and not raw.autocommit
    if begins and raw.info.transaction_status == pq.TransactionStatus.IDLE:
        # of the transaction that this begins nothing was told yet
        connection.commonroll_told = None  # type: ignore[attr-defined]
    with connection.wrap_database_errors:
        found: tuple[Any, ...] = raw.execute(sql).fetchone()
    return found


def _alone(connection: BaseDatabaseWrapper, said: str, run: Callable[[], T]) -> T:
    raw = connection.connection
    with connection.wrap_database_errors:
        raw.execute(f"BEGIN; {said}", prepare=False)
    try:
        found = run()
        with connection.wrap_database_errors:
            raw.execute("COMMIT", prepare=False)
    except BaseException:
        with suppress(Error):
            if raw.info.transaction_status != pq.TransactionStatus.IDLE:
                raw.execute("ROLLBACK", prepare=False)
        raise
    return found


def _said(who: str) -> str:
    """Both settings for this transaction; a member's key has no character that SQL reads."""
    member, whole = ("", "on") if who == _NODE else (who, "")
    return f"SELECT set_config('{MEMBER}', '{member}', true), set_config('{NODE}', '{whole}', true)"
