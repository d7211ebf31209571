"""The package itself: a plain tar of files, written once from front to end, its checksums last.

Nothing in it is compressed (Parquet is so already), so that no package unpacks to more than its own size;
nothing in it but plain files under plain names, so that it can be unpacked anywhere.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from commonroll.errors import Refusal

SUMS = "SHA256SUMS"
BLOCK = 512
COPY = 1 << 20
MOST_FILES = 2_000_000
MOST_SUMS = 512 << 20
DEEPEST = 12
_PART = re.compile(r"[^\x00-\x1f\x7f/\\]{1,120}")
_FILES = frozenset(
    {"README.md", SUMS, "package.json", "policy", "schema.json", "snapshots.json", "verify.py"}
)
_FOLDERS = frozenset({"agreements", "keys", "log", "receipts", "records", "vault"})


class BadPackage(Refusal):
    """A package that is not as `commonroll leave` writes them; nothing of it was kept."""


def bad(what: str, where: str = "") -> BadPackage:
    """The refusal of a package; `where` is a file's name inside it."""
    return BadPackage(
        what, where=where, next_step="nothing was kept of it; ask whoever made it for the package again"
    )


class Writer:
    """Puts files into a package, one after the other."""

    def __init__(self, out: BinaryIO) -> None:
        self._tar = tarfile.open(  # noqa: SIM115 closed by `close`
            fileobj=out, mode="w|", format=tarfile.USTAR_FORMAT, encoding="utf-8", bufsize=COPY
        )
        self.sums: dict[str, str] = {}

    def put(self, name: str, data: bytes) -> None:
        """A small file."""
        head = _head(check_name(name), len(data))
        self._tar.addfile(head)
        self._append(data)
        self._pad(len(data))
        self._note(name, hashlib.sha256(data).hexdigest())

    def put_file(self, name: str, path: Path) -> int:
        """A file as it lies on the disk; its bytes. Links are not followed."""
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb", 0) as source:
            found = os.fstat(source.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise Refusal("this is no plain file, and stays where it is", where=name)
            self._tar.addfile(_head(check_name(name), found.st_size))
            digest, left = hashlib.sha256(), found.st_size
            while left:
                data = source.read(min(COPY, left))
                if not data:
                    raise Refusal("a file was cut while it was read", where=name, next_step="try again")
                digest.update(data)
                self._append(data)
                left -= len(data)
        self._pad(found.st_size)
        self._note(name, digest.hexdigest())
        return found.st_size

    def close(self) -> None:
        """Write the checksums of all that was put, and end the package."""
        text = "".join(f"{digest}  {name}\n" for name, digest in sorted(self.sums.items()))
        self.put(SUMS, text.encode())
        self._tar.close()

    def _append(self, data: bytes) -> None:
        self._tar.fileobj.write(data)
        self._tar.offset += len(data)

    def _pad(self, size: int) -> None:
        self._append(bytes(-size % BLOCK))

    def _note(self, name: str, digest: str) -> None:
        if name in self.sums:
            raise ValueError(f"{name} is in the package already")
        self.sums[name] = digest


def _head(name: str, size: int) -> tarfile.TarInfo:
    head = tarfile.TarInfo(name)
    head.size, head.mode = size, 0o600
    return head


def check_name(name: str) -> str:
    """The name of a file in a package; raises BadPackage for one that leads out of it or is no plain name."""
    parts = name.split("/")
    plain = all(_PART.fullmatch(part) and part not in (".", "..") for part in parts)
    known = name in _FILES if len(parts) == 1 else parts[0] in _FOLDERS
    if not plain or not known or len(parts) > DEEPEST:
        raise bad("a file of the package has a name that is not taken")
    return name


def read(plain: BinaryIO, *, most: int, into: Path | None = None) -> dict[str, str]:
    """Read a package to its end: name -> SHA-256 of every file but the checksums.

    `most`: bytes that it can have, the encrypted file's. `into`: a new folder that takes the files; without
    it nothing is kept. Raises BadPackage for links, devices, names that lead elsewhere or stand twice, more
    bytes than `most`, and checksums that are not those of the files.
    """
    sums: dict[str, str] = {}
    said: bytes | None = None
    for name, size in _heads(plain, most):
        if said is not None or len(sums) >= MOST_FILES or name in sums:
            raise bad("a file stands twice or after the checksums, or there are too many")
        if name == SUMS:
            said = _taken(plain, size) if size <= MOST_SUMS else b""
        else:
            sums[name] = _kept(plain, size, into / name if into else None)
        plain.read(-size % BLOCK)
    if said is None or said != "".join(f"{d}  {n}\n" for n, d in sorted(sums.items())).encode():
        raise bad("the checksums are not those of the files", SUMS)
    if into is not None:
        (into / SUMS).write_bytes(said)
    return sums


def _heads(plain: BinaryIO, most: int) -> Iterator[tuple[str, int]]:
    read_so_far = 0
    while True:
        block = _taken(plain, BLOCK)
        if block == bytes(BLOCK):
            break
        try:
            head = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.TarError, UnicodeDecodeError, ValueError) as error:
            raise bad("the package is no archive, or a part of it is missing") from error
        if head.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or head.linkname:
            raise bad("the package holds something else than plain files: a link, a folder, a device")
        read_so_far += BLOCK + head.size
        if head.size < 0 or read_so_far > most:
            raise bad("the package is cut short, or says that it holds more than its own size")
        yield check_name(head.name), head.size
    while rest := plain.read(COPY):
        if rest.strip(b"\0"):
            raise bad("something stands behind the end of the package")


def _taken(plain: BinaryIO, size: int) -> bytes:
    data = plain.read(size)
    if len(data) != size:
        raise bad("the package ends too early")
    return data


def _kept(plain: BinaryIO, size: int, to: Path | None) -> str:
    digest = hashlib.sha256()
    with _new_file(to) as out:
        while size:
            data = _taken(plain, min(COPY, size))
            digest.update(data)
            if out is not None:
                out.write(data)
            size -= len(data)
    return digest.hexdigest()


@contextmanager
def _new_file(path: Path | None) -> Iterator[BinaryIO | None]:
    if path is None:
        yield None
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except (FileExistsError, NotADirectoryError) as error:
        raise bad("a file of the package stands where another stands") from error
    with os.fdopen(handle, "wb") as out:
        yield out


def under(sums: Mapping[str, str], folder: str) -> list[PurePosixPath]:
    """The files of a package below one of its folders, by their names there."""
    return [PurePosixPath(name).relative_to(folder) for name in sums if name.startswith(f"{folder}/")]
