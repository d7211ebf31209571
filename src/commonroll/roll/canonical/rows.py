"""Rows of a part that the engine has made, as Parquet.

The engine hands them over as Arrow and `pyarrow` writes them: half the time of the engine's own writer, and
no table of its own in between (docs/adr/0026).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..reading.part import Part
from ..reading.representatives import spread
from ..reading.spots import LINE_BITS, LINE_WIDTH
from ..schema import HISTORY, SCOPE_COLUMNS, Table
from .normalise import LOST, WHY

COMPRESSION = "zstd"
ROW_GROUP = 122_880
"""Rows; the engine's own, so that a scan spreads over threads as it expects."""
AT_ONCE = 1 << 16
"""Values that the writer encodes at a time; with 1,024, its own number, districts take a quarter longer."""

LOOKED_UP = frozenset({*SCOPE_COLUMNS, "shown_from", "listed_from", "election_date"})
"""Columns that questions limit rows by. Others need statistics only where they have nulls to count: the gate
takes a column without them for full. Statistics of a dictionary cost more than writing it."""

ALL_DIFFERENT = frozenset(
    {"state_voter_id", "county_voter_id", "residence_line1", "mail_line1", "phone", "source_line"}
)
"""Columns whose values hardly repeat, so that a dictionary would only be built to be given up."""

ENCODINGS = {"source_line": "DELTA_BINARY_PACKED"}
"""Numbers that follow one another take next to no room as differences."""

Rows = npt.NDArray[np.int64]

CODE_LENGTH, CODES_SHOWN, LONGER = 4, 20, "longer than a code"


def rows_that_load(rows: pa.Table) -> pa.Table:
    """The rows whose `refused` and `left_out`, where they have them, are null."""
    for name in ("refused", "left_out"):
        if name in rows.column_names and rows[name].null_count < rows.num_rows:
            rows = rows.filter(pc.is_null(rows[name]))
    return rows


def with_reasons(rows: pa.Table) -> pa.Table:
    """The rows with `refused` as a whole: the reasons that stand apart (see `normalise.to_voters`) in it."""
    apart = [name for name in sorted(rows.column_names) if name.startswith(WHY)]
    reasons = [rows[name].cast(pa.string()) for name in apart if rows[name].null_count < rows.num_rows]
    if reasons:
        first = pc.coalesce(rows["refused"], *reasons)
        refused = pc.if_else(pc.is_valid(rows["left_out"]), pa.scalar(None, pa.string()), first)
        rows = rows.set_column(rows.column_names.index("refused"), "refused", refused)
    return rows.drop_columns(apart)


def write_rows(rows: pa.Table, table: Table, path: Path) -> None:
    """Write the table's columns to `path`; `source_line`, a spot until here, becomes the line's number."""
    made = rows.select(list(table.names))
    if "source_line" in table.names:
        place = made.column_names.index("source_line")
        lines = pc.bit_wise_and(made["source_line"], LINE_BITS)
        made = made.set_column(place, "source_line", lines)
    pq.write_table(made, path, row_group_size=ROW_GROUP, **_options(made, table))


def _options(rows: pa.Table, table: Table) -> dict[str, Any]:
    return {
        "compression": COMPRESSION,
        "write_batch_size": AT_ONCE,
        "write_statistics": [n for n in table.names if rows[n].null_count or n in LOOKED_UP],
        "use_dictionary": [name for name in table.names if name not in ALL_DIFFERENT],
        "column_encoding": {name: how for name, how in ENCODINGS.items() if name in table.names},
        "store_schema": False,
    }


