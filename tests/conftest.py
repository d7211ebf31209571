"""What every test shares: a closed network."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

import migrated
from commonroll.roomy import roomy
from thorough import THOROUGH

# A busy machine is no fault of the code: speed is measured in bench/, never here.
settings.register_profile(
    "suite",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=200 if THOROUGH else 40,
)
settings.load_profile("suite")


def pytest_collection_finish() -> None:
    """Look for cycles less often, and never among the modules: a fifth of the time, since expressions are
    made of many small objects and few cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


LONGEST = (
    "tests/browser/",
    "tests/identity/test_linking.py",
    "tests/layouts/test_samples.py",
    "tests/invented/test_round_trip.py",
    "tests/identity/test_training.py",
    "tests/server/test_matches.py",
    "tests/server/test_endpoints.py",
    "tests/server/test_rivals.py",
    "tests/cli/test_refusals.py",
    "tests/roll/test_deliveries",
    "tests/roll/test_renumbered.py",
    "tests/roll/test_load",
    "tests/views/test_fact_words.py",
    "tests/identity/",
)
"""What takes long, by the beginning of its path, the longest first."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the longest: what is left at the end is short, and no process waits for another's."""
    later = [] if THOROUGH else [item for item in items if item.get_closest_marker("thorough")]
    if later:
        config.hook.pytest_deselected(items=later)
        items[:] = [item for item in items if item not in set(later)]
    items.sort(key=lambda item: next((n for n, at in enumerate(LONGEST) if item.nodeid.startswith(at)), 99))


class ByModule(LoadScopeScheduling):
    """A module is one process's, and so is all that drives the browser: what tests share is built once."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return str(Path(path).parent) if "/browser/" in path else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByModule:
    return ByModule(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """What pytest does of itself, on a stack with room: a third of the time."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    roomy(runtestprotocol)(item, nextitem=nextitem)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


if not THOROUGH:  # kills lose nothing that was written, and no test cuts the power
    os.fsync = lambda fd: None


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """The tests' own database begins with its tables where it is SQLite's."""
    if os.environ.get("COMMONROLL_TEST_DATABASE") == "postgres":
        yield
        return
    with migrated.in_memory():
        yield


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
