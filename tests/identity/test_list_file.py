"""Lists as they really come: whatever the file is, its rows are read as they are meant, or it is refused."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.roll.made_workbooks import book, sheet

from commonroll.errors import Refusal
from commonroll.identity.lists import file
from commonroll.identity.lists.headers import known_words

PLAIN = "First Name,Last Name,Zip\nJosé,Núñez,44101\nAnn,Lee,44102\n"
HEADER = ("First Name", "Last Name", "Zip")
ROWS = [("José", "Núñez", "44101"), ("Ann", "Lee", "44102")]

OBJECTS = [dict(zip(HEADER, row, strict=True)) for row in ROWS]


def read(data: bytes | str, folder: Path, name: str = "list.csv", **how: str) -> file.ListFile:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return file.read(path, work, known_words=known_words(), **how)


def cells(found: file.ListFile) -> list[tuple[str | None, ...]]:
    table = pq.read_table(found.path)
    return list(zip(*(table[name].to_pylist() for name in found.columns), strict=True))


def zipped(**files: bytes | str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


SAME_ROWS = {
    "utf-8": PLAIN.encode(),
    "utf-8 with a mark": PLAIN.encode("utf-8-sig"),
    "utf-16": PLAIN.encode("utf-16"),
    "utf-16 without a mark": PLAIN.encode("utf-16-le"),
    "cp1252": PLAIN.encode("cp1252"),
    "mac roman": PLAIN.encode("mac_roman"),
    "cp850": PLAIN.encode("cp850"),
    "read as cp1252, saved as utf-8": PLAIN.encode().decode("cp1252").encode(),
    "semicolons": PLAIN.replace(",", ";").encode(),
    "tabs": PLAIN.replace(",", "\t").encode(),
    "bars": PLAIN.replace(",", "|").encode(),
    "Excel's word on the delimiter": ("sep=;\r\n" + PLAIN.replace(",", ";").replace("\n", "\r\n")).encode(),
    "old Mac line ends": PLAIN.replace("\n", "\r").encode(),
    "a title before the header": f"Donors of the spring\nprinted 3 May\n\n{PLAIN}".encode(),
    "the header again": (PLAIN + "First Name,Last Name,Zip\n").encode(),
    "empty columns behind": PLAIN.replace("\n", ",,\n").encode(),
    "empty columns behind the rows alone": PLAIN.replace("\n", ",,\n").replace("Zip,,", "Zip").encode(),
    "every line in quotes": "".join(f'"{line}"\n' for line in PLAIN.splitlines()).encode(),
    "quoted": PLAIN.replace("Lee", '"Lee"').encode(),
    "gzip": gzip.compress(PLAIN.encode()),
    "a zip of one": zipped(**{"list.csv": PLAIN, "__MACOSX/._list.csv": b"\0\1"}),
    "json": json.dumps(OBJECTS).encode(),
    "json lines": "\n".join(map(json.dumps, OBJECTS)).encode(),
    "what an interface answers": json.dumps(
        {"count": 2, "items": OBJECTS}
    ).encode(),
}  # fmt: skip


@pytest.mark.parametrize("how", SAME_ROWS)
def test_the_same_rows_however_they_come(how: str, tmp_path: Path) -> None:
    found = read(SAME_ROWS[how], tmp_path)
    assert found.columns == ("First Name", "Last Name", "Zip")
    assert cells(found) == ROWS
    assert found.rows_hash == read(PLAIN, tmp_path, "plain.csv").rows_hash


def test_a_workbook_is_read_with_its_quotes_and_numbers(tmp_path: Path) -> None:
    path = book(
        tmp_path / "in.xlsx", People=sheet([["First Name", "Last Name", "Zip"], ['Jo "J"', "O,Hara", 44101]])
    )
    found = read(path.read_bytes(), tmp_path)
    assert cells(found) == [('Jo "J"', "O,Hara", "44101")]


def test_a_workbook_of_several_sheets_is_asked_about(tmp_path: Path) -> None:
    rows = sheet([["First Name", "Last Name"], ["Ann", "Lee"]])
    data = book(tmp_path / "in.xlsx", Donors=rows, Friends=rows).read_bytes()
    with pytest.raises(Refusal, match="Donors, Friends"):
        read(data, tmp_path)
    assert read(data, tmp_path, sheet="friends").rows == 1


def test_order_of_rows_and_file_do_not_make_another_list(tmp_path: Path) -> None:
    first = read("Name,Zip\nAnn Lee,44101\nBo Ray,44102\n", tmp_path)
    second = read("Name;Zip\nBo Ray;44102\nAnn Lee;44101\n", tmp_path, "again.csv")
    other = read("Name,Zip\nAnn Lee,44101\nBo Ray,44103\n", tmp_path, "other.csv")
    assert first.rows_hash == second.rows_hash != other.rows_hash
    assert first.file_hash != second.file_hash


HEADERS = {
    "Vorname,Nachname,Ort\nAnn,Lee,44101\nBo,Ray,44102\n": ("Vorname", "Nachname", "Ort"),
    "Ann,Lee,44101\nBo,Ray,44102\n": ("Column 1", "Column 2", "Column 3"),
    "Ann,Lee\nBo,Ray\n": ("Column 1", "Column 2"),
    "Name,name,NAME,line,\nA,B,C,1,x\n": ("Name", "name (2)", "NAME (3)", "line (2)", "Column 5"),
}  # fmt: skip


@pytest.mark.parametrize("text", HEADERS)
def test_a_header_is_told_from_rows(text: str, tmp_path: Path) -> None:
    assert read(text, tmp_path).columns == HEADERS[text]


def test_a_cell_may_hold_line_breaks_and_rows_know_their_lines(tmp_path: Path) -> None:
    found = read('Name,Note,Zip\nAnn Lee,"two\nlines",44101\nBo Ray,,44102\n', tmp_path)
    assert pq.read_table(found.path)["line"].to_pylist() == [2, 4]


def test_a_quote_that_is_never_closed_takes_no_other_row(tmp_path: Path) -> None:
    rows = [f"Ann,Lee{n},{44000 + n}" for n in range(100)]
    rows[3] = 'Ann,"Lee3,44003'
    found = read("\n".join(["First Name,Last Name,Zip", *rows]), tmp_path)
    assert found.rows == 100
    assert any("never closed" in note for note in found.notes)


def test_rows_of_another_number_of_cells_are_counted_not_shifted(tmp_path: Path) -> None:
    rows = ["Ann,Lee,1 Main St,44101"] * 9 + ["Bo,Ray,2 Elm, Unit 3,44102"]
    found = read("\n".join(["First Name,Last Name,Address,Zip", *rows]), tmp_path)
    assert (found.rows, found.refused) == (9, {file.MISCOUNTED: 1})


NO_LISTS = {
    "nothing": (b"", "empty"),
    "blank lines": (b"\n\n  \n", "empty"),
    "a header alone": (b"First Name,Last Name\n", "no rows"),
    "a PDF": (b"%PDF-1.7\n", "PDF"),
    "an old Excel file": (b"\xd0\xcf\x11\xe0" + bytes(600), "old or a password"),
    "a web page called xls": (b"<html><table><tr><td>Ann</td></tr></table>", "web page"),
    "NUL bytes": (b"a,b\n1,\0\0\0\0\n" * 4, "NUL"),
    "a broken zip": (b"PK\x03\x04" + b"x" * 100, "damaged"),
    "a gzip cut off": (gzip.compress(PLAIN.encode() * 9)[:40], "damaged"),
    "two lists in a zip": (zipped(a=PLAIN, b=PLAIN), "2 files"),
    "a zip in a zip": (zipped(a=zipped(b=PLAIN)), "another archive"),
    "a bomb": (zipped(a=b"Name\n" + b"0" * (40 << 20)), "unfolds"),
    "JSON that ends early": (b'[{"name": "Ann"', "JSON"),
    "a number": (b"[1, 2]", "objects"),
    "no line ends": (b"Name,Zip\n" + b"x" * (2 << 20), "million characters"),
    "shifted rows": (b"a name,zip\n" + b"Ann Lee,44101\n" * 6 + b"Bo, Ray,44102\n" * 4, "another number"),
}  # fmt: skip


@pytest.mark.parametrize("what", NO_LISTS)
def test_what_is_no_list_is_refused_with_the_reason(what: str, tmp_path: Path) -> None:
    data, words = NO_LISTS[what]
    with pytest.raises(Refusal, match=words) as refused:
        read(data, tmp_path)
    assert refused.value.next_step
    assert "Ann" not in str(refused.value)


CELL = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), max_size=12)


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_cells_come_back_as_they_were_written(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([HEADER, *rows])
    with tempfile.TemporaryDirectory() as folder:
        wanted = [tuple(cell or None for cell in row) for row in rows if any(row) and row != HEADER]
        if not wanted:
            return
        assert cells(read(text.getvalue().encode("utf-8-sig"), Path(folder))) == wanted
