"""Run as a program: Washington's roll is linked, and unsure of a few pairs. `made_pairs.py HOME`."""

from __future__ import annotations

import sys
from pathlib import Path

from commonroll.console import use
from commonroll.server.home import Home

WAIT = 6


def build(home: Home) -> None:
    from doubted_pairs import doubt, pairs_of

    from commonroll.server.actions import federation, linkings, loads
    from commonroll.server.actor import Actor

    washington = federation.member("wa")
    vault = loads.vault(home, washington)
    linkings.link(home=home, of=washington, by=Actor.command_line())
    found = pairs_of(vault, WAIT)
    doubt(vault, found[: WAIT // 2])
    doubt(vault, found[WAIT // 2 :], "twins")


if __name__ == "__main__":
    tests = Path(__file__).parent.parent
    sys.path[:0] = [str(tests / "server"), str(tests), str(tests.parent)]
    build(use(Path(sys.argv[1])))
