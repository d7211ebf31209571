"""Workbooks: each sheet is a table of text; what a hostile or broken one could do is turned away."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_layouts import ORDER, column, made_layout, read
from made_workbooks import MAIN, book, cell, sheet

from commonroll.errors import Refusal
from commonroll.roll.reading import workbook
from commonroll.roll.reading.archives import Budget, Caps
from commonroll.roll.reading.read import open_delivery
from commonroll.roll.reading.workbook import sheets_of
from commonroll.roll.recognition.recognition import recognition

FORM = 'kind = "xlsx"\nheader = true'


def lines(path: Path, work: Path) -> list[list[str]]:
    return [
        one.path.read_text("utf-8").splitlines() for one in sheets_of(path, path.name, work, Budget(Caps()))
    ]


def test_cells_are_what_they_say(tmp_path: Path) -> None:
    dated = f'<row>{cell("d")}<c s="1"><v>45601</v></c><c s="1"><v>45601.5</v></c></row>'
    rows = sheet([["00123", 12.0, 1.5, 20241105, "=1+1", "", " a "]])
    path = book(tmp_path / "b.xlsx", One=rows.replace("</sheetData>", dated + "</sheetData>"))
    first, second = lines(path, tmp_path)[0]
    assert first.split("\t") == ["00123", "12", "1.5", "20241105", "worked out", "", " a "]
    assert second.split("\t")[:3] == ["d", "2024-11-05", "2024-11-05 12:00:00"]


def test_a_table_over_several_sheets(tmp_path: Path) -> None:
    """The format ends at 1,048,576 rows; some write the header again, some go on."""
    one, two, three = (["1", "TERN", "D", "2026-01-01"], ["2", "FINCH", "R", ""], ["3", "WREN", "D", ""])
    again, goes_on = sheet([ORDER, two]), sheet([three])
    path = book(tmp_path / "b.xlsx", A=sheet([ORDER, one]), B=again, C=goes_on)
    found = read(tmp_path, [made_layout(tmp_path, FORM)], path)
    assert [column(each, "NAME") for each in found] == [["TERN"], ["FINCH"], ["WREN"]]
    assert [each.name for each in found] == ["b.xlsx [A]", "b.xlsx [B]", "b.xlsx [C]"]
    assert "columns as in b.xlsx [A]" in found[2].one.evidence


def test_sheets_that_no_layout_knows_are_named(tmp_path: Path) -> None:
    table = sheet([ORDER, ["1", "TERN", "D", "2026-01-01"]])
    path = book(tmp_path / "b.xlsx", Notes=sheet([["How to read this"]]), Voters=table, Empty=sheet([]))
    seen = recognition(open_delivery([path], tmp_path), layouts=[made_layout(tmp_path, FORM)])
    assert [one.file.name for one in seen.files] == ["b.xlsx [Voters]"]
    assert seen.passed == {
        "b.xlsx [Notes]": "a sheet that no layout knows",
        "b.xlsx [Empty]": "an empty sheet",
    }


def test_the_same_table_as_text(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text('ID,NAME,PARTY,SINCE\n1,"TERN, JR",D,2026-01-01\n')
    form = FORM + '\ndelimiter = ","\nencoding = "utf-8"\nquoting = "some"'
    (found,) = read(tmp_path, [made_layout(tmp_path, form)], tmp_path / "v.csv")
    assert column(found, "NAME") == ["TERN, JR"]


def test_a_text_layout_comes_as_a_workbook(tmp_path: Path) -> None:
    form = 'kind = "delimited"\ndelimiter = "|"\nencoding = "utf-8"\nheader = true\nquoting = "some"'
    path = book(tmp_path / "b.xlsx", A=sheet([ORDER, ["1", 'J "BUD" T', "D", "2026-01-01"]]))
    (found,) = read(tmp_path, [made_layout(tmp_path, form)], path)
    assert column(found, "NAME") == ['J "BUD" T']


def test_breaks_in_a_cell_are_spaces(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", A=sheet([["a\tb", "c\nd"]]))
    assert lines(path, tmp_path) == [["a b\tc d"]]


def test_a_workbook_in_a_zip(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", A=sheet([ORDER, ["1", "TERN", "D", "2026-01-01"]]))
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.write(path, "folder/b.xlsx")
        archive.writestr("__MACOSX/folder/._b.xlsx", b"x")
    (found,) = read(tmp_path, [made_layout(tmp_path, FORM)], tmp_path / "z.zip")
    assert column(found, "NAME") == ["TERN"]


texts = st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=6)


@given(rows=st.lists(st.lists(texts, min_size=2, max_size=2), min_size=1, max_size=4))
def test_text_is_not_touched(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    folder = tmp_path_factory.mktemp("book")
    safe = [[text.lstrip("=") for text in row] for row in rows]
    path = book(folder / "b.xlsx", A=sheet([["first", "second"], *safe, ["last", "line"]]))
    told = [one.path.read_text("utf-8") for one in sheets_of(path, "b", folder, Budget(Caps()))]
    kept = [line.split("\t") if line else ["", ""] for line in told[0].split("\n")[1:-2]]
    blank = [["", ""] if not "".join(row).strip() else row for row in safe]
    assert kept == blank


FAR = f'<worksheet xmlns="{MAIN}"><sheetData>{{}}</sheetData></worksheet>'


@pytest.mark.parametrize(
    "body",
    [
        f"<row>{cell('a', 'A1')}</row><row>{cell('b', 'XFD1048576')}</row>",
        f'<row r="1048576">{cell("b", "XFD1048576")}</row><row r="1">{cell("a", "A1")}</row>',
        f'<row r="1048576">{cell("b")}</row><row r="1">{"<c/>" * 16_384}</row>',
        f'<x:row xmlns:x="{MAIN}"><x:c r="A1"/><x:c  foo="1"  r="XFD1048576"/></x:row>',
    ],
)
def test_a_few_cells_far_apart_are_not_made_a_rectangle(tmp_path: Path, body: str) -> None:
    path = book(tmp_path / "b.xlsx", A=FAR.format(body))
    with pytest.raises(Refusal, match="spans more than"):
        sheets_of(path, "b.xlsx", tmp_path, Budget(Caps()))


def test_the_rectangle_is_the_same_however_the_bytes_are_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book(tmp_path / "b.xlsx", A=FAR.format(f"<row>{cell('a', 'A1')}{cell('b', 'ZZ100')}</row>"))
    monkeypatch.setattr(workbook, "CELLS_AT_MOST", 702 * 100 - 1)
    for size in (1, 7, 64, 1000):
        monkeypatch.setattr(workbook, "BLOCK_BYTES", size)
        with pytest.raises(Refusal, match="spans more than"):
            sheets_of(path, "b.xlsx", tmp_path, Budget(Caps()))


def test_a_workbook_that_unfolds_without_end(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", A=sheet([["x" * 5_000_000]]))
    with pytest.raises(Refusal, match="unfolds to more than"):
        sheets_of(path, "b.xlsx", tmp_path, Budget(Caps(ratio=20, free=1 << 20)))


def test_what_is_no_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive:
        archive.writestr("a.txt", b"x")
    with pytest.raises(Refusal, match="cannot be read"):
        open_delivery([tmp_path / "b.xlsx"], tmp_path)
    (tmp_path / "c.xlsx").write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    with pytest.raises(Refusal, match="protected by a password"):
        open_delivery([tmp_path / "c.xlsx"], tmp_path)


def test_a_workbook_cut_off_on_the_way(tmp_path: Path) -> None:
    whole = book(tmp_path / "b.xlsx", A=sheet([["a"]])).read_bytes()
    (tmp_path / "b.xlsx").write_bytes(whole[:-30])
    with pytest.raises(Refusal, match="damaged"):
        open_delivery([tmp_path / "b.xlsx"], tmp_path)
    spoiled = bytearray(whole)
    at = whole.index(b"PK\x03\x04", 1) + 60
    spoiled[at] ^= 0xFF
    (tmp_path / "b.xlsx").write_bytes(bytes(spoiled))
    assert zipfile.is_zipfile(io.BytesIO(bytes(spoiled)))
    with pytest.raises(Refusal):
        open_delivery([tmp_path / "b.xlsx"], tmp_path)
