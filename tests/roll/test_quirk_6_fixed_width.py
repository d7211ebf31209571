"""Quirk 6: fixed columns, cut as bytes; files of several record lengths in one delivery."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_layouts import column, made_layout, read

from commonroll.errors import Refusal
from commonroll.roll.layout.layout import Layout
from commonroll.roll.reading.fixed import Fixed
from commonroll.roll.reading.shape import SEPARATOR

ROWS = [("1", "TERN", "D", "2026-01-01"), ("2", "FINCH", "R", "2026-02-01")]


def fixed(
    folder: Path, key: str, widths: tuple[int, int, int, int], *, between: str = "", more: str = ""
) -> Layout:
    starts = [1 + sum(widths[:at]) + at * len(between) for at in range(4)]
    places = zip(("ID", "NAME", "PARTY", "SINCE"), starts, widths, strict=True)
    length = starts[-1] + widths[-1] - 1
    form = f'kind = "fixed"\nencoding = "latin-1"\nrecord_length = {length}'
    if between:
        form += f'\nbetween = "{between}"'
    positions = "\n".join(f"{name} = [{start}, {width}]" for name, start, width in places)
    return made_layout(folder, form, key=key, positions=positions, more=more)


def record(row: Sequence[str], widths: Sequence[int], between: str = "") -> str:
    return between.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))


def written(path: Path, lines: Sequence[str], end: str = "\n") -> Path:
    path.write_bytes("".join(line + end for line in lines).encode("latin-1"))
    return path


LONG, SHORT, OTHER = (10, 20, 1, 10), (4, 20, 1, 10), (10, 20, 1, 12)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_each_file_is_read_by_the_length_of_its_records(tmp_path: Path, end: str) -> None:
    keys = [f"2026-01.registration.{name}" for name in ("long", "short", "other")]
    layouts = [fixed(tmp_path, key, wide) for key, wide in zip(keys, (LONG, SHORT, OTHER), strict=True)]
    files = [
        written(tmp_path / f"{number}.txt", [record(row, wide) for row in ROWS], end)
        for number, wide in enumerate((OTHER, LONG, SHORT))
    ]
    found = read(tmp_path, layouts, *files)
    assert [one.one.layout.key for one in found] == [f"nc/{keys[at]}" for at in (2, 0, 1)]
    for one in found:
        assert column(one, "NAME") == ["TERN", "FINCH"]
        assert column(one, "SINCE") == ["2026-01-01", "2026-02-01"]


def test_a_record_of_another_length_is_no_record(tmp_path: Path) -> None:
    """A shorter one would have its columns shifted, or be cut off: filling it up would invent."""
    layout = fixed(tmp_path, "2026-01.registration", LONG)
    lines = [record(row, LONG) for row in ROWS * 10]
    lines[3], lines[7], lines[8] = record(ROWS[0], SHORT), lines[7][:-3], lines[8] + "x"
    (found,) = read(tmp_path, [layout], written(tmp_path / "v.txt", lines))
    assert found.refused == [(number, "record of another length") for number in (4, 8, 9)]
    assert len(found.rows) == 17


def test_blanks_after_the_last_column_do_not_count(tmp_path: Path) -> None:
    layout = fixed(tmp_path, "2026-01.registration", LONG)
    lines = [record(row, LONG) for row in ROWS * 5]
    lines[3] += "   "
    (found,) = read(tmp_path, [layout], written(tmp_path / "v.txt", lines))
    assert found.refused == [] and len(found.rows) == 10


def test_a_file_whose_trailing_blanks_were_cut_off(tmp_path: Path) -> None:
    layout = fixed(tmp_path, "2026-01.registration", (10, 1, 10, 20))
    lines = [f"{number:<10}D2026-01-01" for number in range(9)]
    last = made_layout(
        tmp_path,
        'kind = "fixed"\nencoding = "latin-1"\nrecord_length = 41',
        positions="ID = [1, 10]\nPARTY = [11, 1]\nSINCE = [12, 10]\nNAME = [22, 20]",
    )
    names = ["TERN", "FINCH", "", "LONGER NAME"]
    lines = [line + names[at % 4] for at, line in enumerate(lines)]
    (found,) = read(tmp_path, [last], written(tmp_path / "v.txt", lines))
    assert column(found, "NAME") == [names[at % 4] for at in range(9)]
    assert layout.format.record_length == 41


def test_a_sign_between_the_columns(tmp_path: Path) -> None:
    layout = fixed(tmp_path, "2026-01.registration", LONG, between=",")
    lines = [record(row, LONG, ",") for row in ROWS * 5]
    lines[4] = lines[4].replace(",", "x", 1)
    (found,) = read(tmp_path, [layout], written(tmp_path / "v.txt", lines))
    assert column(found, "SINCE")[:2] == ["2026-01-01", "2026-02-01"]
    assert found.refused == [(5, "fields out of place")]


def test_files_of_one_length_are_told_by_what_they_fill(tmp_path: Path) -> None:
    filled = fixed(tmp_path, "2026-01.registration", LONG, more='[recognise]\nfilled = ["PARTY"]')
    blank = fixed(tmp_path, "2026-01.registration.b", LONG, more='[recognise]\nblank = ["PARTY"]')
    with_party = written(tmp_path / "a.txt", [record(row, LONG) for row in ROWS])
    without = written(tmp_path / "b.txt", [record((*row[:2], "", row[3]), LONG) for row in ROWS])
    found = read(tmp_path, [blank, filled], with_party, without)
    assert [one.one.layout for one in found] == [filled, blank]


def test_a_length_that_no_layout_has_is_said(tmp_path: Path) -> None:
    layout = fixed(tmp_path, "2026-01.registration", LONG)
    with pytest.raises(Refusal, match="records of 35 bytes, not 41"):
        read(tmp_path, [layout], written(tmp_path / "v.txt", [record(row, SHORT) for row in ROWS]))


@pytest.mark.parametrize(
    ("positions", "said"),
    [
        ("ID = [1, 4]\nNAME = [6, 4]", "does not begin at byte 5"),
        ("ID = [1, 4]\nNAME = [4, 4]", "does not begin at byte 5"),
        ("ID = [1, 4]\nNAME = [5, 4]", "ends at byte 8, record_length is 12"),
        ("ID = [1]", "is not a list of 2 whole numbers"),
    ],
)
def test_positions_leave_no_byte_out(tmp_path: Path, positions: str, said: str) -> None:
    form = 'kind = "fixed"\nencoding = "latin-1"\nrecord_length = 12'
    with pytest.raises(Refusal, match=said):
        made_layout(tmp_path, form, positions=positions)


widths = st.lists(st.integers(1, 5), min_size=1, max_size=5)


@given(data=st.data(), widths=widths, between=st.sampled_from(["", ","]))
def test_a_block_is_cut_as_a_slow_reader_would(data: st.DataObject, widths: list[int], between: str) -> None:
    ends = np.cumsum([width + len(between) for width in widths]) - len(between)
    cuts = tuple((int(end) - width, int(end)) for end, width in zip(ends, widths, strict=True))
    reader = Fixed(cuts[-1][1], cuts, between)
    cell = st.text(alphabet=st.sampled_from("ab, é"), max_size=3)
    right = st.tuples(*(cell.map(lambda text, wide=wide: text[:wide].ljust(wide)) for wide in widths))
    line = st.one_of(right.map(between.join), cell)
    lines = [line.encode("latin-1") for line in data.draw(st.lists(line, min_size=1, max_size=6))]
    block = b"".join(line + b"\n" for line in lines)
    copy, odd = reader.block(block, np.flatnonzero(np.frombuffer(block, np.uint8) == 10))
    copies = copy.split(b"\n")[:-1]
    assert len(copies) == len(lines)
    for number, line in enumerate(lines):
        if number in odd:
            assert len(line) != reader.length or not line.strip() or reader.line(line)[1]
            continue
        cells = [line[start:end].rstrip(b" ") for start, end in cuts]
        assert copies[number].split(SEPARATOR.encode()) == cells
        assert (copies[number], "") == reader.line(line) or not line.strip()
