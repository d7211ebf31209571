"""Rows of one delivery that say the same key twice: which one stays, and why the others do not.

A number of 64 bits stands for each key. Numbers that occur more than once are found by sorting them, some
at a time; only lines that have one of these, a few in a thousand, are compared by their keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from .statements import KEY, PRINT

OTHER_ROW_STAYS = "another row of this voter stays: this one is removed or pending"
REPEATED = "repeats an earlier line"

AT_ONCE = 1 << 24
"""Numbers that are sorted at a time: 128 MB, and as much again to look them through."""

Prints = npt.NDArray[np.uint64]


def perhaps_repeated(keys: Sequence[Path], path: Path) -> Path | None:
    """The lines of the files `keys` whose print is not theirs alone, written to `path`; None without any.

    Columns, of the files and of `path`: the key's, PRINT, `rank`, `spot`.
    """
    several = _several(keys)
    writer: pq.ParquetWriter | None = None
    for lines in _with(keys, several):
        writer = writer or pq.ParquetWriter(path, lines.schema)
        writer.write_table(lines)
    if writer is None:
        return None
    writer.close()
    return path


def _several(keys: Sequence[Path]) -> Prints:
    """The prints that occur more than once, sorted."""
    passes = 1 + sum(pq.read_metadata(path).num_rows for path in keys) // AT_ONCE
    found = [_repeated(_share(keys, passes, nth)) for nth in range(passes)]
    return np.unique(np.concatenate(found))


def _share(keys: Sequence[Path], passes: int, nth: int) -> Prints:
    """One of `passes` shares of all prints, so that equal ones are in the same."""
    prints = [_prints(path) for path in keys]
    if passes > 1:
        prints = [one[one % np.uint64(passes) == nth] for one in prints]
    return np.concatenate([np.zeros(0, np.uint64), *prints])


def _repeated(prints: Prints) -> Prints:
    prints.sort()
    again: Prints = prints[1:][prints[1:] == prints[:-1]]
    return again


def _prints(path: Path) -> Prints:
    prints: Prints = pq.read_table(path, columns=[PRINT])[PRINT].to_numpy()
    return prints


def _with(keys: Sequence[Path], several: Prints) -> Iterator[pa.Table]:
    """The lines of each file that have one of the prints."""
    for path in keys if len(several) else ():
        there = np.isin(_prints(path), several)
        if there.any():
            yield pq.read_table(path, columns=_compared(path)).filter(there)


def _compared(path: Path) -> list[str]:
    """The columns that lines are compared by: others stand in the file as well."""
    names = pq.read_schema(path).names
    return [name for name in names if name.startswith(KEY) or name in (PRINT, "rank", "spot")]


def repeats(lines: ir.Table) -> ir.Table:
    """Lines to set aside: `spot` and `refused`, the reason.

    `lines`: key columns, `rank`, `spot`; one row per line that loads.
    Of several lines of one key the one of the lowest rank stays, the earliest of them.
    """
    names = [name for name in lines.columns if name.startswith(KEY)]
    several = lines.group_by(*names).having(lines.count() > 1).agg(best=lines["rank"].min())
    same = lines.inner_join(several, names)
    of_key = ibis.window(group_by=[same[name] for name in names], order_by=[same["rank"], same["spot"]])
    place = ibis.row_number().over(of_key)
    placed = same.mutate(place=place)
    reason = ibis.cases((placed["rank"] > placed["best"], OTHER_ROW_STAYS), else_=REPEATED)
    return placed.filter(placed["place"] > 0).select("spot", refused=reason)


def reasons_of(con: Backend, found: ir.Table) -> dict[int, str]:
    """Spot -> reason of every line found."""
    columns = con.to_pyarrow(found).to_pydict()
    return dict(zip(columns["spot"], columns["refused"], strict=True))
