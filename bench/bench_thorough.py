"""Checks that `make test` runs in part, in full: every state's round trip, a kill before every step, more
examples of each property, and the server whole on both databases. One figure a run: how long it took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = {
    "round trips of every state": ("sqlite", ["tests/invented"]),
    "kills before every step": (
        "sqlite",
        ["tests/roll/test_redaction_crashes.py", "tests/roll/test_retention_crashes.py"],
    ),
    "pages in every size and scheme, homes of the oldest version": (
        "sqlite",
        ["tests/browser", "tests/cli/test_refusals.py"],
    ),
    "properties": (
        "sqlite",
        [
            "tests/roll",
            "tests/identity",
            "tests/views",
            "tests/agreements",
            "tests/transparency",
            "tests/field",
            "tests/insight",
        ],
    ),
    "the server on SQLite": ("sqlite", ["tests/server"]),
    "the server on PostgreSQL": ("postgres", ["tests/server"]),
}


def main() -> None:
    for name, (database, what) in RUNS.items():
        begun = time.monotonic()
        environment = {
            **os.environ,
            "COMMONROLL_TEST_THOROUGH": "1",
            "COMMONROLL_TEST_DATABASE": database,
        }
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-n", "2", "--no-loadscope-reorder", *what],
            cwd=ROOT, env=environment, stdout=sys.stderr, check=False,
        )  # fmt: skip
        seconds, ok = time.monotonic() - begun, done.returncode == 0
        print(json.dumps({"name": f"thorough: {name}", "seconds": seconds, "bar": "no failure", "ok": ok}))


if __name__ == "__main__":
    main()
