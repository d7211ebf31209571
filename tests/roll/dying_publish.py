"""Publishes a snapshot again and again, in processes that are killed at ever later steps.

Run as a program: `dying_publish.py BASE WORK`. BASE is a vault folder with one snapshot; WORK gets one copy
per step, with what the killed process left behind. Prints the number of copies and leaves the last one,
which was not killed, whole.
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

from made_rolls import NOW, stage, voter

from commonroll.roll.vault.vault import Vault

WRITES = {"execute", "executescript", "commit", "fsync", "flock", "ftruncate", "close", "pwrite"}
STAGES = {"publish", "stage", "commit", "sync", "_opened", "_added", "at_version", "_commit_refused", "add"}


class Killer:
    """A profile hook that kills the process before its nth step within the roll package."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        if "/commonroll/roll/" not in frame.f_code.co_filename:
            return
        name = frame.f_code.co_name if event == "call" else getattr(arg, "__name__", "")
        if name in {"call": STAGES, "c_call": WRITES}.get(event, ()):
            self.left -= 1
            if self.left < 0:
                os.kill(os.getpid(), signal.SIGKILL)


def survives(root: Path, nth: int) -> bool:
    """Publish below `root` in a child that dies before its nth step; whether it came to the end."""
    vault = Vault(root, "nc")
    staged = {"voters": [stage(vault, "voters", [voter(7), voter(8), voter(9)])]}
    child = os.fork()
    if child == 0:
        sys.setprofile(Killer(nth))
        vault.publish(staged, parent=1, load="load-2", state="NC", layouts=[], now=NOW)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def main(base: Path, work: Path) -> None:
    for nth in count():
        root = work / str(nth)
        shutil.copytree(base, root)
        if survives(root, nth):
            print(nth)  # noqa: T201
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
