"""The file of a backup: a tar of plain files inside age, its checksums last; read back before it counts."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from commonroll.errors import Refusal
from commonroll.flow.leaving import age

SUMS = "SHA256SUMS"
COPY = 1 << 20


class BadBackup(Refusal):
    """A file that is no whole backup, or not what was put into it."""


def bad(what: str, where: str = "") -> BadBackup:
    """The refusal of a backup; `where` is a file's name inside it."""
    return BadBackup(what, where=where, next_step="nothing was made of it; use another backup")


def write(folder: Path, to: Path, lock: age.Lock) -> int:
    """Seal every plain file below `folder` into the file `to`, which is new and synced; how many."""
    sums: dict[str, str] = {}
    handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as out:
        with age.sealing(out, lock) as sink, tarfile.open(fileobj=sink, mode="w|", bufsize=COPY) as tar:
            for path in _plain(folder):
                name = path.relative_to(folder).as_posix()
                sums[name] = _put(tar, path, name)
            _put_sums(tar, sums)
        out.flush()
        os.fsync(out.fileno())
    return len(sums)


def _plain(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _put(tar: tarfile.TarFile, path: Path, name: str) -> str:
    head = tarfile.TarInfo(name)
    head.mode = 0o600
    with path.open("rb") as source:
        head.size = os.fstat(source.fileno()).st_size
        digest = hashlib.file_digest(source, "sha256").hexdigest()
        source.seek(0)
        tar.addfile(head, source)
    return digest


def _put_sums(tar: tarfile.TarFile, sums: dict[str, str]) -> None:
    data = _text(sums).encode()
    head = tarfile.TarInfo(SUMS)
    head.size, head.mode = len(data), 0o600
    tar.addfile(head, io.BytesIO(data))


def _text(sums: dict[str, str]) -> str:
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))


def read(file: Path, key: age.Key, into: Path | None = None) -> dict[str, str]:
    """Read a backup to its end and compare all checksums: name -> SHA-256.

    `into`: a new folder that takes the files. Raises BadBackup for anything that is not as `write` writes
    it, age.NotOpened for another key.
    """
    sums: dict[str, str] = {}
    said = b""
    with file.open("rb") as source, age.opening(source, key) as plain:
        try:
            with tarfile.open(fileobj=plain, mode="r|", bufsize=COPY) as tar:
                for head in tar:
                    data = tar.extractfile(head) if head.isreg() else None
                    if data is None or said or head.name in sums:
                        raise bad("it holds something that no backup holds")
                    if head.name == SUMS:
                        said = data.read()
                    else:
                        sums[head.name] = _take(data, _checked(head.name), into)
        except tarfile.TarError as error:
            raise bad("it is cut short, or no backup") from error
        while plain.read(COPY):
            pass
    if not said or said != _text(sums).encode():
        raise bad("its checksums are not those of its files", SUMS)
    return sums


def _checked(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or not path.parts:
        raise bad("a file of it has a name that leads elsewhere")
    return path


def _take(data: IO[bytes], name: PurePosixPath, into: Path | None) -> str:
    digest = hashlib.sha256()
    with _new(name, into) as out:
        while block := data.read(COPY):
            digest.update(block)
            out.write(block)
        out.flush()
        if into is not None:
            os.fsync(out.fileno())
    return digest.hexdigest()


def _new(name: PurePosixPath, into: Path | None) -> IO[bytes]:
    if into is None:
        return open(os.devnull, "wb")  # noqa: PTH123 closed by the caller's block
    to = into / name
    # the mode of `parents=True` is that of the last folder alone
    for folder in (*reversed(name.parents), name.parent):
        (into / folder).mkdir(exist_ok=True, mode=0o700)
    return os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb")
