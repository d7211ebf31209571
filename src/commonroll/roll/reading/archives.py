"""Zip and gzip archives that may be hostile: what they may hold, and how far they may unfold."""

from __future__ import annotations

import io
import shutil
import stat
import tempfile
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from ...errors import Refusal

_GIB = 1 << 30


@dataclass(frozen=True)
class Caps:
    """Limits on a delivery's archives.

    `total`: bytes of everything unpacked (a state of 23M voters takes about 15 GiB). `ratio`: unpacked to
    packed, looked at beyond `free` bytes (state files unfold 8 to 30 times). `members`: files in an archive.
    """

    total: int = 96 * _GIB
    ratio: int = 200
    free: int = 64 << 20
    members: int = 10_000


@dataclass(frozen=True)
class Member:
    """A file in a zip archive, not opened yet."""

    path: Path
    name: str
    size: int
    packed: int
    archive: bool

    def stream(self) -> BinaryIO:
        """The member's bytes; its checksum is compared at their end."""
        container = zipfile.ZipFile(self.path)
        return cast(BinaryIO, _Owned(container.open(self.name), container))


class _Owned(io.RawIOBase):
    """A member's stream that closes its archive with itself."""

    def __init__(self, stream: IO[bytes], container: zipfile.ZipFile) -> None:
        self._stream = stream
        self._container = container

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._stream.close()
        self._container.close()
        super().close()


class Budget:
    """What one delivery has unfolded so far, over all its archives; safe between threads."""

    def __init__(self, caps: Caps) -> None:
        self.caps = caps
        self._spent = 0
        self._lock = threading.Lock()

    def spend(self, count: int) -> int:
        """Count unpacked bytes; the total so far."""
        with self._lock:
            self._spent += count
            return self._spent

    def watch(self, stream: BinaryIO, name: str, packed: int) -> BinaryIO:
        """The same stream, refusing to unfold beyond the caps. `packed`: bytes it takes in the archive."""
        return cast(BinaryIO, _Watched(stream, name, packed, self))

    def opener(self, member: Member) -> Callable[[], BinaryIO]:
        """How to open a member under this budget."""
        return lambda: self.watch(member.stream(), member.name, member.packed)


class _Watched(io.RawIOBase):
    def __init__(self, stream: BinaryIO, name: str, packed: int, budget: Budget) -> None:
        self._stream = stream
        self._name = name
        self._packed = packed
        self._budget = budget
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        block = self._stream.read(len(buffer))
        self._read += len(block)
        caps = self._budget.caps
        beyond = self._read > caps.free and self._read > caps.ratio * max(1, self._packed)
        if self._budget.spend(len(block)) > caps.total or beyond:
            raise _bomb(self._name, caps)
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _bomb(name: str, caps: Caps) -> Refusal:
    return Refusal(
        f"The archive unfolds to more than {caps.ratio} times its size or more than {caps.total >> 30} GiB.",
        where=name,
        next_step="If the state really sends this, unpack it yourself and load the files.",
    )


def members_of(path: Path, name: str, caps: Caps) -> list[Member]:
    """The files of a zip archive, in its own order.

    Raises Refusal where it is cut off, encrypted, holds links or names that climb out of a folder, or states
    sizes beyond the caps.
    """
    try:
        with zipfile.ZipFile(path) as container:
            infos = [info for info in container.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise Refusal(
            "The archive is damaged or was cut off on the way.",
            where=name,
            next_step="Fetch it again and compare its size with the state's. Nothing was loaded.",
        ) from error
    _check_sizes(infos, name, path.stat().st_size, caps)
    for info in infos:
        _check_member(info, name)
    return [
        Member(path, info.filename, info.file_size, info.compress_size, _is_archive(info.filename))
        for info in infos
    ]


def _check_sizes(infos: list[zipfile.ZipInfo], name: str, packed: int, caps: Caps) -> None:
    stated = sum(info.file_size for info in infos)
    # Against the archive's own size: overlapping members each look harmless.
    if stated > caps.total or (stated > caps.free and stated > caps.ratio * packed):
        raise _bomb(name, caps)
    if len(infos) > caps.members:
        raise Refusal(
            f"The archive holds {len(infos)} files; at most {caps.members} are read.",
            where=name,
            next_step="Unpack it and load the state's files alone.",
        )


def _check_member(info: zipfile.ZipInfo, name: str) -> None:
    inner = PurePosixPath(info.filename)
    if info.flag_bits & 1:
        raise Refusal(
            "The archive is encrypted.",
            where=name,
            next_step="Unpack it with its password, then load the files.",
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Refusal("The archive holds a symbolic link.", where=name, next_step="Pack the file itself.")
    if inner.is_absolute() or ".." in inner.parts or "\\" in info.filename or not info.filename.isprintable():
        raise Refusal(
            "The archive holds a file name that leads out of its folder.",
            where=name,
            next_step="Do not trust this archive; fetch it again from the state itself.",
        )


def _is_archive(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in {".zip", ".gz"}


def nested_copy(open_member: Callable[[], BinaryIO], work: Path, name: str) -> Path:
    """Unpack an archive within an archive into a file of its own below `work`."""
    folder = Path(tempfile.mkdtemp(dir=work))
    path = folder / PurePosixPath(name).name
    with open_member() as stream, path.open("wb") as file:
        shutil.copyfileobj(stream, file, 1 << 20)
    return path
