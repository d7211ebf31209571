"""How a granted column is shown: masks as expressions, applied below whatever the reader asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import ibis
import ibis.expr.types as ir

from commonroll.agreements.profile import Mask
from commonroll.roll.schema import COLUMNS

AVAILABLE: tuple[Mask, ...] = (
    "null",
    "plain",
    "year",
    "decade",
    "zip3",
    "last4",
    "bucket10",
    "initial",
    "marked",
)
"""Masks that a view can apply. `token` needs a key of its recipient and is not there yet; a score is marked
whether its mask is `marked` or `plain` (`scored`)."""

CODES: Mapping[Mask, int] = {mask: code for code, mask in enumerate(AVAILABLE)}
"""Mask to its number in what a scan looks up; 0 shows nothing."""

_LAST = 4


def masked(qualified: str, value: ir.Value, masks: Collection[Mask], code: ir.Value | None) -> ir.Value:
    """`value` as each owner shows it: `masks` are those in use, `code` the owner's number where they differ.

    A mask is looked up positively; an owner without one shows nothing.
    """
    kinds = sorted(set(masks) - {"null"})
    nothing = ibis.null(engine_type(qualified))
    if not kinds:
        return nothing
    if code is None:
        return _shown(qualified, value, kinds[0])
    branches = [(code == CODES[mask], _shown(qualified, value, mask)) for mask in kinds]
    return ibis.cases(*branches, else_=nothing)


def engine_type(qualified: str) -> str:
    """The engine's name of a column's type."""
    name = COLUMNS[qualified].type
    return "boolean" if name == "bool" else name


def _shown(qualified: str, value: ir.Value, mask: Mask) -> ir.Value:
    if mask == "plain":
        return value
    column = COLUMNS[qualified]
    apply = (_DATES if column.type == "date" else _TEXTS if column.type == "string" else _NUMBERS)[mask]
    return apply(value).cast(engine_type(qualified))


def _decade(year: ir.IntegerValue) -> ir.IntegerValue:
    return year - year % 10


_DATES: Mapping[Mask, Callable[..., ir.Value]] = {
    "year": lambda v: v.truncate("Y"),
    "decade": lambda v: ibis.date(_decade(v.year()).cast("int32"), 1, 1),
}
_NUMBERS: Mapping[Mask, Callable[..., ir.Value]] = {
    "decade": _decade,
    "bucket10": _decade,
    "marked": lambda v: v,
}
_TEXTS: Mapping[Mask, Callable[..., ir.Value]] = {
    "zip3": lambda v: v.left(3),
    "initial": lambda v: v.left(1),
    # a text of four characters or fewer would be shown whole
    "last4": lambda v: ibis.ifelse(v.length() > _LAST, v.right(_LAST), ibis.null("string")),
}
