"""Links copies of a vault in children that kill themselves at one step after the other.

Arguments: the folder of vaults, a folder for the copies, the steps. Prints those it died at as a JSON list.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path

from linked_rolls import SECRET, START

from commonroll.identity import linking
from commonroll.roll.vault.vault import Vault


def link_and_die(root: Path, step: str) -> None:
    """In a child: a linking that dies when it comes to `step`."""

    def tell(what: str, _: float) -> None:
        if what == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if step == "swap":
        linking.kept.swap = die  # type: ignore[assignment]
    if step == "events":
        told = linking._tell_of
        linking._tell_of = lambda vault, last: (
            die() if last and len(last.run) and _swapped(vault) else told(vault, last)
        )
    linking.run(Vault(root, "oh"), secret=SECRET, now=START + timedelta(days=9), progress=tell)


def _swapped(vault: Vault) -> bool:
    last = linking.kept.linked(vault.catalogue)
    return last is not None and last.snapshot == 2


def main(base: Path, work: Path, steps: list[str]) -> None:
    died = []
    for step in steps:
        shutil.copytree(base, work / step)
        child = os.fork()
        if child == 0:
            link_and_die(work / step, step)
            os._exit(0)
        if os.WIFSIGNALED(os.waitpid(child, 0)[1]):
            died.append(step)
    print(json.dumps(died))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
