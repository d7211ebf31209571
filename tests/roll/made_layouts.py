"""Layouts made up in a test, and what files become of which they say the bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from commonroll.roll.layout.layout import Layout, load_layout
from commonroll.roll.reading.parts import Places, Spread, parts_of
from commonroll.roll.reading.read import open_delivery
from commonroll.roll.reading.refusals import RefusedLines
from commonroll.roll.reading.shape import MARK
from commonroll.roll.recognition.recognition import Incoming, recognition

ORDER = ("ID", "NAME", "PARTY", "SINCE")
TOML = """
state = "NC"
role = "registration"
title = "A state in a test"
since = 2026-01-01
confidence = "{confidence}"
protected = "unstated"
files = ["{files}"]
dates = ["%Y-%m-%d"]
{order}
[format]
{format}
{positions}
[columns]
state_voter_id = "ID"
last_name = "NAME"
party = "PARTY"
registered_on = "SINCE"
[ignore]
{ignore}
[codes.party]
D = "DEM"
R = "REP"
[expect.rows]
min = 1
max = 100
{more}
"""


@dataclass(frozen=True)
class Read:
    """What a file came to: the cells of the lines that are records, the reasons of the others."""

    name: str
    one: Incoming
    rows: Sequence[Sequence[str]]
    refused: Sequence[tuple[int, str]] = field(default=())


def made_layout(
    folder: Path,
    form: str,
    *,
    columns: Sequence[str] = ORDER,
    positions: str = "",
    confidence: str = "official",
    files: str = "*",
    key: str = "2026-01.registration",
    more: str = "",
) -> Layout:
    """A layout of four columns, and of others that it ignores; `form`: the lines of its [format]."""
    text = TOML.format(
        format=form,
        confidence=confidence,
        files=files,
        positions=f"[positions]\n{positions}" if positions else "",
        order="" if positions else f"columns_order = {list(columns)}",
        ignore="\n".join(f'"{name}" = "not of use here"' for name in columns if name not in ORDER),
        more=more,
    )
    path = folder / "nc" / f"{key}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return load_layout(path)


def read(folder: Path, layouts: Sequence[Layout], *paths: Path) -> list[Read]:
    """The files of a delivery as the engine sees them, in order."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    seen = recognition(open_delivery(paths, work), layouts=layouts)
    return [_read(one, work / str(number)) for number, one in enumerate(seen.files)]


def _read(one: Incoming, work: Path) -> Read:
    shape, rows = one.columns.shape, []
    refused = RefusedLines(work / "refused.parquet")
    work.mkdir()
    places = Places(work / "raw", work / "copies", 1 << 20)
    with one.file.open() as stream:
        for part in parts_of(stream, one.file.name, shape, places, refused, Spread()):
            lines = part.path.read_text("utf-8").split("\n")[part.skip : -1]
            cells = [line.split(shape.between.decode()) for line in lines]
            if shape.wrapped:
                cells = [[row[0][1:], *row[1:-1], row[-1][:-1]] for row in cells]
            rows.extend(row for row in cells if row[0] != MARK)
    told = [(line, reason) for _, line, reason, _ in refused._rows]
    return Read(one.file.name, one, rows, told)


def column(read: Read, name: str) -> list[str]:
    """The cells of one column, without the blanks of a fixed width."""
    at = read.one.columns.names.index(name)
    return [row[at].strip() for row in read.rows]
