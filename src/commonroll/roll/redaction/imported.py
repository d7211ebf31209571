"""Rows of lists that came in, and are or may be of a voter who is taken out, by what they were matched to.

A row that was not surely matched goes as well where the voter is one of those it may be: its name and address
are then the voter's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.roll.vault.vault import Vault

ROWS = ("lists/*/rows.parquet", "lists/*/matched.parquet")
"""Files of an import that have a column `line`; the folder is named by the import."""

_MATCHED = ("line", "state_voter_id", "alternatives", "home_voters")


def lines_of(vault: Vault, ids: pa.Array) -> dict[str, pa.Array]:
    """Import -> lines of its list that are or may be of these voters."""
    found = {path.parent.name: _lines(path, ids) for path in vault.path.glob(ROWS[1])}
    return {import_id: lines for import_id, lines in found.items() if len(lines)}


def _lines(path: Path, ids: pa.Array) -> pa.Array:
    known = set(pq.read_schema(path).names)
    rows = pq.read_table(path, columns=[name for name in _MATCHED if name in known])
    lines = rows["line"].combine_chunks()
    parts = [lines.filter(pc.is_in(rows["state_voter_id"].combine_chunks(), value_set=ids))]
    parts += [lines.take(at) for at in _named(rows, ids)]
    return pc.unique(pa.concat_arrays(parts))


def _named(rows: pa.Table, ids: pa.Array) -> Iterator[pa.Array]:
    """Places of rows that name one of the voters in a list of voters whom the row may be."""
    for name in _MATCHED[2:]:
        if name not in rows.column_names or not pa.types.is_list(rows[name].type):
            continue
        column = rows[name].combine_chunks()
        voters = pc.list_flatten(column)
        if pa.types.is_struct(voters.type):
            voters = pc.struct_field(voters, "voter")
        if pa.types.is_string(voters.type):
            yield pc.list_parent_indices(column).filter(pc.is_in(voters, value_set=ids))
