"""Lets a member leave in processes that are killed at ever later steps.

Run as a program: `dying_leave.py WORK RECIPIENT`. WORK gets `base`, a home in which the member nc gives
National an agreement, and a copy of it for each step of STEPS as the killed process left it. The package
would stand in WORK/STEP/nc.age. In the last copy nc asks again, and nobody kills it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import django  # imported once, before any child is forked
import ibis  # noqa: F401
import pyrage  # noqa: F401
from made_rolls import publish, voter

import migrated
from commonroll.roll.vault.vault import Vault

PASSPHRASE = "only for tests"
STEPS = (("put_file", 9), ("enter", 1), ("put_agreements", 1), ("_check_read", 1))
"""A function and which of its calls is not survived: in the vault, at the end, after it, reading back."""


class Killer:
    """A profile hook that kills the process at the nth call of a function of the program."""

    def __init__(self, name: str, nth: int) -> None:
        self.name, self.left = name, nth

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_name == self.name and "/commonroll/" in code.co_filename:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def begin(path: Path) -> None:
    from commonroll.server import startup
    from commonroll.server.actions import agreements, federation
    from commonroll.server.actions.wishes import Wishes
    from commonroll.server.actor import Actor
    from commonroll.server.home import Home

    by, home = Actor.command_line(), Home(path)
    migrated.fill(path)
    startup.migrate()
    federation.begin(home=home, name="Two", origin="test.commonroll.invalid", by=by)
    nc, national = (
        federation.add_member(
            home=home, key=key, name=key, kind=kind, state=state, passphrase=PASSPHRASE, by=by
        )
        for key, kind, state in (("nc", "state", "NC"), ("national", "national", ""))
    )
    publish(Vault(home.vaults, "nc"), [voter(1), voter(2)])
    days = {"start": datetime(2026, 1, 1, tzinfo=UTC), "until": datetime(2096, 1, 1, tzinfo=UTC)}
    wishes = Wishes(purposes=["gotv"], modes=["count"], columns=["voters.party"], **days)
    text = agreements.draft(owner=nc, recipient=national, wishes=wishes, by=by)
    for member in (nc, national):
        text = agreements.sign(home=home, agreement=text, member=member, passphrase=PASSPHRASE, by=by)


def leave(path: Path, recipient: str, killer: Killer | None) -> None:
    from commonroll.server.actions import federation, leaving, packing
    from commonroll.server.actor import Actor
    from commonroll.server.home import Home

    by, home = Actor.command_line(), Home(path)
    begun = leaving.begin(
        home=home, of=federation.member("nc"), recipients=[recipient], passphrase=PASSPHRASE,
        at_once=True, by=by,
    )  # fmt: skip
    sys.setprofile(killer)
    packing.run(home=home, leaving=begun, to=path / "nc.age", by=by)


def in_child(home: Path, work: Callable[[], None]) -> int:
    """How the work ended in a process of its own, on a home of its own."""
    if child := os.fork():
        return os.waitpid(child, 0)[1]
    os.environ |= {"COMMONROLL_HOME": str(home), "DJANGO_SETTINGS_MODULE": "commonroll.server.settings"}
    from commonroll.server.home import Home

    Home(home).create()
    django.setup()
    work()
    os._exit(0)


def main(work: Path, recipient: str) -> None:
    base = home = work / "base"
    assert in_child(base, lambda: begin(base)) == 0
    for name, nth in STEPS:
        home = work / f"{name}-{nth}"
        shutil.copytree(base, home)
        killer = Killer(name, nth)
        status = in_child(home, lambda: leave(home, recipient, killer))  # noqa: B023
        assert os.WIFSIGNALED(status), f"{name} was not called {nth} times"
    again = work / "again"
    shutil.copytree(home, again)
    assert in_child(again, lambda: leave(again, recipient, None)) == 0


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
