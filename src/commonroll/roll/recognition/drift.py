"""A header that is no longer what its layout says, and what its unknown columns may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ...errors import Refusal
from ..layout.layout import Layout
from .cell_tests import columns_tested, reads
from .headers import plain_name

ALIKE = 0.6
"""Least likeness of two names (difflib's ratio) that is worth proposing."""

_SMALL = frozenset({"of", "the", "no", "id"})
"""Words of a name that say nothing by themselves."""

FITS = 0.9
"""Least share of filled cells that must read as a column does, to propose it by content."""

KINDS: Mapping[str, re.Pattern[str]] = {
    "date": re.compile(r"\d{4}-?\d{2}-?\d{2}|\d{1,2}[/-]\d{1,2}[/-]\d{4}|\d{8}"),
    "phone": re.compile(r"\(?[2-9]\d{2}\)?[ .-]?\d{3}[ .-]?\d{4}"),
    "zip": re.compile(r"\d{5}(-?\d{4})?"),
    "code": re.compile(r"[A-Z0-9]{1,4}"),
}
"""What cells look like where no missing column explains them; the first that fits."""


@dataclass(frozen=True)
class Proposal:
    """An unknown column of a file: `like` is the layout's column that it may be ("" where none is alike).

    `because`: "name", "place" (it stands where that column stood) or "content". `kind`: what its cells look
    like: date, phone, zip, code, or "".
    """

    column: str
    like: str = ""
    because: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Drift:
    """How a file's header differs from the layout that comes closest. Names of columns only, no cell."""

    layout: str
    file: str
    missing: tuple[str, ...]
    unknown: tuple[Proposal, ...]
    twice: tuple[str, ...] = ()

    @property
    def headers(self) -> Mapping[str, str]:
        """Proposed spellings: column of the file -> column of the layout."""
        return {one.column: one.like for one in self.unknown if one.like}

    def as_dict(self) -> dict[str, object]:
        """As JSON-ready values."""
        return {
            "layout": self.layout,
            "file": self.file,
            "missing": list(self.missing),
            "unknown": [dict(vars(one)) for one in self.unknown],
            "twice": list(self.twice),
        }


class NoLayout(Refusal):
    """A file is turned away since no layout fits it."""


class HeaderDrift(NoLayout):
    """A file is turned away since its header is not the one its layout knows; `drift` says how."""

    def __init__(self, what: str, *, where: str, next_step: str, drift: Drift) -> None:
        super().__init__(what, where=where, next_step=next_step)
        self.drift = drift


def drift_of(
    layout: Layout,
    file: str,
    names: Sequence[str],
    missing: Sequence[str],
    twice: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> Drift:
    """What a header `names` and what its unknown columns may be. `rows`: the first, in the header's order."""
    left = list(missing)
    made = []
    for at, name in enumerate(names):
        if layout.knows(name) or name in twice:
            continue
        cells = [row[at].strip() for row in rows if at < len(row) and row[at].strip()]
        found = (
            _by_name(name, left)
            or _by_place(layout, names, at, left)
            or _by_content(layout, cells, left)
            or Proposal(name)
        )
        made.append(Proposal(name, found.like, found.because, _kind(cells)))
        left = [column for column in left if column != found.like]
    return Drift(layout.key, file, tuple(missing), tuple(made), tuple(twice))


def _by_name(name: str, missing: Sequence[str]) -> Proposal | None:
    alike = {column: _likeness(name, column) for column in missing}
    best = max(alike, key=lambda column: alike[column], default="")
    return Proposal(name, best, "name") if best and alike[best] >= ALIKE else None


def _likeness(one: str, other: str) -> float:
    letters = SequenceMatcher(None, _letters(one), _letters(other)).ratio()
    return max(letters, _words_shared(_words(one), _words(other)))


def _words_shared(one: Sequence[str], other: Sequence[str]) -> float:
    """Share of words that two names have in common, in any order; a word may be cut short: RES, RESIDENCE."""
    left = list(other)
    for word in one:
        like = next((w for w in left if w.startswith(word) or word.startswith(w)), None)
        if like is not None:
            left.remove(like)
    return (len(other) - len(left)) / max(len(one), len(other), 1)


def _words(name: str) -> list[str]:
    return [
        word for word in re.split(r"[^a-z0-9]+", plain_name(name)) if len(word) > 1 and word not in _SMALL
    ]


def _by_place(layout: Layout, names: Sequence[str], at: int, missing: Sequence[str]) -> Proposal | None:
    """The missing column that stands between the same neighbours in the layout's order."""
    order = {column: place for place, column in enumerate(layout.order)}
    before, after = (order.get(names[i], -9) if 0 <= i < len(names) else None for i in (at - 1, at + 1))
    for column in missing:
        place = order[column]
        if before in (None, place - 1) and after in (None, place + 1) and (before, after) != (None, None):
            return Proposal("", column, "place")
    return None


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", plain_name(name))


def _by_content(layout: Layout, cells: Sequence[str], missing: Sequence[str]) -> Proposal | None:
    tests = columns_tested(layout)
    fits = {
        column: _share(cells, lambda cell, test=tests[column]: reads(layout, test, cell))  # type: ignore[misc]
        for column in missing
        if column in tests
    }
    best = max(fits, key=lambda column: fits[column], default="")
    return Proposal("", best, "content") if best and fits[best] >= FITS else None


def _kind(cells: Sequence[str]) -> str:
    for kind, pattern in KINDS.items():
        if _share(cells, lambda cell, pattern=pattern: bool(pattern.fullmatch(cell))) >= FITS:  # type: ignore[misc]
            return kind
    return ""


def _share(cells: Sequence[str], fits: Callable[[str], bool]) -> float:
    return sum(map(fits, cells)) / len(cells) if cells else 0.0
