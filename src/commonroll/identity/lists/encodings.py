"""In which encoding a list's text stands, told from its bytes, with the evidence in words.

Nobody who sends a list knows its encoding, and a wrong one turns JOSÉ into another name without a word. So
every byte is looked at before the first one is believed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import Refusal

BLOCK = 1 << 20
SINGLE = ("cp1252", "mac_roman", "cp850")
"""Encodings of one byte a letter that spreadsheets and dialers write, most usual first."""

MIXED = "utf-8 and cp1252"
"""Some lines are UTF-8 and others are not: each is read as what it is."""

TWICE = "utf-8, encoded twice"
"""UTF-8 that somebody read as cp1252 and saved as UTF-8 again: JOSÃ‰."""

_AROUND = re.compile(rb"[A-Za-z][\x80-\xff][A-Za-z]?")
_TWICE = re.compile("[ÂÃ][^\x00-\x7fA-Za-zÀ-ÖØ-öø-ÿ]|Ã[\x80-\xff]|â€")
_SEEN_AT_MOST = 100_000


@dataclass(frozen=True)
class Encoding:
    """How a file's bytes become text: `name` as this module or Python calls it, `evidence` in words."""

    name: str
    evidence: str

    def lines(self, path: Path) -> Iterator[str]:
        """The file's lines with their ends; a byte that is no text in this encoding becomes U+FFFD."""
        if self.name in (MIXED, TWICE):
            yield from map(_either if self.name == MIXED else _once, _bytes_lines(path))
            return
        with path.open(encoding=self.name, errors="replace", newline="") as file:
            yield from file


def encoding_of(path: Path, name: str) -> Encoding:
    """The encoding of a text file, after a look at every byte. `name`: what messages call it.

    Raises Refusal for bytes that are no text in any encoding known here.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    for mark, found, words in _MARKS:
        if head.startswith(mark):
            return Encoding(found, f"a byte order mark of {words} stands at the beginning")
    if nul := _utf16(head):
        return nul
    look = _Look.at(path)
    if look.nuls:
        raise Refusal(
            "The file is no text: it holds NUL bytes.",
            where=name,
            next_step="Save it as CSV in UTF-8, or as a workbook (.xlsx).",
        )
    return _told(look)


_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)


def _utf16(head: bytes) -> Encoding | None:
    """UTF-16 without a mark: every second byte of Western text is NUL."""
    even, odd = head[0::2], head[1::2]
    for found, zero, other in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if len(head) > 3 and zero.count(0) > 0.4 * len(zero) and other.count(0) < 0.05 * len(other):
            return Encoding(found, "every second byte is NUL, as in UTF-16")
    return None


@dataclass
class _Look:
    """What all lines of a file showed: lines that are UTF-8 beyond ASCII, lines that are not, a sample."""

    utf8: int = 0
    other: int = 0
    twice: int = 0
    nuls: bool = False
    around: bytes = b""

    @classmethod
    def at(cls, path: Path) -> _Look:
        look = cls()
        for line in _bytes_lines(path):
            look.nuls = look.nuls or b"\0" in line
            if not line.isascii():
                look.add(line)
        return look

    def add(self, line: bytes) -> None:
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            self.other += 1
            if len(self.around) < _SEEN_AT_MOST:
                self.around += b" ".join(_AROUND.findall(line)) + b" "
            return
        self.utf8 += 1
        self.twice += bool(_TWICE.search(text)) and _once(line) != text


def _told(look: _Look) -> Encoding:
    if not look.utf8 and not look.other:
        return Encoding("utf-8", "every byte is ASCII")
    if not look.other:
        if look.twice > 0.8 * look.utf8:
            return Encoding(
                TWICE, f"{look.twice:,} lines hold UTF-8 that was read as cp1252 and saved as UTF-8 again"
            )
        return Encoding("utf-8", f"{look.utf8:,} lines beyond ASCII, every one valid UTF-8")
    if look.utf8 > look.other:
        return Encoding(MIXED, f"{look.utf8:,} lines are UTF-8, {look.other:,} are not: each as what it is")
    scores = {one: _likely(look.around, one) for one in SINGLE}
    best = max(SINGLE, key=lambda one: scores[one])
    letters, seen = scores[best], len(_AROUND.findall(look.around))
    return Encoding(
        best,
        f"{look.other:,} lines are not UTF-8; as {best}, {letters:,} of {seen:,} of their bytes behind "
        "letters are letters that fit",
    )


def _likely(around: bytes, encoding: str) -> int:
    """How many bytes behind a letter become a letter of the case that stands around it."""
    return sum(_fits(found.decode(encoding, "replace")) for found in _AROUND.findall(around))


def _fits(text: str) -> bool:
    before, letter, after = text[0], text[1], text[2:]
    if not letter.isalpha():
        return False
    small = after.islower() if after else before.islower()
    return letter.islower() if small else letter.isupper() or not after


def _bytes_lines(path: Path) -> Iterator[bytes]:
    """Lines with their ends; a line without end is cut where it is longer than a block."""
    with path.open("rb") as file:
        while line := file.readline(BLOCK):
            yield line


def _either(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _once(line: bytes) -> str:
    text = line.decode("utf-8", "replace")
    try:
        return _cp1252_bytes(text).decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return text


def _cp1252_bytes(text: str) -> bytes:
    """As cp1252, its five unused bytes as they are: what browsers and spreadsheets do."""
    return b"".join(
        one.encode("latin-1") if "\x80" <= one <= "\x9f" else one.encode("cp1252") for one in text
    )
