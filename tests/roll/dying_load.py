"""Loads a delivery in a process that is killed at a given moment of its progress.

Run as a program: `dying_load.py VAULTS FILE STAGE NTH`: kills itself the NTH time progress says STAGE.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from deliveries import taken, vault_of


def main(root: Path, file: Path, stage: str, nth: int) -> None:
    left = nth

    def progress(said: str, fraction: float) -> None:
        nonlocal left
        if said == stage:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    taken(vault_of(root), file, progress=progress)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
