"""Refused lines as they came, a screenful at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import pyarrow as pa

from commonroll.roll.engine import ibis_engine
from commonroll.roll.redaction import refused_lines

SCREENFUL = 50


@dataclass(frozen=True)
class RefusedLine:
    """One line: the file it stood in, its number (from 1), its text; none where its voter is protected."""

    file: str
    line: int
    text: str
    protected: bool


@dataclass(frozen=True)
class Shown:
    """A screenful of lines of one reason, and where the next one starts (None at the end)."""

    lines: list[RefusedLine]
    total: int
    start: int
    next: int | None


def lines(files: Sequence[str], suppressed: pa.Table, reason: str, start: int) -> Shown:
    """Lines refused for `reason`, in the order of the delivery, from number `start` on."""
    if not files:
        return Shown([], 0, start, None)
    con = ibis_engine()
    table = refused_lines.lines(files, suppressed)
    of_reason = table.filter(table["reason"] == ibis.literal(reason))
    total = int(con.to_pyarrow(of_reason.count()).as_py())
    page = of_reason.order_by(["file", "line"]).limit(SCREENFUL, offset=start)
    rows = con.to_pyarrow(page.select("file", "line", "bytes", "protected")).to_pylist()
    found = [RefusedLine(row["file"], row["line"], row["bytes"], row["protected"]) for row in rows]
    after = start + SCREENFUL
    return Shown(found, total, start, after if after < total else None)
