"""The engine's own hash of some values at once."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import Parameter, Signature
from typing import cast

import ibis
import ibis.expr.types as ir


def hash_of(values: Sequence[ir.Value]) -> ir.IntegerValue:
    """DuckDB's 64-bit hash of several values, nulls included.

    Of a list of them it would cost ten times as much; Ibis's own `hash` goes through a text of 64 bits to a
    signed number, which takes longer than to hash.
    """

    def hash() -> int: ...  # type: ignore[empty-body]

    names = [f"value{number}" for number in range(len(values))]
    asked = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    hash.__signature__ = Signature(asked, return_annotation=int)  # type: ignore[attr-defined]
    types = tuple(value.type() for value in values)
    made = ibis.udf.scalar.builtin(hash, signature=(types, "uint64"))
    return cast(ir.IntegerValue, made(*values))
