"""Several processes write one journal at once; shared by the tests on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import migrated
from commonroll.server.home import Home

SCRIPT = Path(__file__).with_name("journal_writer.py")
ROWS = 21
KEPT = ROWS - ROWS // 3


def start(
    home: Path, database: str, *words: str, script: Path = SCRIPT, pass_fds: Collection[int] = ()
) -> subprocess.Popen[str]:
    if not database:
        migrated.fill(home)
    environment = {**os.environ, "COMMONROLL_HOME": str(home), "DATABASE_URL": database}
    return subprocess.Popen(
        [sys.executable, str(script), *words], env=environment, text=True, pass_fds=pass_fds,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run(home: Path, database: str, *words: str, script: Path = SCRIPT) -> str:
    done = start(home, database, *words, script=script)
    out, err = done.communicate(timeout=120)
    assert done.returncode == 0, err
    return out


def two_writers_and_a_sequencer(home: Path, database: str = "") -> str:
    """Two processes write while a third folds; nothing is lost, doubled or out of order.

    Gives what was said of a row outside a transaction, which a process tried afterwards.
    """
    Home(home).create()
    report, outside = run(home, database, str(ROWS)).splitlines()
    found: dict[str, Any] = json.loads(report)
    assert found["rows"] == 1 + 2 * KEPT
    assert found["indexes"] == list(range(found["rows"]))
    assert found["times"] == sorted(found["times"])
    assert found["verifies"]
    return str(json.loads(outside))
