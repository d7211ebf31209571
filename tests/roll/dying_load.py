"""Loads a delivery again and again, in processes that are killed at given moments of their progress.

Run as a program: `dying_load.py BASE WORK FILE STAGE...`. BASE is a folder of vaults; WORK gets one copy for
each STAGE, in which a process loads FILE and kills itself when progress first says STAGE. Prints for each the
signal that ended it, 0 if it came to the end.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

from deliveries import taken, vault_of


def ended_by(root: Path, file: Path, stage: str) -> int:
    """Load below `root` in a child that dies in `stage`; the signal that ended it."""

    def progress(said: str, fraction: float) -> None:
        if said == stage:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        taken(vault_of(root), file, progress=progress)
        os._exit(0)
    return os.waitpid(child, 0)[1] & 127


def main(base: Path, work: Path, file: Path, stages: list[str]) -> None:
    for stage in stages:
        shutil.copytree(base, work / stage)
        print(f"{stage}: {ended_by(work / stage, file, stage)}")  # noqa: T201


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]), sys.argv[4:])
