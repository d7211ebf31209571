"""Loads a delivery again and again, in processes whose files may not grow beyond a limit.

Run as a program: `full_load.py BASE WORK FILE BYTES...`. BASE is a folder of vaults; WORK gets one copy for
each limit, 0 being none, with what the load left behind. Prints for each a line: what it was refused with.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sys
from pathlib import Path

from deliveries import taken, vault_of

from commonroll.errors import Refusal


def tried(root: Path, file: Path, limit: int) -> str:
    """The words of the load's refusal; none where it came to its end."""
    if limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        taken(vault_of(root), file)
    except Refusal as refusal:
        return str(refusal)
    return ""


def main(base: Path, work: Path, file: Path, limits: list[int]) -> None:
    for limit in limits:
        shutil.copytree(base, work / str(limit))
        child = os.fork()
        if child == 0:
            print(repr(tried(work / str(limit), file, limit)), flush=True)  # noqa: T201
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]), [int(limit) for limit in sys.argv[4:]])