def write_history(voters: pa.Array, row: Rows, few: pa.Table, entry: Rows, path: Path) -> None:
    """Write the elections of voters: the one at `row` of `voters` took part in that at `entry` of `few`.

    `row` ascends. `few`: the columns of `schema.HISTORY`, but for the voter.
    """
    beside = [name for name in HISTORY.names if name != "state_voter_id"]
    of = pa.array(entry)
    rows = pa.table({name: spread(few[name], of) for name in beside})
    options = _options(rows.append_column("state_voter_id", of), HISTORY)
    options["use_dictionary"] = [*options["use_dictionary"], "state_voter_id"]
    coded = pa.field("state_voter_id", pa.dictionary(pa.int32(), pa.string()))
    with pq.ParquetWriter(path, pa.schema([coded, *rows.schema]), **options) as writer:
        for start in range(0, len(row), ROW_GROUP):
            group = row[start : start + ROW_GROUP]
            mine = voters.slice(group[0], group[-1] - group[0] + 1)
            numbers = pa.array((group - group[0]).astype(np.int32))
            ids = pa.DictionaryArray.from_arrays(numbers, mine)
            some = rows.slice(start, ROW_GROUP)
            writer.write_table(pa.table([ids, *some.columns], schema=writer.schema), ROW_GROUP)


def write_keys(keys: pa.Table, path: Path) -> None:
    """Write the keys of a piece's rows, in the order of the rows; they are read once and go with the load."""
    path.parent.mkdir(exist_ok=True)
    pq.write_table(keys, path, compression="none", use_dictionary=False, write_statistics=False)


def leave_out(path: Path, table: Table, keys: Path, spots: Iterable[int]) -> None:
    """Write a piece's rows anew without those at `spots`; `keys` says at which spot each row is."""
    mine = pq.read_table(keys, columns=["spot"])["spot"].to_numpy()
    strings = [column.name for column in table if column.type == "string"]
    rows = pq.read_table(path, read_dictionary=strings)
    write_rows(rows.filter(~np.isin(mine, np.fromiter(spots, np.int64))), table, path)


def files_of(parts: Mapping[int, Part], spots: npt.NDArray[np.int64]) -> pa.Array:
    """The file of each line."""
    numbers = np.searchsorted(np.fromiter(parts, np.int64), spots >> LINE_WIDTH).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(numbers), pa.array([one.file for one in parts.values()]))


def set_aside(rows: pa.Table) -> dict[int, str | None]:
    """Spot -> reason of the lines that did not load; None for those left out."""
    stays = rows.filter(pc.or_(pc.is_valid(rows["refused"]), pc.is_valid(rows["left_out"])))
    return dict(zip(stays["source_line"].to_pylist(), stays["refused"].to_pylist(), strict=True))


def counted(values: pa.ChunkedArray | pa.Array) -> dict[str, int]:
    """Rows by value, those without one apart."""
    found = pc.value_counts(values.drop_null())
    return dict(zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True))


def lost(rows: pa.Table) -> dict[str, dict[str, int]]:
    """Column -> reason -> values of it that became null, but for lines that are left out."""
    columns = [name for name in rows.column_names if name.startswith(LOST)]
    rows = rows.select([*columns, "left_out"])
    if rows["left_out"].null_count < rows.num_rows:
        rows = rows.filter(pc.is_null(rows["left_out"]))
    return {name.removeprefix(LOST): counted(rows[name].cast(pa.string())) for name in columns}


def refused_by_county(rows: pa.Table) -> dict[str, int]:
    """FIPS code ('' where none is known) -> lines that are refused."""
    if "county_fips" not in rows.column_names:
        return {}
    refused = rows.filter(pc.is_valid(rows["refused"]))
    return counted(pc.fill_null(refused["county_fips"].cast("string"), ""))


def codes_in(cells: pa.Array) -> dict[str, int]:
    """The most frequent codes; under LONGER the cells too long for a code, which may say who somebody is."""
    found: Counter[str] = Counter()
    for code, lines in counted(pc.utf8_trim(pc.fill_null(cells, ""), ' "')).items():
        found[code if len(code) <= CODE_LENGTH else LONGER] += lines
    return dict(found.most_common(CODES_SHOWN))
