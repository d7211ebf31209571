"""A workbook (Office Open XML) of text cells, written row by row into its zip."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc

from commonroll.invented.write import bytes_of, glued, lines

MOST_ROWS = 1_000_000
"""Rows of one sheet; the format ends at 1,048,576. What is left over goes to a further sheet."""

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# A fixed moment, so that the same people make the same bytes.
MOMENT = (2026, 11, 21, 0, 0, 0)


class Workbook:
    """Sheets of one table, each with the header."""

    def __init__(self, path: Path, columns: Sequence[str], preamble: Sequence[str] = ()) -> None:
        self.columns, self.preamble = columns, preamble
        self.zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self.sheets, self.rows = 0, 0
        self.out: IO[bytes] = self._sheet()

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, *what: Any) -> None:
        self._end_sheet()
        for name, text in parts(self.sheets).items():
            self.zip.writestr(entry(name), DECLARED + text)
        self.zip.close()

    def write(self, fields: Mapping[str, pa.Array]) -> None:
        texts = [fields[column] for column in self.columns]
        while len(texts[0]):
            room = MOST_ROWS - self.rows
            if room == 0:
                self._end_sheet()
                self.out, self.rows = self._sheet(), 0
                continue
            self.out.write(bytes_of(rows([text[:room] for text in texts])))
            self.rows += len(texts[0][:room])
            texts = [text[room:] for text in texts]

    def _sheet(self) -> IO[bytes]:
        self.sheets += 1
        out = self.zip.open(entry(f"xl/worksheets/sheet{self.sheets}.xml"), "w", force_zip64=True)
        out.write(f'{DECLARED}<worksheet xmlns="{MAIN}"><sheetData>'.encode())
        for line in ([said] for said in self.preamble):
            out.write(row(line))
        out.write(row([name_in_header(column) for column in self.columns]))
        return out

    def _end_sheet(self) -> None:
        self.out.write(b"</sheetData></worksheet>")
        self.out.close()


def name_in_header(column: str) -> str:
    name, _, number = column.rpartition(" (")
    return name if name and number.endswith(")") and number[:-1].isdigit() else column


def row(cells: Sequence[str]) -> bytes:
    return ("<row>" + "".join(f"{BEGIN}{escape(cell)}{END}" for cell in cells) + "</row>").encode()


BEGIN, END = '<c t="inlineStr"><is><t xml:space="preserve">', "</t></is></c>"


def rows(texts: Sequence[pa.Array]) -> pa.Array:
    """`<row>…</row>` for each row; a cell that says nothing is empty."""
    cells = [cell(text) for text in texts]
    return glued("<row>", pc.utf8_rtrim(lines(cells, ""), "\n"), "</row>")


def cell(text: pa.Array) -> pa.Array:
    said = pc.fill_null(text, "")
    for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        said = pc.replace_substring(said, mark, entity)
    return pc.if_else(pc.equal(said, ""), "<c/>", glued(BEGIN, said, END))


def entry(name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, MOMENT)
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


def parts(sheets: int) -> dict[str, str]:
    """The parts of the package that say where the sheets are."""
    numbers = range(1, sheets + 1)
    listed = "".join(f'<sheet name="Voters {n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{TYPES}.worksheet+xml"/>'
        for n in numbers
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>{kinds}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{related}'
        "</Relationships>",
    }
