"""Grants as data that a scan looks up: one value per owner by its number, and small tables of row scopes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from commonroll.agreements.profile import DISTRICT, ROW_LIMITS, Mask
from commonroll.errors import Refusal
from commonroll.views.access import Access

_SEPARATOR = ","


def per_owner(owners: Sequence[Access], values: Sequence[Any], type_: str, owner_no: ir.Value) -> ir.Value:
    """The value of each row's owner: a list that the owner's number, from 1, indexes.

    A lookup cannot multiply rows, and a number without a value gives null, which nothing grants. One value
    for all owners is that value.
    """
    if [access.number for access in owners] != list(range(1, len(owners) + 1)):
        raise ValueError("owners are not numbered from 1, each once")
    if len(set(values)) == 1:
        return ibis.literal(values[0], type=type_)
    # one text that the engine splits once: a literal for each owner takes longer to compile than to look up
    listed = ibis.literal(_SEPARATOR.join(map(_spelt, values))).split(_SEPARATOR).cast(f"array<{type_}>")
    signature = ((f"array<{type_}>", "int16"), type_)
    extract = ibis.udf.scalar.builtin(_extract, name="list_extract", signature=signature)
    found: ir.Value = extract(listed, owner_no)
    return found


def _spelt(value: Any) -> str:
    text = str(value)
    if value is None or _SEPARATOR in text:
        raise ValueError("a value that a list of owners' values cannot hold")
    return text


def _extract(listed: Any, at: int) -> Any:
    """DuckDB's own: null where the list has no such place."""


def masks_of(owners: Sequence[Access], column: str) -> tuple[Mask, ...]:
    """The mask of `column` (qualified) for each owner; one that does not grant it shows nothing."""
    return tuple(access.masks.get(column, "null") for access in owners)


def scopes_of(owners: Sequence[Access]) -> tuple[str, ...]:
    """Columns by which any of the owners limits rows, in the profile's order; no districts."""
    used = {column for access in owners for column in access.scope}
    if strange := used - set(ROW_LIMITS[2]):
        raise Refusal(
            "An agreement limits rows by a column that is no row scope.",
            where=", ".join(sorted(strange)),
            next_step="Its owner has to sign it anew.",
        )
    return tuple(c for c in ROW_LIMITS[2] if c in used and not c.startswith(DISTRICT))


def scope_table(owners: Sequence[Access], column: str) -> pa.Table:
    """of_<column> (owner_no), is_<column>, in_<column> (true): values in the owners' row scopes, each once.

    The empty text is "unknown" and is in nobody's scope.
    """
    pairs = sorted({(a.number, value) for a in owners for value in a.scope.get(column, ()) if value != ""})
    return pa.table(
        {
            f"of_{column}": pa.array([number for number, _ in pairs], pa.int16()),
            f"is_{column}": pa.array([value for _, value in pairs], pa.string()),
            f"in_{column}": pa.array([True] * len(pairs), pa.bool_()),
        }
    )


def suppressed_table(owners: Sequence[Access], channels: frozenset[str]) -> pa.Table:
    """owner_no, state_voter_id of whom nobody may read today, and who opted out of `channels`."""
    parts = [_suppressed(access, channels) for access in owners if access.tables.suppressed.num_rows]
    return pa.concat_tables([_SUPPRESSED.empty_table(), *parts])


_SUPPRESSED = pa.schema([("owner_no", pa.int16()), ("state_voter_id", pa.string())])


def _suppressed(access: Access, channels: frozenset[str]) -> pa.Table:
    table = access.tables.suppressed
    wanted = pc.is_in(table.column("channel"), pa.array(["", *sorted(channels)], pa.string()))
    ids = table.filter(wanted).column("state_voter_id").combine_chunks()
    owner = pa.repeat(pa.scalar(access.number, pa.int16()), len(ids))
    return pa.table([owner, ids], schema=_SUPPRESSED)
