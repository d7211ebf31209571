"""Row security on PostgreSQL: policies from `models.walled` with every migration, rights, how it stands.

Tables belong to the role that migrates; FORCE binds even that one. The role that serves owns nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.apps import apps
from django.db import connection, transaction

from commonroll.server.models.walled import COMMON, MY_ID, NODE, NODE_ASKS, WALLED, Rows

OURS = "c.relname = ANY(%s) AND c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
POLICY = "commonroll"
READING = "commonroll_reads"

PROPOSALS = f"""
CREATE OR REPLACE FUNCTION commonroll_proposals() RETURNS bigint[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    before text := coalesce(current_setting('{NODE}', true), '');
    mine bigint := {MY_ID};
    found bigint[];
BEGIN
    PERFORM set_config('{NODE}', 'on', true);
    found := array(SELECT proposal_id FROM server_addressee WHERE owner_id = mine
                   UNION SELECT id FROM server_proposal WHERE author_id = mine OR recipient_id = mine);
    PERFORM set_config('{NODE}', before, true);
    RETURN found;
END
$$
"""
"""A proposal is seen through its addressees and they through it. Policies that ask each other never end, so a
function reads both, for the acting member's part alone; it is undone with the statement if that fails."""


def table_of(model: str) -> str:
    """The table of a model of ours."""
    return str(apps.get_model("server", model)._meta.db_table)


def statements(table: str, rows: Rows) -> list[str]:
    """What puts one table behind the wall."""
    writes = f"{NODE_ASKS} OR {rows.writes}"
    made = [
        f"DROP POLICY IF EXISTS {POLICY} ON {table}",
        f"DROP POLICY IF EXISTS {READING} ON {table}",
        f"CREATE POLICY {POLICY} ON {table} USING ({writes}) WITH CHECK ({writes})",
        f"COMMENT ON POLICY {POLICY} ON {table} IS '{_mark(rows)}'",
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    ]
    if rows.reads != rows.writes:
        made.insert(3, f"CREATE POLICY {READING} ON {table} FOR SELECT USING ({rows.reads})")
    return made


def _mark(rows: Rows) -> str:
    """Tells a policy of this version from another's."""
    text = "\n".join((rows.reads, rows.writes, NODE_ASKS, PROPOSALS))
    return hashlib.sha256(text.encode()).hexdigest()


def build(**_: object) -> list[str]:
    """Receiver of `post_migrate`: bring the wall to this version; the tables that were changed."""
    if connection.vendor != "postgresql":
        return []
    stands = _standing()
    behind = [
        name for name, rows in WALLED.items() if table_of(name) in stands
        and stands[table_of(name)] != (True, True, _mark(rows))
    ]  # fmt: skip
    open_ = [name for name in COMMON if stands.get(table_of(name), (False,))[0]]
    with transaction.atomic(), connection.cursor() as cursor:
        if behind and {"server_proposal", "server_addressee"} <= set(stands):
            cursor.execute(PROPOSALS)
        for name in behind:
            for statement in statements(table_of(name), WALLED[name]):
                cursor.execute(statement)
        for table in map(table_of, open_):
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
    return [*behind, *open_]


def _standing() -> dict[str, tuple[bool, bool, str]]:
    """Tables of ours that there are: row security on, forced, mark of the policy."""
    tables = [table_of(name) for name in (*WALLED, *COMMON)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, obj_description(p.oid, 'pg_policy') "
            "FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = %s "
            f"WHERE {OURS}",
            [POLICY, tables],
        )
        return {name: (on, forced, mark or "") for name, on, forced, mark in cursor.fetchall()}


def grant(role: str) -> None:
    """Give the serving role its rights on every table: rows, nothing else; migrations are read alone."""
    name = connection.ops.quote_name(role)
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    listed = ", ".join(connection.ops.quote_name(table) for table in sorted(tables))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        schema = connection.ops.quote_name(cursor.fetchone()[0])
        cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {listed} TO {name}")
        cursor.execute(f"GRANT SELECT ON django_migrations TO {name}")


def weakness() -> str:
    """Why row security does not hold for this connection's role, in a sentence; empty where it does, or on
    SQLite, which has none."""
    if connection.vendor != "postgresql":
        return ""
    stands = _standing()
    missing = [
        name for name, rows in WALLED.items() if stands.get(table_of(name)) != (True, True, _mark(rows))
    ]
    if missing:
        return (
            f"The wall of row security is off or of another version on {len(missing)} tables: "
            "run `commonroll upgrade` as the role that owns them (DATABASE_OWNER_URL)."
        )
    return _of_role(list(stands))


def _of_role(tables: Sequence[str]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT r.rolsuper, r.rolbypassrls, (SELECT count(*) FROM pg_class c WHERE {OURS} "
            "AND pg_has_role(current_user, c.relowner, 'MEMBER')) "
            "FROM pg_roles r WHERE r.rolname = current_user",
            [list(tables)],
        )
        superuser, bypasses, owned = cursor.fetchone()
    if superuser or bypasses:
        kind = "a superuser" if superuser else "a role with BYPASSRLS"
        return (
            f"The wall of row security is off: DATABASE_URL signs in as {kind}, for whom PostgreSQL checks "
            "no rows. Serve as a role of its own and migrate by DATABASE_OWNER_URL."
        )
    if owned:
        return (
            "The wall of row security is weaker than it could be: the role of DATABASE_URL owns the tables "
            "and could take it off. Serve as a role of its own and migrate by DATABASE_OWNER_URL."
        )
    return ""
