"""The site as a process of its own, with a federation of invented people that a browser can sign in to.

Nothing here knows Django: tests stand outside, as a browser does.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PASSPHRASE = "signs for invented people"
PASSWORD = "a long password for tests"
VOTERS = 600
MEMBERS = {
    "oh": ("Ohio", "state", "OH"),
    "wa": ("Washington", "state", "WA"),
    "national": ("National", "national", ""),
    "rivera": ("Rivera", "campaign", ""),
}
PEOPLE = {
    "alice": ("oh", "owner"),
    "tom": ("oh", "viewer"),
    "petra": ("oh", "viewer"),
    "wanda": ("wa", "owner"),
    "nadia": ("national", "owner"),
    "charlie": ("rivera", "owner"),
}
"""Who signs in, for which member, in which role. Charlie's member has no agreement with anybody."""
OFFICER = "olga"
"""Who signs in for the federation and for no member."""

START_WITHIN_SECONDS = 90
STOP_WITHIN_SECONDS = 15
HERE = Path(__file__).parent


def address(person: str) -> str:
    return f"{person}@example.org"


@dataclass(frozen=True)
class Site:
    """Where the site answers, its official files to upload, and the public keys of its logs."""

    url: str
    home: Path
    files: Path
    vkeys: dict[str, str]
    sessions: dict[str, Any] = field(default_factory=dict)
    """Cookies of people who signed in, for tests that are about something else."""

    def delivery(self, name: str) -> list[Path]:
        """Ohio's files of one delivery: "1", "2", "renamed" or "halved"."""
        folder = self.files / name
        return sorted((folder / "OH" if (folder / "OH").exists() else folder).glob("*.txt"))


def environment(home: Path) -> dict[str, str]:
    """This process's environment without what the tests' own Django reads."""
    dropped = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "COMMONROLL_TEST_DATABASE")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | {"COMMONROLL_HOME": str(home), "COMMONROLL_DEMO": "1"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    """A built federation below `folder`, served until the block ends."""
    home, files = folder / "home", folder / "files"
    told = subprocess.run(
        [sys.executable, str(HERE / "made_federation.py"), str(home), str(files)],
        env=environment(home), check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    port = free_port()
    log = folder / "serve.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "commonroll.cli", "serve", "--port", str(port)],
            env=environment(home), stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        waited_for(process, f"http://localhost:{port}/accounts/login/", log)
        yield Site(f"http://localhost:{port}", home, files, json.loads(told.stdout))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_WITHIN_SECONDS)


def waited_for(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + START_WITHIN_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the site did not answer; it said:\n{log.read_text()}")
