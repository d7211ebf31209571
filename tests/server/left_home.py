"""A member's package, made and taken into a home of its own: once for all tests that only look at it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from world import MACHINE, PASSPHRASE

from commonroll.flow.leaving import age, package
from commonroll.server.actions import leaving
from commonroll.server.home import Home
from commonroll.server.models import Leaving, Member

IDENTITY, RECIPIENT = age.new_identity()
KEY = age.Key((IDENTITY,))


def packed(home: Home, member: Member, to: Path, **said: Any) -> Leaving:
    """The member leaves; its package stands in `to`."""
    given: dict[str, Any] = {"recipients": [RECIPIENT], "passphrase": PASSPHRASE, "by": MACHINE} | said
    word = given.get("package_passphrase", "")
    begun = leaving.begin(home=home, of=member, **given)
    return leaving.run(home=home, leaving=begun, to=to, package_passphrase=word, by=MACHINE)


def unpacked(file: Path, into: Path, key: age.Key = KEY) -> dict[str, str]:
    """What is in a package, unpacked; its checksums."""
    with file.open("rb") as source, age.opening(source, key) as plain:
        return package.read(plain, most=file.stat().st_size, into=into)


@dataclass(frozen=True)
class Elsewhere:
    """A home of its own, driven by commands in a process of its own: this one's is the federation's."""

    path: Path

    def run(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        environment = {
            k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
        }
        done = subprocess.run(
            [sys.executable, "-m", "commonroll.cli", *words, "--home", str(self.path)],
            env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json").stdout)
