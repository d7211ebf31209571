"""Which layout a file has, told from its first lines and its name, with the evidence; or what is off.

A header decides by names: the order may differ, known spellings count, an unknown or missing column stops.
A file without a header is told by its number of fields, or the length of its records, and by the shape of its
cells. Where several layouts fit, it is the one that lacks least, then the one whose cells fit best; a tie is
refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from commonroll.errors import Refusal
from commonroll.roll.layout.layout import Layout, all_layouts
from commonroll.roll.recognition.cell_tests import share_that_reads
from commonroll.roll.recognition.comparison import Differs, Recognised, compare, goes_on, named_so
from commonroll.roll.recognition.drift import HeaderDrift, NoLayout
from commonroll.roll.recognition.guessed_format import is_table
from commonroll.roll.recognition.head import Head

__all__ = ["Recognised", "goes_on", "named_so", "recognise"]

TOO_CLOSE = 0.02
"""Shares of fitting cells that differ by less tell nothing."""


def recognise(
    head: bytes | str | Head, name: str, *, layouts: Iterable[Layout] | None = None, sheet: bool = False
) -> Recognised:
    """The layout of a file whose first bytes (or decoded lines) are `head`; a last partial line is ignored.

    `sheet`: the file is a workbook's sheet as text. Raises Refusal naming the layout that comes closest and
    what differs (`HeaderDrift` where that is its header), or those that fit alike. No cell of a row is in it.
    """
    first = head if isinstance(head, Head) else Head(head, sheet=sheet)
    judged = [compare(one, first, name) for one in (all_layouts() if layouts is None else layouts)]
    found = [one for one in judged if isinstance(one, Recognised)]
    if found:
        return _best(found, name)
    raise _refusal([one for one in judged if isinstance(one, Differs)], name, first)


def _refusal(judged: Sequence[Differs], name: str, first: Head) -> Refusal:
    closest = min(judged, key=lambda one: (_nearness(one, name), -one.layout.since.toordinal()))
    what = f"no layout fits this file; {closest.layout.key} comes closest: {closest.sentence}"
    if closest.drift is None:
        step = "check that this is the file you meant; if the state changed it, add a layout or spelling"
        kind = NoLayout if is_table(first) else Refusal
        return kind(what, where=name, next_step=step)
    maybe = [f'"{column}" = ["{spelt}"]' for spelt, column in closest.drift.headers.items()]
    step = "check that this is the file you meant; if the state changed it, add a layout or spelling"
    if maybe:
        step = f"if the state renamed a column, add to [headers] of the layout: {', '.join(maybe)}"
    return HeaderDrift(what, where=name, next_step=step, drift=closest.drift)


def _best(found: Sequence[Recognised], name: str) -> Recognised:
    """The one that fits best. Raises Refusal naming those that fit alike."""
    left = list(found)
    tells: list[tuple[Callable[[Recognised], float], float]] = [
        (lambda one: one.has_header, 0),
        (lambda one: -one.lacks, 0),
        (lambda one: share_that_reads(one.layout, one.columns, one.rows) or 0.0, TOO_CLOSE),
        (lambda one: one.in_order, 0),
        (lambda one: named_so(one.layout, name), 0),
    ]
    for tell, close in tells:
        if len(left) > 1:
            told = [tell(one) for one in left]
            left = [one for one, value in zip(left, told, strict=True) if value >= max(told) - close]
    if len(left) == 1:
        return left[0]
    raise Refusal(
        f"Several layouts fit this file alike: {', '.join(sorted(one.layout.key for one in left))}.",
        where=name,
        next_step="Say which it is: --layout with one of them.",
    )


def _nearness(one: Differs, name: str) -> float:
    """Names of columns tell more than the file's name, and that more than a number of fields."""
    return one.distance + (one.distance >= 1.0 and not named_so(one.layout, name))
