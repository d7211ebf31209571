"""Workbooks made up in a test, byte by byte, also such as no program would write."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    "</styleSheet>"
)
Cell = str | int | float


def cell(value: Cell, place: str = "") -> str:
    """A text, or a number, or (as "=...") a formula that was worked out."""
    where = f' r="{place}"' if place else ""
    if isinstance(value, str) and value.startswith("="):
        return f'<c{where} t="str"><f>{escape(value[1:])}</f><v>worked out</v></c>'
    if isinstance(value, str):
        return f'<c{where} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f"<c{where}><v>{value}</v></c>"


def sheet(rows: Sequence[Sequence[Cell]]) -> str:
    body = "".join("<row>" + "".join(map(cell, row)) + "</row>" for row in rows)
    return f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'


def book(path: Path, **sheets: str) -> Path:
    """A workbook of sheets by name."""
    listed, related, kinds = "", "", ""
    for number, name in enumerate(sheets, 1):
        listed += f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
        target = f"worksheets/sheet{number}.xml"
        related += f'<Relationship Id="rId{number}" Type="{RELATED}/worksheet" Target="{target}"/>'
        kinds += f'<Override PartName="/xl/{target}" ContentType="{SHEET_TYPE}.worksheet+xml"/>'
    related += f'<Relationship Id="rId0" Type="{RELATED}/styles" Target="styles.xml"/>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
        f'PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}.sheet.main+xml"/>{kinds}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATED}"><sheets>{listed}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{related}'
        "</Relationships>",
        "xl/styles.xml": STYLES,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        for number, text in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", text)
    return path
