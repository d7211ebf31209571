"""The fields that the engine sees are those that each line by itself would be split into."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commonroll.roll.reading import fields as fields_module
from commonroll.roll.reading.fields import Misfit, lines_in, lines_of
from commonroll.roll.reading.part import Part
from commonroll.roll.reading.parts import Shape, fault_of
from commonroll.roll.reading.text_views import Room

TABS = Shape("\t", False, 3, "utf-8")
QUOTED = Shape("\t", True, 3, "utf-8", 1)

cell = st.text(alphabet=st.sampled_from('ab" ,éü'), max_size=30)
tabbed = st.text(alphabet=st.sampled_from('ab" \té'), max_size=8)


def of(part: Part, shape: Shape, spans: list[tuple[int, int]], block: int = 1 << 20) -> list[list[str]]:
    before, fields_module.BLOCK_BYTES = fields_module.BLOCK_BYTES, block
    try:
        columns = lines_of(part, shape, spans, Room()).columns
    finally:
        fields_module.BLOCK_BYTES = before
    for column in columns:
        column.validate(full=True)
    return [list(row) for row in zip(*(column.to_pylist() for column in columns), strict=True)]


def as_part(folder: str, text: str, lines: int, skip: int = 0) -> Part:
    path = Path(folder) / "part.txt"
    path.write_text(text, "utf-8")
    return Part("f.txt", path, path, 1, lines, skip, 0)


@settings(deadline=None)
@given(rows=st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=20), block=st.integers(1, 90))
def test_fields_are_those_of_the_line(rows: list[tuple[str, str, str]], block: int) -> None:
    text = "".join("\t".join(row) + "\n" for row in rows)
    with tempfile.TemporaryDirectory() as folder:
        found = of(as_part(folder, text, len(rows)), TABS, [(2, 2), (0, 0), (0, 1), (1, 1)], block)
    assert found == [[row[2], row[0], f"{row[0]}\t{row[1]}", row[1]] for row in rows]


@settings(deadline=None)
@example(rows=[('"\t', "a", "b")], block=90)
@given(rows=st.lists(st.tuples(tabbed, tabbed, tabbed), min_size=1, max_size=12), block=st.integers(1, 90))
def test_quotes_and_delimiters_inside_wrapped_fields_are_data(
    rows: list[tuple[str, str, str]], block: int
) -> None:
    lines = ['"' + '"\t"'.join(row) + '"' for row in rows]
    text = "".join(line + "\n" for line in ["a header", *lines])
    with tempfile.TemporaryDirectory() as folder:
        part = as_part(folder, text, len(rows) + 1, skip=1)
        if any(fault_of(line.encode(), QUOTED) for line in lines):
            with pytest.raises(Misfit):
                of(part, QUOTED, [(0, 0), (1, 1), (2, 2)], block)
            return
        found = of(part, QUOTED, [(0, 0), (1, 1), (2, 2)], block)
    assert found == [line[1:-1].split('"\t"') for line in lines]


@pytest.mark.parametrize(
    "lines", [["a\tb", "a\tb\tc\td"], ["a\tb\tc\td", "a\tb"], ["a\tb\tc", "a", "a\tb\tc\td\te"], ["abc"]]
)
def test_a_line_whose_fields_do_not_count_is_a_misfit(tmp_path: Path, lines: list[str]) -> None:
    part = as_part(str(tmp_path), "".join(line + "\n" for line in lines), len(lines))
    with pytest.raises(Misfit):
        of(part, TABS, [(0, 0)])


@pytest.mark.parametrize("line", ['a"\t"b"\t"c"', '"a"\t"b"\t"c', '"a"\tb"\t"c"', '"'])
def test_a_line_without_its_quotes_is_a_misfit(tmp_path: Path, line: str) -> None:
    with pytest.raises(Misfit):
        of(as_part(str(tmp_path), line + "\n", 1), QUOTED, [(0, 0)])


def test_lines_that_were_set_aside_are_not_there_and_the_others_keep_their_numbers(tmp_path: Path) -> None:
    marked = QUOTED.marked.decode()
    part = as_part(
        str(tmp_path), f'head\n"a"\t"b"\t"c"\n{marked}\n"d"\t"e"\t"a text longer than a view"\n', 4, 1
    )
    lines = lines_of(part, QUOTED, [(0, 0), (2, 2)], Room())
    assert lines.numbers.tolist() == [2, 4]
    assert [column.to_pylist() for column in lines.columns] == [
        ["a", "d"],
        ["c", "a text longer than a view"],
    ]
    again = lines_in(lines.content(np.array([4])), QUOTED)
    assert [column.to_pylist() for column in again.columns] == [["d"], ["e"], ["a text longer than a view"]]
