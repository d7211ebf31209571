"""Loads a delivery in a process whose files may not grow beyond a limit: `full_load.py VAULTS FILE BYTES`."""

from __future__ import annotations

import resource
import signal
import sys
from pathlib import Path

from deliveries import taken, vault_of

from commonroll.errors import Refusal


def main(root: Path, file: Path, limit: int) -> None:
    if limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        taken(vault_of(root), file)
    except Refusal as refusal:
        print(refusal)  # noqa: T201
        sys.exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
