"""Removes snapshots again and again, in processes that are killed at ever later steps.

Run as a program: `dying_sweep.py BASE WORK STRIDE`, as `dying_redaction.py` is. What is said of the removal
goes into the file `said` beside the vault, as a log would have it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

from made_rolls import NOW

from commonroll.roll.vault.retention import Rule, Sweep, sweep
from commonroll.roll.vault.vault import Vault

WRITES = {
    "execute",
    "executemany",
    "commit",
    "flock",
    "ftruncate",
    "close",
    "pwrite",
    "unlink",
    "rmtree",
    "write",
}
STAGES = {"preview", "put_away", "vacuum", "sweep", "retire", "_gone", "say"}


class Killer:
    """A profile hook that kills the process before its nth step of a sweep."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        place = frame.f_code.co_filename
        if "/commonroll/roll/" not in place and not place.endswith("dying_sweep.py"):
            return
        name = frame.f_code.co_name if event == "call" else getattr(arg, "__name__", "")
        if name in {"call": STAGES, "c_call": WRITES}.get(event, ()):
            self.left -= 1
            if self.left < 0:
                os.kill(os.getpid(), signal.SIGKILL)


def survives(root: Path, nth: int) -> bool:
    """Sweep below `root` in a child that dies before its nth step; whether it came to the end."""

    def say(found: Sweep) -> None:
        with (root / "said").open("w") as file:
            file.write(",".join(str(one.number) for one in found.goes))

    child = os.fork()
    if child == 0:
        sys.setprofile(Killer(nth))
        sweep(Vault(root, "nc"), Rule(newest=2), pinned=dict, say=say, now=NOW)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def main(base: Path, work: Path, stride: int) -> None:
    for nth in count(0, stride):
        root = work / str(nth)
        shutil.copytree(base, root)
        print(nth)  # noqa: T201
        if survives(root, nth):
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
