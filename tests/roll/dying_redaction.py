"""Redacts a vault again and again, in processes that are killed at ever later steps.

Run as a program: `dying_redaction.py BASE WORK STRIDE`. BASE is a folder of vaults; WORK gets one copy for
each STRIDE steps, with what the killed process left behind. Prints the steps before which it was killed; the
last copy was not killed and is whole.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

from commonroll.roll.redaction import redaction
from commonroll.roll.vault.vault import Vault

WRITES = {"link", "replace", "unlink"}
STAGES = {"note", "rewrite", "put_refused", "put_appended", "commit", "close", "_no_reader"}


class Killer:
    """A profile hook that kills the process before its nth step."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        here = "/commonroll/roll/" in frame.f_code.co_filename
        step = event == "call" and here and frame.f_code.co_name in STAGES
        step |= event == "c_call" and arg.__module__ == "posix" and arg.__name__ in WRITES
        if step:
            self.left -= 1
            if self.left < 0:
                os.kill(os.getpid(), signal.SIGKILL)


def survives(root: Path, nth: int) -> bool:
    """Redact below `root` in a child that dies before its nth step; whether it came to the end."""
    child = os.fork()
    if child == 0:
        redaction.say = lambda *_: None  # how far it is matters to nobody here
        sys.setprofile(Killer(nth))
        redaction.redact(Vault(root, "nc"), now=datetime(2026, 12, 1, tzinfo=UTC), wait=0)
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
