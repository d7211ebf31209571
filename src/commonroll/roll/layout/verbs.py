"""What a layout's verbs make of the cells of a line: expressions over tidy cells."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from commonroll.roll.layout import cells
from commonroll.roll.layout.source import Source


def text_of(source: Source, said: Sequence[ir.StringValue]) -> ir.StringValue:
    """The text that `source` makes of the tidy cells of its columns; null where they say nothing."""
    verb = source.verb
    if verb == "constant":
        return ibis.literal(source.constant)
    if verb == "call":
        return cells.FUNCTIONS[source.call or ""](*said)
    if verb == "flags":
        return _flagged(source, said)
    if verb == "join":
        return _joined(source, said)
    if verb == "pad":
        return _padded(said[0], source.pad or 0)
    if verb == "split":
        part = cells.split_part(said[0], source.at or "", source.part)
        return cells.trim(part).nullif("")
    if verb == "chars":
        start = (source.start or 1) - 1
        taken = said[0].substr(start) if source.count is None else said[0].substr(start, source.count)
        return cells.trim(taken).nullif("")
    return said[0]


def _flagged(source: Source, said: Sequence[ir.StringValue]) -> ir.StringValue:
    values = (source.flags or {}).values()
    told = [(cell.upper().isin(cells.YES), value) for cell, value in zip(said, values, strict=True)]
    return ibis.cases(*told, else_=source.otherwise or ibis.null(str))


def _joined(source: Source, said: Sequence[ir.StringValue]) -> ir.StringValue:
    parts = said[:-1] if source.fallback else said
    joined = parts[0] if len(parts) == 1 else ibis.literal(" ").join(parts).nullif("")
    if source.fallback:
        return ibis.coalesce(joined, said[-1])
    return joined if source.then is None else joined + f" {source.then}"


def _padded(cell: ir.StringValue, digits: int) -> ir.StringValue:
    return ibis.cases((cell.length() < digits, cells.lpad(cell, digits, "0")), else_=cell)
