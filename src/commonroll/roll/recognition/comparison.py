"""One layout against the first lines of a file: recognised, with the evidence, or what differs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import PurePosixPath

from ..layout.format import SHEET_DELIMITER, Quoting
from ..layout.layout import Layout, Role
from ..reading.fixed import cut_off, fixed_of
from ..reading.quoted import Quoted
from ..reading.shape import SEPARATOR, Shape
from .cell_tests import columns_tested, share_that_reads
from .drift import Drift, drift_of
from .head import HEADER_LINES, LINES_SEEN, Head
from .headers import named, plain_name, plain_names, repeated

SHAPE_FITS = 0.8
"""Least share of filled cells that must look like their column, where no header names it."""

HEADER_KNOWN = 0.5
"""Least share of known names that makes a line a header; below it, its cells may be a person's."""

_TOLD_APART = re.compile(r" (\[[^\]]*\]|\(\d+\))$")
"""What stands behind a name: a workbook's sheet, or a number that tells two files apart."""

LISTED = 12
"""Columns that a sentence names at most."""

IN_ORDER = ("official", "observed")
"""Confidence in the order of columns that a file without a header needs."""


@dataclass(frozen=True)
class Recognised:
    """A file's layout and role, why, and its columns by their official names in the file's own order.

    `shape`: how its records are read. `lacks`: how far it is from the layout at its fullest: optional columns
    that are not there, or the share of records that are short.
    """

    layout: Layout
    role: Role
    evidence: str
    columns: tuple[str, ...]
    has_header: bool
    shape: Shape
    lacks: float = 0
    rows: Sequence[Sequence[str]] = field(repr=False, compare=False, default=())

    @property
    def in_order(self) -> bool:
        """Whether the columns stand in the layout's order, whatever is missing."""
        here = [column for column in self.columns if column in self.layout.order]
        return here == [column for column in self.layout.order if column in self.columns]


@dataclass(frozen=True)
class Differs:
    """What keeps a file from being of a layout, in words. `distance` is below 1 where a header says so."""

    layout: Layout
    distance: float
    sentence: str
    drift: Drift | None = None


@dataclass(frozen=True)
class _Split:
    """A file's first lines, split in one way."""

    delimiter: str
    quoting: Quoting
    cells: Sequence[Sequence[str]]

    def rows(self, after: int = 0) -> list[Sequence[str]]:
        return [row for row in self.cells[after:] if row][:LINES_SEEN]


def named_so(layout: Layout, name: str) -> bool:
    """Whether a file's name, or that of its workbook, is one that the layout's files have."""
    plain = _TOLD_APART.sub("", PurePosixPath(name).name.lower())
    return any(fnmatch(plain, pattern.lower()) for pattern in layout.files)


def compare(layout: Layout, head: Head, name: str) -> Recognised | Differs:
    """Whether a file called `name` that begins so is of the layout."""
    if not any(line.strip() for line in head.lines):
        return Differs(layout, 3.0, "the file is empty")
    if layout.format.kind == "fixed":
        return _marked(_by_position(layout, head, name))
    encoding = "utf-8" if head.is_utf8 else layout.format.encoding
    splits = [_Split(*way, head.cells(*way, encoding)) for way in head.ways(layout.format)]
    for split in splits:
        if (at := _header_of(layout, split)) is not None:
            return _marked(_by_header(layout, split, at, name))
    judged = [_by_shape(layout, split, name) for split in splits]
    found = [one for one in judged if isinstance(one, Recognised)]
    differs = [one for one in judged if isinstance(one, Differs)]
    return _marked(found[0]) if found else min(differs, key=lambda one: one.distance)


def _marked(seen: Recognised | Differs) -> Recognised | Differs:
    """The same, unless columns that must be filled or blank in such a file are not."""
    if isinstance(seen, Differs):
        return seen
    marks = seen.layout.marks
    for columns, filled in ((marks.filled, True), (marks.blank, False)):
        for column in columns:
            if _mostly_filled(seen, column) is not filled:
                word = "filled" if filled else "blank"
                return Differs(seen.layout, 1.5, f"{column} is not mostly {word}")
    return seen


def _mostly_filled(seen: Recognised, column: str) -> bool:
    if column not in seen.columns:
        return False
    at = seen.columns.index(column)
    filled = sum(bool(row[at].strip()) for row in seen.rows if at < len(row))
    return 2 * filled > len(seen.rows)


def _header_of(layout: Layout, split: _Split) -> int | None:
    """The first line that names columns, from 0; None where there is none, or rows stand before it."""
    official = plain_names(layout)
    for at, row in enumerate(split.cells[:HEADER_LINES]):
        if sum(plain_name(cell) in official for cell in row) < 2:
            continue
        names = named(layout, row)
        known = sum(map(layout.knows, names))
        if known >= HEADER_KNOWN * len(names) and known > 1:
            before = max(map(len, split.cells[:at]), default=0)
            return at if 2 * before <= len(row) else None
    return None


