"""A delivery: the files that a folder, a zip, a gzip or plain paths hold, opened without trusting them.

Nothing is unpacked to the disk but an archive within an archive; members are read as streams, under a cap on
their size and on how far they may unfold. What is passed over is listed with the reason.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from ...errors import Refusal
from .archives import Budget, Caps, members_of, nested_copy
from .workbook import Sheet, sheets_of

HEAD_BYTES = 1 << 18
"""Bytes that recognition sees of a file."""

UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
NOT_DATA = frozenset(
    {
        ".pdf", ".doc", ".docx", ".rtf", ".xls", ".xlsb", ".mdb", ".accdb", ".md", ".html", ".htm", ".url",
        ".parquet", ".json", ".xml", ".toml", ".log", ".jpg", ".png",
    }
)  # fmt: skip
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
WORKBOOKS = frozenset({".xlsx", ".xlsm"})
PASSED_FOLDERS = {
    "verificationfiles": "counts that the state sends along for checking, no voters",
    "processedfiles": "counts that the state sends along for checking, no voters",
    "__macosx": "left by the program that packed the archive",
    "truth": "the truth behind invented people, not a delivery",
}


@dataclass(frozen=True)
class DeliveredFile:
    """One file of a delivery. `name` is how rows name it; `size` its bytes, -1 where only reading tells.

    `passed_over` says why it is not read; empty where it is. `book`: the workbook that it is a sheet of.
    """

    name: str
    size: int
    passed_over: str = ""
    book: str = ""
    opener: Callable[[], BinaryIO] = field(repr=False, compare=False, default=io.BytesIO)

    @property
    def is_sheet(self) -> bool:
        """Whether it is a workbook's sheet, as text."""
        return bool(self.book)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The file's bytes; UTF-16 arrives as UTF-8, without its mark; where lines end in CR they end in LF.

        Raises Refusal where the archive is damaged or unfolds beyond the caps.
        """
        with _damage_named(self.name), self.opener() as stream:
            yield _decoded(stream)

    def head(self) -> bytes:
        """The first bytes, as `open` gives them."""
        with self.open() as stream:
            return stream.read(HEAD_BYTES)


def open_delivery(paths: Sequence[Path], work: Path, *, caps: Caps = Caps()) -> list[DeliveredFile]:  # noqa: B008
    """The files that `paths` hold, in order: folders, zips, gzips and plain files, archives nested once.

    `work` is a folder for archives found in archives. Raises Refusal for what cannot be opened safely
    (encrypted, cut off, links, names that climb out, nested twice) and where nothing is left to read.
    """
    budget = Budget(caps)
    found = [file for path in paths for file in _at(path, path.name, work, budget, depth=0)]
    if not any(not file.passed_over for file in found):
        raise Refusal(
            "The delivery holds no file to read.",
            where=", ".join(path.name for path in paths),
            next_step="Name the state's files, or the folder or archive that holds them.",
        )
    return _named_apart(found)


def _at(path: Path, name: str, work: Path, budget: Budget, depth: int) -> Iterator[DeliveredFile]:
    if path.is_dir():
        yield from _in_folder(path, work, budget)
    elif not path.is_file():
        raise Refusal("There is no such file.", where=name, next_step="Check the path.")
    elif reason := _passed_over(PurePosixPath(name)):
        yield DeliveredFile(name, path.stat().st_size, reason)
    else:
        yield from _opened(path, name, work, budget, depth)


def _in_folder(folder: Path, work: Path, budget: Budget) -> Iterator[DeliveredFile]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise Refusal(
                "The folder holds a symbolic link.",
                where=name,
                next_step="Put the file itself in the folder.",
            )
        if path.is_file():
            yield from _at(path, name, work, budget, depth=0)


def _opened(path: Path, name: str, work: Path, budget: Budget, depth: int) -> Iterator[DeliveredFile]:
    with path.open("rb") as file:
        start = file.read(4)
    if start[:2] == b"PK" and PurePosixPath(name).suffix.lower() in WORKBOOKS:
        with _damage_named(name):
            sheets = sheets_of(path, name, work, budget)
        yield from (_sheet(sheet, name) for sheet in sheets)
    elif start[:2] == b"PK":
        yield from _in_zip(path, name, work, budget, depth)
    elif start == OLD_WORKBOOK:
        raise Refusal(
            "The workbook is of an old kind, or protected by a password.",
            where=name,
            next_step="Open it and save it as .xlsx without a password, or as text.",
        )
    elif start[:2] == b"\x1f\x8b":
        inner = name.removesuffix(".gz")
        size = path.stat().st_size
        yield DeliveredFile(inner, -1, opener=lambda: budget.watch(_gunzip(path), inner, size))
    else:
        yield DeliveredFile(name, path.stat().st_size, opener=lambda: path.open("rb"))


def _sheet(sheet: Sheet, book: str) -> DeliveredFile:
    name = f"{book} [{sheet.name}]"
    reason = "" if sheet.rows else "an empty sheet"
    return DeliveredFile(name, sheet.path.stat().st_size, reason, book, lambda: sheet.path.open("rb"))


def _in_zip(path: Path, name: str, work: Path, budget: Budget, depth: int) -> Iterator[DeliveredFile]:
    for member in members_of(path, name, budget.caps):
        reason = _passed_over(PurePosixPath(member.name))
        open_member = budget.opener(member)
        if reason:
            yield DeliveredFile(member.name, member.size, reason)
        elif not member.archive and PurePosixPath(member.name).suffix.lower() not in WORKBOOKS:
            yield DeliveredFile(member.name, member.size, opener=open_member)
        elif depth and member.archive:
            raise Refusal(
                "An archive lies in an archive that lies in an archive.",
                where=f"{name}: {member.name}",
                next_step="Unpack it once and load what is inside.",
            )
        else:
            with _damage_named(member.name):
                copy = nested_copy(open_member, work, member.name)
            yield from _opened(copy, member.name, work, budget, depth + 1)


def _gunzip(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb"))


def _passed_over(name: PurePosixPath) -> str:
    for folder in name.parts[:-1]:
        if reason := PASSED_FOLDERS.get(folder.lower()):
            return reason
    if name.name.startswith("."):
        return "a hidden file"
    if name.name.lower().startswith("readme") or name.name.lower() in ("thumbs.db", "desktop.ini"):
        return "not a table of voters"
    return "not a table of voters" if name.suffix.lower() in NOT_DATA else ""


def _named_apart(files: list[DeliveredFile]) -> list[DeliveredFile]:
    """Files of one name get the place in the delivery before it, so that a line is found again."""
    seen: dict[str, int] = {}
    apart = []
    for file in files:
        seen[file.name] = seen.get(file.name, 0) + 1
        count = seen[file.name]
        apart.append(replace(file, name=f"{file.name} ({count})") if count > 1 else file)
    return apart


@contextmanager
def _damage_named(name: str) -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise damaged(name) from error
    except Exception as error:
        if type(error).__name__ == "BadZipFile":
            raise damaged(name) from error
        raise


def damaged(name: str) -> Refusal:
    """The refusal of an archive that does not unpack to its end."""
    return Refusal(
        "The archive is damaged or was cut off on the way.",
        where=name,
        next_step="Fetch it again and compare its size with the state's. Nothing was loaded.",
    )


class _Turned(io.RawIOBase):
    """A stream whose blocks are turned into others; `turn` hears whether one is the last, which is empty."""

    def __init__(self, stream: BinaryIO, turn: Callable[[bytes, bool], bytes]) -> None:
        self._stream = stream
        self._turn = turn
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            block = self._stream.read(1 << 20)
            self._ready = self._turn(block, not block)
            if not block:
                break
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count


def _decoded(stream: BinaryIO) -> BinaryIO:
    buffered = io.BufferedReader(cast(io.RawIOBase, stream), 1 << 20)
    start = buffered.peek(4)[:4]
    if start[:2] in UTF16:
        buffered.read(2)
        order = "utf-16-le" if start[:2] == codecs.BOM_UTF16_LE else "utf-16-be"
        buffered = io.BufferedReader(_Turned(buffered, _utf8_of(order)), 1 << 20)
    elif start[:3] == codecs.BOM_UTF8:
        buffered.read(3)
    first = buffered.peek(1)
    if b"\r" in first[:-1] and b"\n" not in first:
        return io.BufferedReader(_Turned(buffered, _LineFeeds()), 1 << 20)
    return buffered


def _utf8_of(order: str) -> Callable[[bytes, bool], bytes]:
    decoder = codecs.getincrementaldecoder(order)(errors="replace")
    return lambda block, last: decoder.decode(block, final=last).encode("utf-8", "replace")


class _LineFeeds:
    """Every CR becomes LF, and the two together one, however the blocks are cut."""

    def __init__(self) -> None:
        self._held = b""

    def __call__(self, block: bytes, last: bool) -> bytes:
        text = self._held + block
        self._held = b"\r" if text.endswith(b"\r") and not last else b""
        text = text[: len(text) - len(self._held)]
        return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
