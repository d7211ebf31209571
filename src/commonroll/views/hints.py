"""How one recipient's file of rows is written, with nothing changed of what it says: order, form of numbers.

Weak hints of whose file a leak was, never evidence: whoever sorts a file, or saves it anew, is rid of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

SHORT = 0
"""Numbers as short as they go, 61 and 61.5: as spreadsheets write them, so it says nothing."""


@dataclass(frozen=True)
class Hint:
    """`order`: a text by which an owner's rows are brought in order. `digits`: a score's column -> digits
    after the point in text files, SHORT for as few as it takes."""

    order: str
    digits: Mapping[str, int] = field(default_factory=dict)


def place(order: ir.StringValue, voter: ir.StringValue) -> ir.IntegerValue:
    """Where a voter comes under an order: 64 bits, drawn as if by chance."""
    found: ir.IntegerValue = _hash(order + voter)
    return found


@ibis.udf.scalar.builtin(name="hash", signature=(("string",), "uint64"))  # type: ignore[untyped-decorator]
def _hash(text: str) -> int:
    """The engine's own: a keyed one takes as long as all other marks together (docs/adr/0090)."""
    raise NotImplementedError("runs in the engine")


def in_order(rows: ir.Table, owners: Sequence[str], hints: Mapping[str, Hint], key: str) -> ir.Table:
    """Rows (owner_no, the voter's id under `key`) by owner, then each owner's under its hint."""
    orders = [(owner_no, hints[owner].order) for owner_no, owner in enumerate(owners, 1) if owner in hints]
    if len(orders) == len(owners) == 1:
        return rows.order_by(place(ibis.literal(orders[0][1]), rows[key]))
    # an owner's own rows have none, and stay by id
    order = rows.owner_no.cases(*orders, else_=ibis.null("string"))
    return rows.order_by("owner_no", place(order, rows[key]), key)


def written(table: pa.Table, digits: Mapping[str, int]) -> pa.Table:
    """The table with scores as decimals of so many digits, for a text file; no value changes."""
    for name, wanted in digits.items():
        at = table.column_names.index(name)
        values = table.column(at)
        if wanted != SHORT and _has_a_decimal(values):
            table = table.set_column(at, name, values.cast(pa.decimal128(7, wanted)))
    return table


def _has_a_decimal(values: pa.ChunkedArray) -> bool:
    """Whether all values have one decimal, as scores that are shared do."""
    if not pa.types.is_floating(values.type):
        return False
    return bool(pc.all(pc.equal(values, pc.round(values, 1)), min_count=0).as_py())