def _by_header(layout: Layout, split: _Split, at: int, name: str) -> Recognised | Differs:
    names, rows = named(layout, split.cells[at]), split.rows(at + 1)
    missing = [column for column in layout.order if column not in names and column not in layout.optional]
    strange = [column for column in names if not layout.knows(column)]
    twice = [column for column in strange if {*repeated([column])} & {*names}]
    unknown = [column for column in strange if column not in twice]
    if missing or strange:
        faults = {"missing": missing, "unknown": unknown, "there twice": sorted(set(repeated(twice)))}
        said = [f"{_listed(columns)} {word}" for word, columns in faults.items() if columns]
        distance = (len(missing) + len(strange)) / (len(layout.order) + len(unknown))
        drift = drift_of(layout, name, names, missing, twice, rows)
        return Differs(layout, distance, "; ".join(said), drift)
    lacking = [column for column in layout.order if column not in names]
    seen = Recognised(
        layout, layout.role, "", names, True, _shape(layout, split, names, rows, at + 1), len(lacking), rows
    )
    return _complete(seen, split, name, _header_evidence(seen, split.cells[at], at, lacking))


def _listed(columns: Sequence[str]) -> str:
    rest = [f"{len(columns) - LISTED} more"] if len(columns) > LISTED else []
    return ", ".join([column or "a nameless column" for column in columns[:LISTED]] + rest)


def _header_evidence(seen: Recognised, header: Sequence[str], at: int, lacking: Sequence[str]) -> list[str]:
    said = [
        f"{len(seen.columns)} columns by name",
        "in official order" if seen.in_order else "not in official order: read by name",
    ]
    if at:
        said.append(f"header on line {at + 1}")
    written = [cell.strip().strip('"').strip() for cell in header]
    respelt = [cell for cell, name in zip(written, seen.columns, strict=False) if not _is(cell, name)]
    if respelt:
        said.append(f"known spellings: {_listed(respelt)}")
    if lacking:
        said.append(f"without {_listed(lacking)}")
    return said


def _is(cell: str, name: str) -> bool:
    return cell == name or repeated([name]) == [cell]


def _complete(seen: Recognised, split: _Split | None, name: str, said: Sequence[str]) -> Recognised:
    """With the names of nameless columns, and the evidence."""
    columns, evidence = seen.columns, list(said)
    if empties := seen.shape.empties:
        columns = (*columns, *(f"(empty {number})" for number in range(1, empties + 1)))
        evidence.append(f"{empties} nameless empty columns at the end")
    if split is not None and split.delimiter not in (seen.layout.format.delimiter, SHEET_DELIMITER):
        evidence.append(f"the delimiter is {split.delimiter!r}")
    if named_so(seen.layout, name):
        evidence.append("the file's name fits")
    return replace(seen, columns=columns, evidence="; ".join(evidence))


def _shape(
    layout: Layout, split: _Split, names: Sequence[str], rows: Sequence[Sequence[str]], skip: int
) -> Shape:
    empties = None
    if layout.format.trailing_empty:
        usual = Counter(map(len, rows)).most_common(1)
        empties = max(0, (usual[0][0] if usual else 0) - len(names))
    fields, encoding = len(names) + (empties or 0), layout.format.encoding
    if split.quoting == "some":
        plain = Quoted(split.delimiter, fields, empties)
        return Shape(SEPARATOR, False, fields, encoding, skip, empties, plain)
    return Shape(split.delimiter, split.quoting == "every", fields, encoding, skip, empties)


def _by_shape(layout: Layout, split: _Split, name: str) -> Recognised | Differs:
    rows = split.rows()
    names = _reached(layout, rows, name)
    expected = len(names)
    right = [row for row in rows if len(row) == expected or _ends_empty(layout, row)]
    if len(right) < SHAPE_FITS * len(rows):
        fields = Counter(map(len, rows)).most_common(1)[0][0]
        found = "a header with none of its columns and" if layout.format.header else ""
        distance = 2.0 + abs(fields - expected) / expected
        return Differs(layout, distance, f"{found} {fields} fields, not {expected}".strip())
    if layout.confidence not in IN_ORDER and not _never_with_header(layout):
        return Differs(layout, 1.9, f"no header, and the order of its {expected} columns is not certain")
    return _by_cells(layout, names, right, name, split, _shape(layout, split, names, right, 0))


