"""Which layout a file has, told from its first lines and its name, with the evidence; or what is off.

A header decides by names: the order may differ, known spellings count, an unknown or missing column stops.
A file without a header is told by its number of fields and by the shape of its cells.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath

from commonroll.errors import Refusal
from commonroll.roll.cells import ANY_OTHER, folded_text
from commonroll.roll.layout import Layout, Role, all_layouts

LINES_SEEN = 50
SHAPE_FITS = 0.8
"""Least share of filled cells that must look like their column, where no header names it."""

HEADER_KNOWN = 0.5
"""Least share of known names that makes a first line a header; below it, its cells may be a person's."""


@dataclass(frozen=True)
class Recognised:
    """A file's layout and role, why, and its columns by their official names in the file's own order."""

    layout: Layout
    role: Role
    evidence: str
    columns: tuple[str, ...]
    has_header: bool


@dataclass(frozen=True)
class _Differs:
    layout: Layout
    distance: float
    sentence: str


def recognise(head: bytes | str, name: str, *, layouts: Iterable[Layout] | None = None) -> Recognised:
    """The layout of a file whose first bytes (or decoded lines) are `head`; a last partial line is ignored.

    Raises Refusal naming the layout that comes closest, and what differs. No cell of a row is in it.
    """
    judged = [_compare(one, head, name) for one in (all_layouts() if layouts is None else layouts)]
    found = [one for one in judged if isinstance(one, Recognised)]
    if found:
        return max(found, key=lambda one: (one.has_header, len(one.columns), _named_so(one.layout, name)))
    closest = min(
        (one for one in judged if isinstance(one, _Differs)),
        key=lambda one: (_nearness(one, name), -one.layout.since.toordinal()),
    )
    raise Refusal(
        f"no layout fits this file; {closest.layout.key} comes closest: {closest.sentence}",
        where=name,
        next_step="check that this is the file you meant; if the state changed it, add a layout or spelling",
    )


def _nearness(one: _Differs, name: str) -> float:
    """Names of columns tell more than the file's name, and that more than a number of fields."""
    return one.distance + (one.distance >= 1.0 and not _named_so(one.layout, name))


def _named_so(layout: Layout, name: str) -> bool:
    return any(fnmatch(PurePosixPath(name).name.lower(), pattern.lower()) for pattern in layout.files)


def _compare(layout: Layout, head: bytes | str, name: str) -> Recognised | _Differs:
    rows = _rows(layout, head)
    if not rows:
        return _Differs(layout, 1.0, "the file is empty")
    first = tuple(layout.canonical(cell.strip()) for cell in rows[0])
    known = [cell for cell in first if layout.knows(cell)]
    if len(known) >= HEADER_KNOWN * len(first) and len(known) > 1:
        return _by_header(layout, first, rows[0], name)
    return _by_shape(layout, rows, name)


def _rows(layout: Layout, head: bytes | str) -> list[list[str]]:
    text = head.decode(layout.format.encoding, errors="replace") if isinstance(head, bytes) else head
    lines = text.removeprefix("\ufeff").removeprefix("ï»¿").splitlines()
    whole = lines if len(lines) < 2 or text.endswith("\n") else lines[:-1]
    return [_cells(layout, line) for line in whole[:LINES_SEEN] if line.strip()]


def _cells(layout: Layout, line: str) -> list[str]:
    mark = layout.format.delimiter
    if layout.format.quoting == "every" and line.startswith('"') and line.endswith('"'):
        return line[1:-1].split(f'"{mark}"')
    return line.split(mark)


def _by_header(
    layout: Layout, first: tuple[str, ...], written: Sequence[str], name: str
) -> Recognised | _Differs:
    missing = [column for column in layout.order if column not in first and column not in layout.optional]
    unknown = [cell for cell in first if not layout.knows(cell)]
    twice = sorted({cell for cell in first if first.count(cell) > 1})
    if missing or unknown or twice:
        faults = {"missing": missing, "unknown": unknown, "there twice": twice}
        said = [f"{', '.join(columns)} {word}" for word, columns in faults.items() if columns]
        distance = (len(missing) + len(unknown) + len(twice)) / (len(layout.order) + len(unknown))
        return _Differs(layout, distance, "; ".join(said))
    evidence = [f"{len(first)} columns by name", _order(layout, first)]
    if respelt := [
        cell.strip() for cell, column in zip(written, first, strict=True) if cell.strip() != column
    ]:
        evidence.append(f"known spellings: {', '.join(respelt)}")
    if lacking := [column for column in layout.order if column not in first]:
        evidence.append(f"without {', '.join(lacking)}")
    return Recognised(layout, layout.role, _evidence(layout, evidence, name), first, True)


def _order(layout: Layout, first: tuple[str, ...]) -> str:
    here = [column for column in first if column in layout.order]
    there = [column for column in layout.order if column in first]
    return "in official order" if here == there else "not in official order: read by name"


def _by_shape(layout: Layout, rows: list[list[str]], name: str) -> Recognised | _Differs:
    fields, expected = len(rows[0]), len(layout.order)
    if any(len(row) != expected for row in rows):
        found = "a header with none of its columns and" if layout.format.header else ""
        distance = 1.0 + abs(fields - expected) / expected
        return _Differs(layout, distance, f"{found} {fields} fields, not {expected}".strip())
    share = _fitting(layout, rows)
    if share < SHAPE_FITS:
        return _Differs(layout, 2.0 - share, f"{expected} fields, but only {share:.0%} of the cells fit")
    evidence = [f"no header; {expected} fields, {share:.0%} of the cells fit their columns"]
    return Recognised(layout, layout.role, _evidence(layout, evidence, name), layout.order, False)


def _evidence(layout: Layout, parts: list[str], name: str) -> str:
    return "; ".join([*parts, "the file's name fits"] if _named_so(layout, name) else parts)


def _fitting(layout: Layout, rows: list[list[str]]) -> float:
    """Share of the filled cells of coded, county and date columns that read as such."""
    tests = [_test(layout, field) for field in layout.columns]
    places = {column: at for at, column in enumerate(layout.order)}
    fits = [
        _reads(layout, test, cell)
        for field, test in zip(layout.columns, tests, strict=True)
        if test is not None
        for row in rows
        if (cell := row[places[layout.columns[field].columns[0]]].strip())
    ]
    return sum(fits) / len(fits) if fits else 0.0


def _test(layout: Layout, field: str) -> frozenset[str] | str | None:
    """The codes a field's cells may be, folded; "date", or None where anything may stand."""
    codes = layout.codes.get(field, {})
    if layout.columns[field].verb != "column" or ANY_OTHER in codes:
        return None
    if field in ("county", "county_voted"):
        return frozenset(map(folded_text, layout.counties))
    if field in layout.codes:
        return frozenset(map(folded_text, (*codes, *layout.left_out.get(field, ()))))
    return "date" if layout.table[field].type == "date" else None


def _reads(layout: Layout, test: frozenset[str] | str, cell: str) -> bool:
    if not isinstance(test, str):
        return folded_text(cell) in test
    return any(_is_date(cell, form) for form in layout.dates)


def _is_date(cell: str, form: str) -> bool:
    try:
        datetime.datetime.strptime(cell, form).replace(tzinfo=datetime.UTC)
    except ValueError:
        return False
    return True
