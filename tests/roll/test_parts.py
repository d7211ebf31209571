"""A file as parts: every line is in exactly one, under its own number, whatever the bytes and the sizes."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commonroll.roll.reading import parts as parts_module
from commonroll.roll.reading.part import Part
from commonroll.roll.reading.parts import (
    MARK,
    Places,
    Shape,
    Spread,
    checked_again,
    fault_of,
    is_clean,
    line_ends,
    parts_of,
)
from commonroll.roll.reading.refusals import RefusedLines

TABS = Shape("\t", False, 3, "latin-1")
QUOTED = Shape("\t", True, 3, "latin-1")

good_cell = st.text(alphabet=st.sampled_from('ab" ,é'), max_size=4)
bad_line = st.sampled_from([b"", b"a", b"a\tb", b"a\tb\tc\td", b"a\0\tb\tc", b"\x1a\tb\tc", b"a\rb\tc\td"])
good_line = st.lists(good_cell, min_size=3, max_size=3).map(lambda cells: "\t".join(cells).encode("latin-1"))
good_line = good_line.filter(lambda line: bool(line.strip()))


def split(raw: bytes, shape: Shape, folder: Path, size: int) -> tuple[list[Part], RefusedLines, Spread]:
    refused, spread = RefusedLines(folder / "refused.parquet"), Spread()
    places = Places(folder / "raw", folder / "work", size)
    return list(parts_of(io.BytesIO(raw), "f.txt", shape, places, refused, spread)), refused, spread


def as_the_engine_takes_it(part: Part, folder: Path, refused: RefusedLines) -> Part:
    """The engine refuses a part where lines that err in opposite ways hid one another in a block."""
    lines = part.path.read_bytes().split(b"\n")[:-1]
    hidden = any(fault_of(line, TABS) and line != TABS.marked for line in lines)
    return checked_again(part, TABS, folder / "again", refused) if hidden else part


@settings(deadline=None)
@example(rows=[b"a\tb", b"a\tb\tc\td"], size=1, block=12, end=b"\n")
@example(rows=[b"a\tb", b"a\tb\tc\td", b"a", b"a\tb\tc"], size=200, block=13, end=b"\n")
@given(
    rows=st.lists(st.one_of(good_line, bad_line), max_size=30),
    size=st.integers(1, 200),
    block=st.integers(1, 64),
    end=st.sampled_from([b"\n", b"\r\n"]),
)
def test_every_line_once_under_its_number(rows: Sequence[bytes], size: int, block: int, end: bytes) -> None:
    before, parts_module.BLOCK_BYTES = parts_module.BLOCK_BYTES, block
    try:
        with tempfile.TemporaryDirectory() as folder:
            raw = b"".join(row + end for row in rows)
            found, refused, spread = split(raw, TABS, Path(folder), size)
            kept: dict[int, bytes] = {}
            read: dict[int, bytes] = {}
            for part in found:
                part = as_the_engine_takes_it(part, Path(folder), refused)
                assert part.first == len(kept) + 1
                for number, line in enumerate(part.raw.read_bytes().split(b"\n")[:-1], part.first):
                    kept[number] = line
                for number, line in enumerate(part.path.read_bytes().split(b"\n")[:-1], part.first):
                    read[number] = line
            refused.close()
    finally:
        parts_module.BLOCK_BYTES = before
    expected = [row.decode("latin-1").encode() for row in rows]
    assert list(kept.values()) == expected or not b"".join(rows).strip()
    for number, line in kept.items():
        sound = not fault_of(line, TABS)
        assert read[number] == (line.replace(b"\r", b" ") if sound else TABS.marked)
    assert refused.counts.total() == sum(bool(fault_of(line, TABS)) for line in kept.values())
    assert spread.size == len(raw)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b'"a"\t"b"\t"c"', ""),
        (b'"a"\t"J "BUD" T"\t"c"', ""),
        (b'"a"\t""\t""', ""),
        (b'"a"\t"b"', "too few fields"),
        (b'"a"\t"b"\t"c"\t"d"', "too many fields"),
        (b'a\t"b"\t"c"', "quotes missing"),
        (b'"a"\t"b"\tc', "quotes missing"),
        (b'"a"\t"b\0"\t"c"', "NUL byte"),
        (b"  ", "empty line"),
    ],
)
def test_what_is_no_record(line: bytes, fault: str) -> None:
    assert fault_of(line, QUOTED) == fault


@given(rows=st.lists(st.one_of(good_line, bad_line), min_size=1, max_size=8))
def test_a_clean_block_has_as_many_fields_as_it_must(rows: Sequence[bytes]) -> None:
    block = b"".join(row + b"\n" for row in rows)
    if is_clean(block, line_ends(block), TABS, 0):
        assert block.count(b"\t") == 2 * len(rows)
        assert not any(fault_of(row, TABS) in ("NUL byte", "empty line") for row in rows)
    if all(not fault_of(row, TABS) and b"\r" not in row for row in rows):
        assert is_clean(block, line_ends(block), TABS, 0)


def test_the_mark_is_a_record() -> None:
    for shape in (TABS, QUOTED):
        assert MARK.encode() in shape.marked
        assert shape.marked.count(shape.between) == shape.fields - 1
