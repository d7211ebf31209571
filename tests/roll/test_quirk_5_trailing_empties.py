"""Quirk 5: nameless empty fields at the end of lines, in the header or not, as many as it pleases."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_layouts import ORDER, column, made_layout, read

from commonroll.errors import Refusal

FORM = 'kind = "delimited"\ndelimiter = ","\nencoding = "utf-8"\nheader = true\nquoting = "{}"'
TRAILING = FORM + "\ntrailing_empty = true"
HEADER = ",".join(ORDER)
ROWS = ["1,TERN,D,2026-01-01", "2,FINCH,R,2026-02-01"]


@pytest.mark.parametrize("quoting", ["none", "some"])
@pytest.mark.parametrize(("in_header", "in_rows"), [(0, 0), (1, 1), (0, 1), (50, 50), (50, 0), (0, 50)])
def test_as_many_as_there_are(tmp_path: Path, quoting: str, in_header: int, in_rows: int) -> None:
    path = tmp_path / "v.csv"
    path.write_text("\n".join([HEADER + "," * in_header, *(row + "," * in_rows for row in ROWS), ""]))
    (found,) = read(tmp_path, [made_layout(tmp_path, TRAILING.format(quoting))], path)
    assert column(found, "SINCE") == ["2026-01-01", "2026-02-01"]
    assert found.refused == []
    assert ("nameless" in found.one.evidence) == bool(in_rows)


@pytest.mark.parametrize("quoting", ["none", "some"])
@given(counts=st.lists(st.integers(0, 4), min_size=1, max_size=6))
def test_each_line_may_have_another_number(
    tmp_path_factory: pytest.TempPathFactory, quoting: str, counts: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("empties")
    rows = [f"{number},TERN,D,2026-01-01" + "," * count for number, count in enumerate(counts)]
    (folder / "v.csv").write_text("\n".join([HEADER, *rows, ""]))
    (found,) = read(folder, [made_layout(folder, TRAILING.format(quoting))], folder / "v.csv")
    assert column(found, "ID") == [str(number) for number in range(len(counts))]
    assert len({len(row) for row in found.rows}) == 1


@pytest.mark.parametrize("quoting", ["none", "some"])
def test_text_after_the_last_column_is_no_record(tmp_path: Path, quoting: str) -> None:
    path = tmp_path / "v.csv"
    path.write_text("\n".join([HEADER, ROWS[0] + ",", "2,FINCH,,R,2026-02-01", ROWS[1] + ",,x", ""]))
    (found,) = read(tmp_path, [made_layout(tmp_path, TRAILING.format(quoting))], path)
    assert found.refused == [(3, "text after the last column"), (4, "text after the last column")]
    assert column(found, "ID") == ["1"]


def test_where_the_layout_knows_of_none_they_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("\n".join([HEADER + ",", *(row + "," for row in ROWS), ""]))
    with pytest.raises(Refusal, match="a nameless column unknown"):
        read(tmp_path, [made_layout(tmp_path, FORM.format("none"))], path)
