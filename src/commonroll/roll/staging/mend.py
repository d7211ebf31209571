"""Refused lines, mended by their owner, as files of a delivery: read as the file was that they came from.

Only lines whose text was changed count; the others would be refused again, or replace a row that stayed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq

from ...errors import Refusal
from ..gate import reports
from ..layout.layout import Layout, layout
from ..reading.read import DeliveredFile
from ..recognition.recognition import Incoming, recognition
from ..redaction.refused_lines import MendedLine, read
from ..vault.vault import Vault

PROBE_LINES = 200
"""Lines of a delivered file that show again how its columns stand."""


def mended(vault: Vault, paths: Sequence[Path], load: str) -> list[Incoming]:
    """The changed lines of files that `refused_lines.write` made of a load, by the file they came from.

    Raises Refusal where nothing was changed, or the vault keeps that load's lines no longer.
    """
    kept = reports.read(vault, load)
    if kept is None:
        raise Refusal("There is no such load.", where=load, next_step="See the list of loads.")
    lines: dict[str, list[str]] = {}
    for one in _changed(vault, paths, load):
        lines.setdefault(one.file, []).append(one.text)
    if not lines:
        raise Refusal(
            "No line was changed.",
            where=", ".join(path.name for path in paths),
            next_step="Mend the column text of the file, save it, then load it again.",
        )
    layouts = {str(file["name"]): str(file["layout"]) for file in kept["report"]["files"]}
    folders = {str(file["name"]): str(file["folder"]) for file in kept["files"]}
    return [
        _file(name, texts, _head(vault, load, folders.get(name)), layout(layouts[name], vault.layouts()))
        for name, texts in sorted(lines.items())
    ]


def _changed(vault: Vault, paths: Sequence[Path], load: str) -> Iterator[MendedLine]:
    files = vault.refused_files(load)
    rows = pq.read_table(list(files)).to_pylist() if files else []
    before: Mapping[tuple[str, int], str] = {(row["file"], row["line"]): row["bytes"] for row in rows}
    for path in paths:
        for one in read(path):
            if (one.file, one.line) not in before:
                raise Refusal(
                    "A line of this file is none of that load's refused lines.",
                    where=f"{path.name}, line {one.line} of {one.file}",
                    next_step="Leave the columns file and line as they are, and name the load they are of.",
                )
            if one.text != before[one.file, one.line]:
                yield one


def _head(vault: Vault, load: str, folder: str | None) -> list[str]:
    parts = sorted((vault.path / "raw" / load / folder).glob("*.txt")) if folder else []
    if not parts:
        raise Refusal(
            "The vault does not keep the lines of this load any more.",
            where=load,
            next_step="Load the state's files again with the lines mended in them.",
        )
    with parts[0].open(encoding="utf-8", errors="replace", newline="\n") as lines:
        return [line.rstrip("\n") for line in islice(lines, PROBE_LINES)]


def _file(name: str, texts: Sequence[str], head: Sequence[str], known: Layout) -> Incoming:
    """The texts as a file of the same name, layout and columns as the one whose first lines are `head`."""
    sheet = known.format.kind == "xlsx"
    encoding = "utf-8" if sheet else known.format.encoding

    def delivered(lines: Sequence[str]) -> DeliveredFile:
        data = "".join(f"{line}\n" for line in lines).encode(encoding, "replace")
        return DeliveredFile(name, len(data), book=name if sheet else "", opener=lambda: io.BytesIO(data))

    (seen,) = recognition([delivered(head)], layouts=[known]).files
    whole = delivered([*head[: seen.columns.shape.skip], *texts])
    return replace(seen, file=whole, evidence=f"mended lines; {seen.evidence}")
