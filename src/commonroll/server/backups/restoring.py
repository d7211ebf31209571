"""A home made of a backup: read to its end beside its name, which it gets when all checksums are right."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from commonroll.errors import Refusal
from commonroll.flow.leaving import age
from commonroll.server.backups import archive
from commonroll.server.home import Home


def restore(file: Path, home: Path, key: age.Key) -> int:
    """Make the folder `home` of a backup; how many files. Whatever kills it, no half home has the name.

    Raises Refusal where `home` is there and not empty, archive.BadBackup and age.NotOpened for the file.
    """
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise Refusal(
            "something is there already, and nothing is written over it",
            where=str(home),
            next_step="name a new folder; move the old home away yourself once the new one is whole",
        )
    part = home.with_name(f".{home.name}.restoring")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, mode=0o700)
    try:
        sums = archive.read(file, key, part)
        if "secrets/django.key" not in sums:
            raise archive.bad("no home is in it")
        Home(part).create()
        os.sync()
        part.replace(home)  # an empty folder of the name makes way
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return len(sums)
