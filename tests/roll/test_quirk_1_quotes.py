"""Quirk 1: quotes that nobody escaped are data, and a wrapped field may hold the delimiter."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from made_layouts import column, made_layout, read

from commonroll.roll.reading.quoted import Quoted
from commonroll.roll.reading.shape import SEPARATOR

HEADER = b"ID,NAME,PARTY,SINCE\n"
SOME = 'kind = "delimited"\ndelimiter = ","\nencoding = "latin-1"\nheader = true\nquoting = "some"'
NONE = SOME.replace('"some"', '"none"')
EVERY = SOME.replace('"some"', '"every"')

cell = st.text(alphabet=st.sampled_from('ab",| é'), max_size=6)
rows_of_three = st.lists(st.lists(cell, min_size=3, max_size=3), min_size=1, max_size=8)


def plain(block: bytes, quoted: Quoted) -> list[str | list[str]]:
    """Each line's cells, or why it is no record."""
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == 10)
    copy, odd = quoted.block(block, ends)
    lines, copies = block.split(b"\n")[:-1], copy.split(b"\n")[:-1]
    found: list[str | list[str]] = []
    for number, line in enumerate(lines):
        made, reason = quoted.line(line) if number in odd else (copies[number], "")
        found.append(reason or made.decode().split(SEPARATOR))
    return found


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        (b"1,TERN,D,2026-01-01", ["1", "TERN", "D", "2026-01-01"]),
        (b'"1","TERN, JR",D,', ["1", "TERN, JR", "D", ""]),
        (b'"1","J ""BUD"" T",D,""', ["1", 'J "BUD" T', "D", ""]),
        (b'1,J "BUD" T,D,', ["1", 'J "BUD" T', "D", ""]),
        (b'"1","J "BUD" T","D",""', ["1", 'J "BUD" T', "D", ""]),
        (b'"1","J \\"BUD\\" T","D",""', ["1", 'J \\"BUD\\" T', "D", ""]),
        (b'1,5" PIPE,D,', ["1", '5" PIPE', "D", ""]),
        (b'1,"TERN,D,', ["1", '"TERN', "D", ""]),
        (b'1,"""",D,', ["1", '"', "D", ""]),
        (b'1,"TERN"",JR",D,', ["1", 'TERN",JR', "D", ""]),
    ],
)
def test_what_a_line_says(line: bytes, cells: list[str]) -> None:
    assert plain(line + b"\n", Quoted(",", 4)) == [cells]


@given(rows=rows_of_three, style=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
def test_what_a_csv_writer_wrote_is_read(rows: Sequence[Sequence[str]], style: int) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=style, lineterminator="\n").writerows(rows)  # type: ignore[arg-type]
    found = plain(out.getvalue().encode(), Quoted(",", 3))
    assert found == [row if any(row) or style == csv.QUOTE_ALL else ["", "", ""] for row in rows]


@example(lines=['"a', '"b"'])
@example(lines=['"a",b",c', '"a","b,b",c'])
@given(lines=st.lists(st.text(alphabet=st.sampled_from('a",\r\x00\x1a\x1f'), max_size=12), max_size=6))
def test_a_block_says_of_each_line_what_the_line_by_itself_says(lines: Sequence[str]) -> None:
    """A stray quote in one line never reaches into the next."""
    quoted = Quoted(",", 3)
    block = "".join(line + "\n" for line in lines).encode()
    alone = [plain(line.encode() + b"\n", quoted) for line in lines]
    assert [[one] for one in plain(block, quoted)] == alone if block else not lines


@given(lines=st.lists(st.text(alphabet=st.sampled_from('a",'), max_size=12), min_size=1, max_size=6))
def test_no_line_becomes_two_and_none_of_its_letters_goes(lines: Sequence[str]) -> None:
    quoted = Quoted(",", 3)
    for line, found in zip(
        lines, plain("".join(f"{line}\n" for line in lines).encode(), quoted), strict=True
    ):
        if not isinstance(found, str):
            assert len(found) == 3
            assert "".join(found).count("a") == line.count("a")


def test_stray_quotes_where_every_field_is_wrapped(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_bytes(b'"ID","NAME","PARTY","SINCE"\n"1","J "BUD" TERN","D","2026-01-01"\n')
    (found,) = read(tmp_path, [made_layout(tmp_path, EVERY)], path)
    assert found.rows == [["1", 'J "BUD" TERN', "D", "2026-01-01"]]


def test_stray_quotes_where_none_wrap(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_bytes(HEADER + b'1,"BUD TERN,D,2026-01-01\n2,TERN" ,R,\n')
    (found,) = read(tmp_path, [made_layout(tmp_path, NONE)], path)
    assert column(found, "NAME") == ['"BUD TERN', 'TERN"']


def test_a_file_in_which_some_are_wrapped(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    lines = [b'"1","TERN, JR",D,2026-01-01', b'2,J "BUD" T,R,', b'3,"A,B,D,', b'4,"A ""B""",D,']
    path.write_bytes(HEADER + b"\n".join(lines) + b"\n")
    (found,) = read(tmp_path, [made_layout(tmp_path, SOME)], path)
    assert column(found, "NAME") == ["TERN, JR", 'J "BUD" T', 'A "B"']
    assert found.refused == [(4, "too many fields")]


def test_raw_lines_stay_as_they_were_delivered(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    body = HEADER + b'"1","TERN, JR",D,2026-01-01\n'
    path.write_bytes(body)
    read(tmp_path, [made_layout(tmp_path, SOME)], path)
    (raw,) = (tmp_path / "work" / "0" / "raw").glob("*.txt")
    assert raw.read_bytes() == body
