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

import migrated
from commonroll.flow.leaving import age, package
from commonroll.server.actions import leaving, packing
from commonroll.server.home import Home
from commonroll.server.models import Leaving, Member

IDENTITY, RECIPIENT = age.new_identity()
KEY = age.Key((IDENTITY,))


def packed(home: Home, member: Member, to: Path, **said: Any) -> Leaving:
    """The member leaves; its package stands in `to`."""
    given: dict[str, Any] = {"recipients": [RECIPIENT], "passphrase": PASSPHRASE, "by": MACHINE} | said
    word = given.get("package_passphrase", "")
    begun = leaving.begin(home=home, of=member, **given)
    return packing.run(home=home, leaving=begun, to=to, package_passphrase=word, by=MACHINE)


def unpacked(file: Path, into: Path, key: age.Key = KEY) -> dict[str, str]:
    """What is in a package, unpacked; its checksums."""
    with file.open("rb") as source, age.opening(source, key) as plain:
        return package.read(plain, most=file.stat().st_size, into=into)


@dataclass(frozen=True)
class Elsewhere:
    """A home of its own, driven by commands in a process of its own: this one's is the federation's."""

    path: Path

    def lines(self, *lines: list[str]) -> list[dict[str, Any]]:
        """Command lines, one after the other in one process: code, stdout and stderr of each."""
        migrated.fill(self.path)
        ours = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "COMMONROLL_HOME")
        environment = {k: v for k, v in os.environ.items() if k not in ours}
        program = [sys.executable, str(Path(__file__).parents[1] / "command_lines.py")]
        done = subprocess.run(
            program, input=json.dumps([[*words, "--home", str(self.path)] for words in lines]),
            env=environment, capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found


def repacked(folder: Path, to: Path) -> Path:
    """A package of the files of a folder as they are now, with checksums that are theirs."""
    (folder / package.SUMS).unlink()
    with to.open("wb") as out, age.sealing(out, age.Lock((RECIPIENT,))) as sink:
        writer = package.Writer(sink)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                writer.put_file(path.relative_to(folder).as_posix(), path)
        writer.close()
    text = "".join(
        f"{digest}  {name}\n" for name, digest in sorted(writer.sums.items()) if name != package.SUMS
    )
    (folder / package.SUMS).write_text(text)
    return to
