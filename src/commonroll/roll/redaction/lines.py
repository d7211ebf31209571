"""Which lines as delivered are a protected voter's: those that rows came from, and those that hold the id.

A row says which line it stood on, whatever the layout made of its id. Lines that became no row are told by
the id: where the layout has it in fixed columns, or else as a word of the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.roll.engine import ibis_engine
from commonroll.roll.gate import reports
from commonroll.roll.layout.layout import layout
from commonroll.roll.redaction.refused_lines import naming
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault import raw
from commonroll.roll.vault.vault import Vault

Places = np.ndarray[Any, np.dtype[np.int64]]
_KEY = "state_voter_id"


@dataclass(frozen=True)
class _File:
    """A delivered file's folder of parts: lines that are taken out, and where fixed columns hold the id."""

    lines: frozenset[int]
    fixed: slice | None


class RawLines:
    """The lines of a vault's loads that are `ids`' (state_voter_id). Made before any row is taken away."""

    def __init__(self, vault: Vault, ids: pa.Table) -> None:
        self.ids = ids.select([_KEY])
        self._named = {_bare(one) for one in ids[_KEY].to_pylist()}
        rows = _lines_of_rows(vault, self.ids)
        for folder, line in _refused_lines(vault, self.ids):
            rows.setdefault(folder, set()).add(line)
        self._files = {
            folder: _File(frozenset(rows.get(folder, ())), fixed) for folder, fixed in _folders(vault)
        }

    def hit(self, part: Path, texts: pa.Array) -> Places:
        """Places (from 0) of the texts of one part of a delivered file that are to be taken out."""
        known = self._files.get(part.parent, _File(frozenset(), None))
        first = int(part.stem)
        found = [line - first for line in known.lines if 0 <= line - first < len(texts)]
        if known.fixed is not None:
            cells = (_bare(str(text)[known.fixed].strip()) for text in texts.to_pylist())
            found += [place for place, cell in enumerate(cells) if cell in self._named]
        words = lines_naming(texts, self.ids, anywhere=known.fixed is None)
        return np.union1d(np.array(found, dtype=np.int64), words)


def _bare(voter: str) -> str:
    """An id without the zeros that a layout may have put before it."""
    return voter.lstrip("0") or voter[-1:]


def lines_naming(texts: pa.ChunkedArray | pa.Array, ids: pa.Table, *, anywhere: bool = True) -> Places:
    """Places of the texts that hold one of `ids` (state_voter_id), see `refused_lines.naming`."""
    table = pa.table({"place": pa.array(np.arange(len(texts))), "text": texts})
    con = ibis_engine()
    con.create_table("redacted_lines", table, temp=True, overwrite=True)
    try:
        found = naming(con.table("redacted_lines"), ids, "text", anywhere=anywhere)
        places = con.to_pyarrow(found.select("place").distinct())["place"]
        return np.asarray(places.to_numpy(), dtype=np.int64)
    finally:
        con.drop_table("redacted_lines", force=True)


def _refused_lines(vault: Vault, ids: pa.Table) -> Iterator[tuple[Path, int]]:
    """Refused lines that hold an id, by the folder of the file they stood in."""
    for load in vault.catalogue.refused():
        for path in vault.refused_files(load):
            rows = pq.read_table(path, columns=["file", "line", "bytes"])
            for row in rows.take(lines_naming(rows["bytes"], ids)).to_pylist():
                for folder in raw.folders(vault, load, row["file"]):
                    yield folder, row["line"]


def _lines_of_rows(vault: Vault, ids: pa.Table) -> dict[Path, set[int]]:
    """Folder of a delivered file -> numbers of the lines that rows of these voters came from."""
    found: dict[Path, set[int]] = {}
    for snapshot in vault.snapshots():
        loads = raw.loads_read(vault, snapshot)
        for path in vault.files(snapshot, VOTERS.name):
            rows = pq.read_table(path, columns=[_KEY, "source_file", "source_line"])
            mine = rows.filter(pc.is_in(rows[_KEY], value_set=ids[_KEY].combine_chunks())).to_pylist()
            for row in mine:
                for load in loads:
                    for folder in raw.folders(vault, load, row["source_file"]):
                        found.setdefault(folder, set()).add(row["source_line"])
    return found


def _folders(vault: Vault) -> Iterator[tuple[Path, slice | None]]:
    """Every folder of a delivered file's parts, and where its lines have the id in fixed columns."""
    for home in (vault.path / "raw").glob("*"):
        kept = reports.read(vault, home.name)
        if kept is None:
            continue
        layouts = {file["name"]: file["layout"] for file in kept["report"]["files"]}
        for file in kept["files"]:
            yield home / file["folder"], _fixed(vault, str(layouts.get(file["name"], "")))


def _fixed(vault: Vault, key: str) -> slice | None:
    try:
        known = layout(key, vault.layouts())
    except Refusal:  # a layout of the owner's own that is gone: the lines are searched for words
        return None
    source = known.columns.get(_KEY)
    if known.format.kind != "fixed" or source is None or len(source.columns) != 1:
        return None
    at = known.format.positions[source.columns[0]]
    return slice(at.start - 1, at.end)
