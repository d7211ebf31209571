"""The names of a header, as a layout knows them: other spellings, another case, the same name twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ..layout.layout import Layout

_known: dict[int, tuple[Layout, Mapping[str, str]]] = {}


def plain_name(cell: str) -> str:
    """A name without what does not count: quotes around it, spaces more than one, upper or lower case."""
    return " ".join(cell.strip().strip('"').split()).casefold()


def plain_names(layout: Layout) -> Mapping[str, str]:
    """Plain name -> official column, for names that only one column of the layout has."""
    found = _known.get(id(layout))
    if found is None or found[0] is not layout:
        found = _known[id(layout)] = (layout, _plain_names(layout))
    return found[1]


def _plain_names(layout: Layout) -> Mapping[str, str]:
    official = {name: name for name in (*layout.order, *layout.ignore)} | dict(layout.headers)
    meant: dict[str, set[str]] = {}
    for spelling, column in official.items():
        meant.setdefault(plain_name(spelling), set()).add(column)
    return {spelling: next(iter(columns)) for spelling, columns in meant.items() if len(columns) == 1}


def named(layout: Layout, cells: Sequence[str]) -> tuple[str, ...]:
    """The columns that a header names: official names where the layout knows them, otherwise as written.

    The second column of one name is "NAME (2)". Nameless columns at the end go where the layout allows them.
    """
    written = [cell.strip().strip('"').strip() for cell in cells]
    while layout.format.trailing_empty and written and not written[-1]:
        written.pop()
    official = plain_names(layout)
    names = [_name(layout, cell, official) for cell in written]
    seen: Counter[str] = Counter()
    for at, name in enumerate(names):
        seen[name] += 1
        if seen[name] > 1:
            names[at] = f"{name} ({seen[name]})"
    return tuple(names)


def _name(layout: Layout, cell: str, official: Mapping[str, str]) -> str:
    spelt = layout.canonical(cell)
    if spelt in layout.order or spelt in layout.ignore:
        return spelt
    return official.get(plain_name(cell), spelt)


def repeated(names: Iterable[str]) -> list[str]:
    """The names that stand there once more than the layout knows: "NAME (2)" as "NAME"."""
    return [name.rpartition(" (")[0] for name in names if _is_numbered(name)]


def _is_numbered(name: str) -> bool:
    before, _, number = name.rpartition(" (")
    return bool(before) and number.endswith(")") and number[:-1].isdigit()
