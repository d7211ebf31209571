"""A text as a QR code that the page itself draws: nothing is asked of another place."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET = 4
"""Modules of light margin, which readers need."""


@dataclass(frozen=True)
class Qr:
    """`size` modules a side, its margin among them; `path`: the dark ones as an SVG path."""

    size: int
    path: str


def qr(text: str) -> Qr:
    """The code of a text. Raises qrcode's DataOverflowError beyond some 2,300 characters."""
    code: QRCode = QRCode(border=QUIET, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    return Qr(len(rows), "".join(_row(y, row) for y, row in enumerate(rows)))


def _row(y: int, row: list[bool]) -> str:
    found, x = "", 0
    for dark, run in groupby(row):
        width = len(list(run))
        found += f"M{x} {y}h{width}v1h-{width}z" if dark else ""
        x += width
    return found
