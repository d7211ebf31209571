"""What the database says of members, keys and agreements, kept in this process until a row of it changes.

Every row of a watched table that is made, changed or deleted, by whatever process and in whatever way, leaves
a mark in the same transaction (triggers, made after every migration). Whoever asks looks at the marks first:
one statement in place of many, and never a state that is older than the question (docs/adr/0085).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from django.apps import apps
from django.db import connection, transaction

from commonroll.server import wall
from commonroll.server.models import Turn

WATCHED = (
    "Agreement", "AgreementEvent", "ApiKey", "DisputeRule", "Federation", "LawOverride", "Lent",
    "Member", "MemberKey", "NumberBlock", "Signature", "Statement",
)  # fmt: skip
"""Models whose rows decide what may be read. Nothing that a look at one voter writes is among them."""

MOST_KEPT = 512
MOST_MARKS = 1_000
"""Marks that the site leaves when it sweeps; fewer of them is one more change."""

_MARKS = f"SELECT count(*), coalesce(sum(token), 0) FROM {Turn._meta.db_table}"
_NAME = "commonroll_turn"
_TOKENS = 1 << 40
T = TypeVar("T")
Mark = tuple[int, int]

_kept: OrderedDict[Hashable, tuple[Mark, Any]] = OrderedDict()
_trusted: set[str] = set()
"""Databases of which this process has seen that they have the triggers."""
_lock = threading.Lock()


def kept(what: Hashable, read: Callable[[], T]) -> T:
    """What `read` finds in watched tables and nowhere else, as of now; nobody may change what is found.

    `what` names it and all that it depends on, but for whom the database answers.
    """
    mark = _mark()
    key = (str(connection.settings_dict["NAME"]), wall.asking(), what)
    known = _kept.get(key)
    if known is not None and known[0] == mark:
        return cast(T, known[1])
    found = read()
    # what changed while it was read belongs to no one state
    if _watching(key[0]) and _mark() == mark:
        with _lock:
            _kept[key] = (mark, found)
            _kept.move_to_end(key)
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return found


def _mark() -> Mark:
    """How many marks there are, and their sum: both grow together or the state is another."""
    count, tokens = wall.aside(connection, _MARKS)
    return int(count), int(tokens)


def _watching(database: str) -> bool:
    """Whether each watched table has its triggers: without them nothing is kept."""
    if database in _trusted:
        return True
    if missing():
        return False
    _trusted.add(database)
    return True


# Triggers


def build(**_: object) -> list[str]:
    """Receiver of `post_migrate`: make what triggers are missing; a table that SQLite rebuilt has none."""
    made = missing()
    if made:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(_FUNCTION)
            for name in made:
                cursor.execute(_triggers()[name])
    return made


def missing() -> list[str]:
    """Triggers that should be there and are not."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "WHERE c.relnamespace = current_schema()::regnamespace AND t.tgenabled <> 'D'"
            )
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        there = {str(row[0]) for row in cursor.fetchall()}
        tables = set(connection.introspection.table_names(cursor))
    if Turn._meta.db_table not in tables:
        return []
    return [name for name in _triggers() if name not in there and name.partition("__")[2] in tables]


def _triggers() -> dict[str, str]:
    """Statement that makes each trigger, by its name."""
    tables = [str(apps.get_model("server", model)._meta.db_table) for model in WATCHED]
    if connection.vendor == "postgresql":
        return {
            f"{_NAME}__{table}": f"CREATE TRIGGER {_NAME}__{table} "
            f"AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {_NAME}()"
            for table in tables
        }
    mark = f"INSERT INTO {Turn._meta.db_table} (token) VALUES (abs(random() % {_TOKENS}))"
    return {
        f"{_NAME}_{act.lower()}__{table}": f"CREATE TRIGGER {_NAME}_{act.lower()}__{table} "
        f"AFTER {act} ON {table} BEGIN {mark}; END"
        for table in tables
        for act in ("INSERT", "UPDATE", "DELETE")
    }


_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {_NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO server_turn (token) VALUES ((random() * {_TOKENS})::bigint);
    RETURN NULL;
END
$$
"""


def tidy() -> None:
    """Take away all marks but the last ones."""
    last = Turn.objects.order_by("-pk").values_list("pk", flat=True)[MOST_MARKS - 1 : MOST_MARKS].first()
    if last is not None:
        Turn.objects.filter(pk__lt=last).delete()
