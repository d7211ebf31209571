"""A layout fitted to a file by a person's choices, one column at a time.

It starts from the layout that comes closest to the file's header, or from a draft. What comes out is a new
layout of the member's own, from today on; the one it started from stays as it is.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ...errors import Refusal
from .. import schema
from ..counties import LAYOUTS
from ..layout.fields import MADE_BY_THE_LOADER
from ..layout.layout import Layout, layout
from ..layout.shape import TABLE_OF
from ..reading.read import DeliveredFile
from ..recognition.drift import HeaderDrift, NoLayout, Proposal
from ..recognition.guessed_format import Seen, see
from ..recognition.recognition import recognition
from .cells import Column, columns_of
from .draft import TODO, draft_of
from .guess import columns_read, guess
from .words import Words

SAMPLES = 3
CLOSE = 0.5
"""Share of a layout's columns that a file must have, to start from that layout rather than from a draft."""

SAME, FIELD, DISTRICT, IGNORE = "same", "field", "district", "ignore"
OTHERWISE: Mapping[str, str] = {"types": "other", "methods": "unknown", "parties": "UNK"}
"""What a code of an election is, whose meaning nobody has said."""


@dataclass(frozen=True)
class FitColumn:
    """A column of the file that wants a decision: `guess` is a choice ("same:Party", "" for none), `because`
    what told; `samples` are texts of the file, for its owner alone."""

    name: str
    guess: str
    because: str
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Fit:
    """A file without a layout. `base`: the key of the layout it starts from, "" for a draft.

    `columns` want a decision, `settled` do not; `missing`: columns of the base that the file lacks.
    """

    file: str
    base: str
    key: str
    document: Mapping[str, Any]
    columns: tuple[FitColumn, ...]
    settled: Mapping[str, str]
    missing: tuple[str, ...] = ()
    cells: Mapping[str, Column] = field(default_factory=dict, repr=False)
    county_list: str = ""

    @property
    def role(self) -> str:
        return str(self.document["role"])

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields that a column may become."""
        table = TABLE_OF[self.role]  # type: ignore[index]
        made = MADE_BY_THE_LOADER | {"party_source", "county_fips", "county_name"}
        named = [column.name for column in table if column.name not in made]
        return tuple(sorted([*named, "county"] if table is schema.VOTERS else named))

    @property
    def districts(self) -> tuple[str, ...]:
        return schema.DISTRICT_TYPES if self.role == "registration" else ()

    @property
    def needs_protection(self) -> bool:
        """Whether somebody must say what the file says of protected voters."""
        return bool(self.document.get("protected") == TODO)


def fit(
    files: Sequence[DeliveredFile],
    *,
    state: str,
    since: date,
    layouts: Sequence[Layout],
    folders: Sequence[Path],
) -> Fit:
    """The first file that no layout knows, with what each of its columns may be.

    `folders`: where layouts that do not come with the program are. Refusal where all files are known.
    """
    for file in files:
        if file.passed_over:
            continue
        try:
            recognition([file], state=state, layouts=layouts)
        except HeaderDrift as refusal:
            return _fit(file, refusal, state, since, layouts, folders)
        except NoLayout:
            return _from_draft(file, state, since, layouts)
    raise Refusal("every file of this delivery has a layout", next_step="load it again")


def _fit(
    file: DeliveredFile,
    refusal: HeaderDrift,
    state: str,
    since: date,
    layouts: Sequence[Layout],
    folders: Sequence[Path],
) -> Fit:
    drift, base = refusal.drift, layout(refusal.drift.layout, layouts)
    if base.state != state or len(drift.missing) > CLOSE * len(base.order):
        return _from_draft(file, state, since, layouts)
    seen = _seen(file)
    cells = columns_of(seen.columns, seen.rows)
    words = Words(layouts, base.role)
    columns = tuple(
        _proposed(one, base, words, cells.get(one.column), drift.missing) for one in drift.unknown
    )
    asked = {one.column for one in drift.unknown}
    settled = {name: "as before" for name in seen.columns if name not in asked}
    document = _renewed(_document(base, folders), since)
    name = ".".join([f"{since:%Y-%m}", base.role, *([base.variant] if base.variant else [])])
    return Fit(
        file.name, base.key, f"{state.lower()}/{name}", document, columns, settled, drift.missing, cells
    )


def _proposed(
    one: Proposal, base: Layout, words: Words, column: Column | None, missing: Sequence[str]
) -> FitColumn:
    """What an unknown column may be: what the drift proposes, else what other layouts call so."""
    if one.like:
        return FitColumn(one.column, f"{SAME}:{one.like}", f"told by its {one.because}", _samples(column))
    found = guess(column, words, base.table) if column else None
    fields = sorted(use.field for use in found.uses if use.field) if found else []
    if found is None or not fields:
        looks = f"its cells look like {one.kind}" if one.kind else ""
        return FitColumn(one.column, "", looks, _samples(column))
    source = base.columns.get(fields[0])
    renamed = [name for name in missing if source is not None and name in source.columns]
    choice = f"{SAME}:{renamed[0]}" if renamed else f"{FIELD}:{fields[0]}"
    return FitColumn(one.column, choice, "told by what other states call it", _samples(column))


def _document(base: Layout, folders: Sequence[Path]) -> dict[str, Any]:
    places = [folder / f"{base.key}.toml" for folder in (*reversed(folders), LAYOUTS)]
    path = next(path for path in places if path.exists())
    return tomllib.loads(path.read_text("utf-8"))


def _renewed(document: dict[str, Any], since: date) -> dict[str, Any]:
    return document | {"since": since, "confidence": "observed"}


def _seen(file: DeliveredFile) -> Seen:
    return see(file.head(), is_sheet=file.is_sheet)


def _samples(column: Column | None) -> tuple[str, ...]:
    return tuple(text for text, _ in column.counted.most_common(SAMPLES)) if column else ()


def _from_draft(file: DeliveredFile, state: str, since: date, layouts: Sequence[Layout]) -> Fit:
    made = draft_of(file, state=state, since=since, layouts=layouts)
    seen = _seen(file)
    cells = columns_of(seen.columns, seen.rows)
    document = copy.deepcopy(dict(made.document)) | {"title": f"{state}, a file of {since:%B %Y}"}
    _settle_elections(document)
    read = {name for source in document["columns"].values() for name in columns_read(source)}
    read |= {
        name for many in document.get("districts", {}).values() for one in many for name in columns_read(one)
    }
    left = [*document.get("ignore", {}), *_loose(document, seen.columns, read)]
    columns = tuple(
        FitColumn(name, "", cells[name].evidence() if name in cells else "", _samples(cells.get(name)))
        for name in left
    )
    settled = {
        column: field for field, source in document["columns"].items() for column in columns_read(source)
    }
    return Fit(file.name, "", made.key, document, columns, settled, (), cells, made.county_list)


def _settle_elections(document: dict[str, Any]) -> None:
    """Elections whose columns nobody could tell are left to choose; codes of none are other, or unknown."""
    unpivot = document.get("unpivot", {})
    if any(key.startswith(TODO) for slot in unpivot.get("slots", ()) for key in slot):
        del document["unpivot"]
    for table, otherwise in OTHERWISE.items():
        codes = unpivot.get(table, {})
        if codes.pop(TODO, None):
            codes["*"] = otherwise
        codes |= {code: otherwise for code, value in codes.items() if value == TODO}


def _loose(document: Mapping[str, Any], columns: Sequence[str], read: set[str]) -> list[str]:
    """Columns that nothing reads and no reason leaves aside: those of elections that were not understood."""
    if "unpivot" in document:
        return []
    return [name for name in columns if name not in read and name not in document.get("ignore", {})]
