"""What kind of file a list is, by its first bytes, and the one file in an archive, under caps.

The name says nothing: an ".xls" may be a web page, a ".csv" a workbook.
"""

from __future__ import annotations

import gzip
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal, cast

from ...errors import Refusal
from ...roll.reading.archives import Budget, Caps, Member, members_of

Kind = Literal["text", "workbook", "json"]

BYTES_AT_MOST = 1 << 30
CAPS = Caps(total=BYTES_AT_MOST, ratio=100, free=16 << 20, members=1_000)
"""Of one list: a million rows of thirty columns take some 300 MB; text unfolds 3 to 20 times."""

_OLD = b"\xd0\xcf\x11\xe0"
_SAVE = "Open it and save it as CSV in UTF-8, or as a workbook (.xlsx)."
_NO_LISTS = (
    (_OLD, "This is an old or a password-protected Office file."),
    (b"%PDF", "This is a PDF."),
    (b"PAR1", "This is a Parquet file; lists are read from text, workbooks and JSON."),
    (b"SQLite format 3", "This is a database."),
    (b"\x89PNG", "This is a picture."),
    (b"\xff\xd8\xff", "This is a picture."),
    (b"7z\xbc\xaf", "This is a 7-Zip archive."),
    (b"Rar!", "This is a RAR archive."),
)


@dataclass(frozen=True)
class Unpacked:
    """The list itself: a file at `path`, its `kind`, and `notes` on how it was packed."""

    path: Path
    kind: Kind
    notes: tuple[str, ...] = ()


def unpacked(path: Path, work: Path, name: str) -> Unpacked:
    """The list in `path`: the file itself, or the only file of a zip or gzip, unfolded below `work`.

    Raises Refusal for what is no list, and for an archive of several files or one that unfolds too far.
    """
    if path.stat().st_size > BYTES_AT_MOST:
        raise Refusal("The list is larger than 1 GiB.", where=name, next_step="Split it, match the parts.")
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(b"PK"):
        return _zip(path, work, name)
    if head.startswith(b"\x1f\x8b"):
        packed = path.stat().st_size
        return _inner(lambda: cast(BinaryIO, gzip.open(path)), packed, work, name, "the list was in a gzip")
    return Unpacked(path, _kind(head, name))


def _kind(head: bytes, name: str) -> Kind:
    for mark, what in _NO_LISTS:
        if head.startswith(mark):
            raise Refusal(what, where=name, next_step=_SAVE)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start and len(head) < 512:
        raise Refusal("The list is empty.", where=name, next_step="Choose the file that holds the rows.")
    if start.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"<meta")):
        raise Refusal("This is a web page or XML, whatever its name says.", where=name, next_step=_SAVE)
    return "json" if start.startswith((b"{", b"[")) else "text"


def _zip(path: Path, work: Path, name: str) -> Unpacked:
    with _in_our_words(name):
        members = members_of(path, name, CAPS)
    if _is_workbook(members, name):
        return Unpacked(path, "workbook")
    lists = [one for one in members if not _is_clutter(one.name)]
    if len(lists) != 1:
        raise Refusal(
            f"The archive holds {len(lists)} files; a list is one file.",
            where=name,
            next_step="Unpack it and match each list by itself: each has its own source and licence.",
        )
    (one,) = lists
    return _inner(one.stream, one.packed, work, name, "the list was in a zip")


def _is_workbook(members: list[Member], name: str) -> bool:
    names = {one.name.lower() for one in members}
    if "[content_types].xml" not in names:
        return False
    if not any(one.startswith("xl/") for one in names):
        raise Refusal("This is a document, not a workbook.", where=name, next_step=_SAVE)
    return True


def _is_clutter(name: str) -> bool:
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.startswith(".") or path.name.lower() == "thumbs.db"


def _inner(stream: Callable[[], BinaryIO], packed: int, work: Path, name: str, note: str) -> Unpacked:
    target = work / "unpacked"
    with _in_our_words(name):
        with stream() as opened, target.open("wb") as out:
            shutil.copyfileobj(Budget(CAPS).watch(opened, name, packed), out, 1 << 20)
        with target.open("rb") as file:
            head = file.read(512)
        if head.startswith(b"PK") and _is_workbook(members_of(target, name, CAPS), name):
            return Unpacked(target, "workbook", (note,))
    if head.startswith((b"PK", b"\x1f\x8b")):
        raise Refusal(
            "The archive holds another archive.", where=name, next_step="Unpack it and bring the list."
        )
    return Unpacked(target, _kind(head, name), (note,))


@contextmanager
def _in_our_words(name: str) -> Iterator[None]:
    """The archives' reader speaks of states and loads; a list has neither."""
    try:
        yield
    except Refusal as refusal:
        said = "The archive unfolds further than any list does."
        what = said if "unfolds" in refusal.what else refusal.what
        raise Refusal(what, where=name, next_step="Unpack it yourself and bring the list.") from None
    except (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile) as error:
        raise Refusal(
            "The archive is damaged or was cut off on the way.",
            where=name,
            next_step="Fetch it again; nothing was matched.",
        ) from error
