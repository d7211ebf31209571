"""Small official files made up in a test, as a layout says, and the roll that a load makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from commonroll.roll.layout.layout import Layout, layout
from commonroll.roll.load import LoadResult, load
from commonroll.roll.vault.vault import Vault

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
Line = Mapping[str, str]


def written(
    key: str, lines: Sequence[Line], folder: Path, *, name: str = "", extra: Sequence[str] = ()
) -> Path:
    """The file of a layout that is delimited or of fixed width. `extra`: further columns of its header."""
    known = layout(key)
    columns = [*known.order, *extra]
    rows = [[line.get(column, "") for column in columns] for line in lines]
    if known.format.header:
        rows.insert(0, columns)
    path = folder / (name or known.files[0].replace("*", "1").replace("[0-9]", "1"))
    text = "".join(f"{_line(known, row)}\n" for row in rows)
    path.write_bytes(text.encode(known.format.encoding))
    return path


def _line(known: Layout, cells: Sequence[str]) -> str:
    if known.format.kind == "fixed":
        line = bytearray(b" " * (known.format.record_length or 0))
        for place, cell in zip(known.format.positions.values(), cells, strict=True):
            line[place.start - 1 : place.start - 1 + len(cell)] = cell.encode("latin-1")
        return line.decode("latin-1")
    wrap = '"{}"' if known.format.quoting != "none" else "{}"
    return known.format.delimiter.join(wrap.format(cell) for cell in cells)


def loaded(state: str, folder: Path, *files: Path, key: str | None = None) -> tuple[Vault, LoadResult]:
    """The files taken into a vault of their own."""
    vault = Vault(folder / "vaults", state.lower())
    vault.mark_sample()
    return vault, load(vault, files, state=state, layout=key, accept="quarantine", now=NOW)


def rows(vault: Vault, result: LoadResult, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of what was loaded, in order of the voter's id."""
    assert result.snapshot is not None, result.report.sentences
    files = [str(path) for path in vault.files(result.snapshot, table)]
    found = duckdb.connect().read_parquet(files).order("state_voter_id").project(", ".join(columns))
    return found.fetchall()