def _reached(layout: Layout, rows: Sequence[Sequence[str]], name: str) -> Sequence[str]:
    """The columns in their order; where there never is a header and the file is called as the layout's are,
    without whole optional elections at the end that most rows do not reach."""
    if layout.format.header or not rows or not named_so(layout, name):
        return layout.order
    ((fields, _),) = Counter(map(len, rows)).most_common(1)
    beyond = set(layout.order[fields:])
    slots = layout.unpivot.slots if layout.unpivot else ()
    whole = all(beyond.issuperset(slot.columns) or beyond.isdisjoint(slot.columns) for slot in slots)
    return layout.order[:fields] if whole and beyond <= layout.optional else layout.order


def _never_with_header(layout: Layout) -> bool:
    """Whether the state writes no header: then a configured order is the only way to read the file."""
    return layout.confidence == "configured" and not layout.format.header


def _ends_empty(layout: Layout, row: Sequence[str]) -> bool:
    expected = len(layout.order)
    return layout.format.trailing_empty and len(row) > expected and not any(row[expected:])


def _by_cells(
    layout: Layout,
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    name: str,
    split: _Split | None,
    shape: Shape,
) -> Recognised | Differs:
    expected, lacking = len(names), layout.order[len(names) :]
    share = share_that_reads(layout, names, rows)
    if share is None and not named_so(layout, name):
        return Differs(layout, 2.0, f"{expected} fields, but no cell that tells, nor does the file's name")
    if share is not None and share < SHAPE_FITS:
        return Differs(layout, 2.0 - share, f"{expected} fields, but only {share:.0%} of the cells fit")
    seen = Recognised(layout, layout.role, "", tuple(names), False, shape, len(lacking), rows)
    fit = "no cell that tells" if share is None else f"{share:.0%} of the cells fit their columns"
    said = [f"no header; {expected} fields, {fit}"]
    return _complete(seen, split, name, [*said, f"without {_listed(lacking)}"] if lacking else said)


def _by_position(layout: Layout, head: Head, name: str) -> Recognised | Differs:
    form = layout.format
    lines = [line for line in head.lines if line.strip()][:LINES_SEEN]
    lengths = [{len(line), len(head.text(line, form.encoding))} for line in lines]
    exact = sum(form.record_length in either for either in lengths) / len(lines)
    cut = cut_off(fixed_of(form), lines)
    cells = [cells for cells, reason in map(cut.cells, lines) if not reason]
    usual = Counter(map(len, lines)).most_common(1)[0][0]
    off = abs(usual - form.record_length) / form.record_length
    sentence = f"records of {usual} bytes, not {form.record_length}" if off else "fields out of place"
    differs = Differs(layout, 2.0 + off, sentence)
    if len(cells) < SHAPE_FITS * len(lines):
        return differs
    rows = [[head.text(cell, form.encoding) for cell in row] for row in cells]
    if exact < SHAPE_FITS and not _surely(layout, rows):
        return differs
    shape = Shape(SEPARATOR, False, len(layout.order), form.encoding, plain=cut)
    seen = _by_cells(layout, layout.order, rows, name, None, shape)
    if isinstance(seen, Differs):
        return seen
    said = f"records of {form.record_length} bytes" + ("" if exact == 1 else ", blanks at their end cut off")
    return replace(seen, lacks=1 - exact, evidence=f"{said}; {seen.evidence}")


def _surely(layout: Layout, rows: Sequence[Sequence[str]]) -> bool:
    """Whether short records are the layout's: lines of any text are short, so most columns must say so."""
    tested = [at for at, name in enumerate(layout.order) if name in columns_tested(layout)]
    filled = [at for at in tested if 2 * sum(bool(row[at].strip()) for row in rows) > len(rows)]
    share = share_that_reads(layout, layout.order, rows)
    return 2 * len(filled) > len(tested) and share is not None and share >= SHAPE_FITS


def goes_on(first: Head, begun: Recognised, where: str) -> Recognised | None:
    """A file without a header as the continuation of `begun`, which has one and is called `where`.

    None where it is none: another number of fields, or cells that do not fit the columns.
    """
    layout, columns = begun.layout, begun.columns
    encoding = "utf-8" if first.is_utf8 else layout.format.encoding
    for way in first.ways(layout.format):
        split = _Split(*way, first.cells(*way, encoding))
        right = [row for row in split.rows() if len(row) == len(columns)]
        share = share_that_reads(layout, columns, right) or 0.0
        if right and len(right) >= SHAPE_FITS * len(split.rows()) and share >= SHAPE_FITS:
            said = f"no header; {len(columns)} columns as in {where}, {share:.0%} of the cells fit"
            shape = replace(begun.shape, skip=0)
            return replace(begun, evidence=said, has_header=False, shape=shape, rows=right)
    return None
