"""Files that come with a form: kept below the home under names of ours, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from itertools import chain, count
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile

from commonroll.errors import Refusal

MAX_UPLOAD_BYTES = 8 << 30
MAX_NAME_BYTES = 150


def keep(folder: Path, files: Iterable[UploadedFile[bytes]]) -> list[str]:
    """Store uploads in a new folder; their names in it.

    Raises Refusal where no file came, one is too large, or the disk is full; the folder is then gone again.
    """
    folder.mkdir(parents=True, mode=0o700)
    try:
        kept = [_keep(folder, file) for file in files]
        if not kept:
            raise Refusal("no file came with the form", next_step="choose a file, then send the form again")
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise Refusal(
            "the disk has no room for this upload", next_step="free some room, then upload again"
        ) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return kept


def _keep(folder: Path, file: UploadedFile[bytes]) -> str:
    """Store one upload under a name of ours around the last part of theirs; its name is never a path."""
    if (file.size or 0) > MAX_UPLOAD_BYTES:
        raise Refusal("this file is larger than 8 GiB", next_step="load it on the command line instead")
    name = _name(file.name or "")
    names = chain([name], (f"{number}-{name}" for number in count(1)))
    target = next(folder / one for one in names if not (folder / one).exists())
    with target.open("xb") as out:
        for chunk in file.chunks():
            out.write(chunk)
    return target.name


def _name(given: str) -> str:
    last = given.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c if c.isalnum() or c in "._- " else "_" for c in last)
    return kept.encode()[-MAX_NAME_BYTES:].decode(errors="ignore").strip(". ") or "file"
