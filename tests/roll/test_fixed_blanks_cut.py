"""Fixed columns whose blanks were cut off at line ends: filled up where nothing else can be missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_layouts import Read, column, made_layout, read

from commonroll.errors import Refusal
from commonroll.roll.layout.layout import Layout
from commonroll.roll.reading.fixed import Fixed
from commonroll.roll.reading.shape import SEPARATOR

FORM = 'kind = "fixed"\nencoding = "latin-1"\nrecord_length = 41'
WIDTHS = (4, 1, 10, 10, 6, 10)
COLUMNS = ("ID", "PARTY", "SINCE", "NAME", "NOTE", "MORE")
SHORT = "record of another length"


def six_columns(folder: Path) -> Layout:
    """ID, PARTY, SINCE and NAME are in every line; NOTE and MORE in some."""
    starts = [1 + sum(WIDTHS[:at]) for at in range(6)]
    places = zip(COLUMNS, starts, WIDTHS, strict=True)
    positions = "\n".join(f"{name} = [{start}, {width}]" for name, start, width in places)
    return made_layout(folder, FORM, columns=COLUMNS, positions=positions)


def record(number: int, note: str = "", more: str = "", name: str = "TERN") -> str:
    cells = (str(number), "D", "2026-01-01", name, note, more)
    return "".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True))


def seen(folder: Path, lines: Sequence[str]) -> Read:
    path = folder / "voters.txt"
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("latin-1"))
    (found,) = read(folder, [six_columns(folder)], path)
    return found


def test_blanks_of_several_columns_were_cut(tmp_path: Path) -> None:
    notes = [("", ""), ("", "M"), ("N", ""), ("NOTES", "MORE")] * 3
    found = seen(tmp_path, [record(at, *note).rstrip() for at, note in enumerate(notes)])
    assert found.refused == []
    assert column(found, "NOTE") == [note for note, _ in notes]
    assert column(found, "MORE") == [more for _, more in notes]
    assert column(found, "NAME") == ["TERN"] * 12
    assert "records of 41 bytes, blanks at their end cut off" in found.one.evidence


def test_one_line_lost_its_blanks_among_whole_ones(tmp_path: Path) -> None:
    """Whole lines leave NOTE and MORE blank: nothing else than blanks can be missing."""
    lines = [record(at) for at in range(20)]
    lines[4], lines[5] = lines[4][:25], lines[5][:33]
    found = seen(tmp_path, lines)
    assert found.refused == [] and len(found.rows) == 20
    assert set(column(found, "NAME")) == {"TERN"}


def test_a_line_cut_within_text_is_refused_where_others_keep_their_blanks(tmp_path: Path) -> None:
    lines = [record(at, "NOTES") if at == 4 else record(at) for at in range(20)]
    lines[4] = lines[4].rstrip()
    assert lines[4].endswith("NOTES")
    assert seen(tmp_path, lines).refused == [(5, SHORT)]


def test_a_line_that_lacks_what_every_line_has_is_refused(tmp_path: Path) -> None:
    """It ends in blanks, or with a column, but nobody is without a name."""
    lines = [record(at) for at in range(20)]
    lines[4], lines[5], lines[6] = lines[4][:15], lines[5][:20], lines[6][:4]
    assert seen(tmp_path, lines).refused == [(5, SHORT), (6, SHORT), (7, SHORT)]


def test_a_last_column_that_some_leave_blank(tmp_path: Path) -> None:
    """Most lines are whole and end in text; those without it were cut, all after the same column."""
    lines = [record(at, "NOTES!", "0123456789") for at in range(20)]
    lines[4], lines[7], lines[9] = (record(at, "NOTES!").rstrip() for at in (4, 7, 9))
    found = seen(tmp_path, lines)
    assert found.refused == []
    assert column(found, "MORE").count("") == 3


def test_lines_of_any_other_text_are_not_taken_for_short_records(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="bytes, not 41"):
        seen(tmp_path, ["A note about the delivery", "which is no roll at all", "", "signed by nobody"])


widths = st.lists(st.integers(1, 5), min_size=1, max_size=5)


@given(data=st.data(), widths=widths, trimmed=st.booleans())
def test_a_block_is_filled_up_as_a_line_is(data: st.DataObject, widths: list[int], trimmed: bool) -> None:
    ends = np.cumsum(widths)
    cuts = tuple((int(end) - width, int(end)) for end, width in zip(ends, widths, strict=True))
    least = data.draw(st.integers(1, cuts[-1][1]))
    reader = Fixed(cuts[-1][1], cuts, least=least, trimmed=trimmed)
    line = st.text(alphabet=st.sampled_from("ab é"), min_size=1, max_size=cuts[-1][1] + 1)
    lines = [one.encode("latin-1") for one in data.draw(st.lists(line, min_size=1, max_size=6))]
    block = b"".join(one + b"\n" for one in lines)
    copy, odd = reader.block(block, np.flatnonzero(np.frombuffer(block, np.uint8) == 10))
    for number, (one, made) in enumerate(zip(lines, copy.split(b"\n"), strict=False)):
        if number in odd or not one.strip():
            continue
        assert (made, "") == reader.line(one)
        whole = one.ljust(reader.length)
        assert made.split(SEPARATOR.encode()) == [whole[start:end].rstrip(b" ") for start, end in cuts]
    right = [at for at, one in enumerate(lines) if one.strip() and not reader.line(one)[1]]
    assert all(at not in odd for at in right if len(lines[at]) <= reader.length)
