"""Elections beside a voter's id in an unknown file: numbered columns, or columns named after elections."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..layout.history import TABLES
from ..layout.layout import Layout
from .cells import FITS, Column
from .words import ELECTION_WORDS, meanings, parts

LEAST = 3
"""Columns of one kind that make a history."""

_NUMBERED = re.compile(r"(.*?)(\d{1,2})(\D*)")
_YEAR = re.compile(r"(?:19|20)\d{2}")
_DAY = re.compile(r"\d{1,2}[/-]\d{1,2}[/-]\d{4}")

CALLED: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "day"), "method": ("method", "how", "way", "mode"), "type": ("type", "kind"),
    "party": ("party",), "name": ("name", "desc", "description", "election"), "code": ("code",),
    "voted": ("voted", "ind", "flag"), "county": ("county",),
}  # fmt: skip
"""Words in a numbered column's name that say which attribute of an election it is."""


@dataclass(frozen=True)
class History:
    """[unpivot] of a draft; `columns` that it reads, `loose` ones that are named after elections.

    `notes`: path of a key -> what told.
    """

    document: Mapping[str, Any]
    columns: frozenset[str]
    loose: frozenset[str]
    notes: Mapping[tuple[str, ...], str]


def history(columns: Mapping[str, Column], layouts: Sequence[Layout]) -> History | None:
    """The elections of a file's columns; None where no columns look like some."""
    named = [name for name in columns if _DAY.search(name) or (_YEAR.search(name) and len(parts(name)) > 1)]
    if len(named) >= LEAST:
        return _columns(named, columns, layouts)
    groups = _groups(columns)
    return _slots(groups, columns, layouts) if groups else None


def _groups(columns: Mapping[str, Column]) -> dict[str, list[str]]:
    """Name with {n} in place of its number -> the columns, where there are several numbers from 1 on."""
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for name in columns:
        if match := _NUMBERED.fullmatch(name):
            found[f"{match[1]}{{n}}{match[3]}"][int(match[2])] = name
    counted = {
        key: [names[number] for number in sorted(names)]
        for key, names in found.items()
        if sorted(names) == list(range(1, len(names) + 1)) and len(names) >= LEAST
    }
    most = max(map(len, counted.values()), default=0)
    return {key: names for key, names in counted.items() if len(names) == most}


def _slots(
    groups: Mapping[str, list[str]], columns: Mapping[str, Column], layouts: Sequence[Layout]
) -> History:
    count = len(next(iter(groups.values())))
    slot: dict[str, Any] = {"numbers": {"from": 1, "to": count}}
    notes: dict[tuple[str, ...], str] = {("unpivot",): f"{count} numbered elections beside each voter"}
    made: dict[str, Any] = {"shape": "slots"}
    for key, names in groups.items():
        whole = _whole(key, [columns[name] for name in names])
        if "cell" not in slot and (taken := _taken_apart(whole, layouts)):
            slot["cell"] = key
            notes["unpivot", "slots", "cell"] = f"{key}: {whole.evidence()}"
            made |= taken
            continue
        attribute = _attribute(key, whole, layouts)
        if attribute in slot:
            attribute = f"TODO {key}"
        slot[attribute] = key
        notes["unpivot", "slots", attribute] = f"{key}: {whole.evidence()}"
        made |= _table(attribute, whole, layouts, made)
    if "date" in slot:
        forms = {_whole("", [columns[name] for name in groups[slot["date"]]]).date} - {""}
        made |= {"dates": sorted(forms)} if forms else {}
    says = {*slot, *(group for one in made.get("cells", ()) for group in re.compile(one).groupindex)}
    if "type" not in says:
        made["type_from"] = "name" if "name" in says else "day"
    coded_in = set(TABLES.values())
    ordered = {key: value for key, value in made.items() if key not in coded_in}
    tables = {key: value for key, value in made.items() if key in coded_in}
    read = frozenset(name for names in groups.values() for name in names)
    return History({**ordered, "slots": [slot], **tables}, read, frozenset(), notes)


APART: tuple[str, ...] = (
    r"(?P<date>\d{1,2}[/-]\d{1,2}[/-]\d{4})[ -]+(?P<type>[A-Z]{1,4})",
    r"(?P<date>\d{1,2}[/-]\d{1,2}[/-]\d{4})[ -]+(?P<name>.+)",
    r"(?P<type>[A-Z]{1,4})[ -]?(?P<date>\d{8})",
    r"(?P<type>[A-Z]{1,4})[ -]?(?P<year>\d{4})",
    r"(?P<year>\d{4})[ -]?(?P<type>[A-Z]{1,4})",
)
"""Ways in which states write an election into one cell; the first that most cells have."""


def _taken_apart(column: Column, layouts: Sequence[Layout]) -> dict[str, Any]:
    """How the cells of a column are taken apart, where they hold several attributes of an election."""
    for pattern in APART:
        whole = re.compile(pattern)
        if column.filled and column.share(lambda cell, whole=whole: bool(whole.fullmatch(cell))) >= FITS:  # type: ignore[misc]
            said = [(whole.fullmatch(text), n) for text, n in column.counted.items()]
            parts_ = {
                group: Column(group, column.rows, _counted((m[group], n) for m, n in said if m))
                for group in whole.groupindex
            }
            made: dict[str, Any] = {"cells": [pattern]}
            if "date" in parts_ and parts_["date"].date:
                made["dates"] = [parts_["date"].date]
            return made | (_table("type", parts_["type"], layouts, {}) if "type" in parts_ else {})
    return {}


def _counted(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for text, times in pairs:
        found[text] += times
    return found


def _whole(name: str, columns: Sequence[Column]) -> Column:
    counted = sum((one.counted for one in columns), start=Counter[str]())
    return Column(name, sum(one.rows for one in columns), counted)


def _attribute(key: str, column: Column, layouts: Sequence[Layout]) -> str:
    """Which attribute of an election numbered columns hold, by cells that tell, then by name."""
    if column.date:
        return "date"
    said = [word for word, called in CALLED.items() if set(called) & set(parts(key))]
    if column.is_coded:
        known = {
            attribute: sum(
                n for text, n in column.counted.items() if text.upper() in meanings(layouts, field)
            )
            for attribute, field in ELECTION_WORDS.items()
        }
        fits = [one for one in known if known[one] >= 0.5 * column.filled]
        named = [one for one in said if one in fits]
        if named or fits:
            return named[0] if named else max(fits, key=lambda one: known[one])
    return said[0] if said else f"TODO {key}"


def _table(
    attribute: str, column: Column, layouts: Sequence[Layout], made: Mapping[str, Any]
) -> dict[str, Any]:
    if attribute not in TABLES or TABLES[attribute] in made:
        return {}
    known = meanings(layouts, ELECTION_WORDS[attribute])
    return {TABLES[attribute]: coded(column, known)}


def coded(column: Column, known: Mapping[str, Any]) -> dict[str, str]:
    """Each code of a column and what most layouts mean by it, TODO where none has it.

    A text that is neither known nor a short code that repeats is not written down.
    """
    written = column.codes(known, lambda text: text.upper().replace(" ", ""))
    made = {}
    for text in sorted(written):
        said = known.get(text.upper().replace(" ", ""))
        made[text] = said.most_common(1)[0][0] if said else "TODO"
    if len(written) < len(column.counted):
        made["TODO"] = "TODO"
    return made


def _columns(named: Sequence[str], columns: Mapping[str, Column], layouts: Sequence[Layout]) -> History:
    """Columns named after elections: the pattern of their names with the day or the year as a group."""
    patterns = dict.fromkeys(_pattern(name) for name in named)
    whole = _whole("", [columns[name] for name in named])
    attribute = _attribute("", whole, layouts)
    cell = attribute if attribute in ("method", "party") else "voted"
    made: dict[str, Any] = {"shape": "columns", "names": list(patterns), "cell": cell}
    if any(_DAY.search(name) for name in named):
        dashes = any("-" in (match[0] if (match := _DAY.search(name)) else "") for name in named)
        made["dates"] = ["%m-%d-%Y" if dashes else "%m/%d/%Y"]
    made["type_from"] = "name" if any("?P<name>" in pattern for pattern in patterns) else "day"
    made |= _table(cell, whole, layouts, made)
    note = f"{len(named)} columns named after elections, their cells: {whole.evidence()}"
    return History(made, frozenset(), frozenset(named), {("unpivot",): note})


def _pattern(name: str) -> str:
    """A pattern of column names like this one; what stands around the day or year is the election's name."""
    if match := _DAY.search(name):
        before, after = name[: match.start()], name[match.end() :]
        day = r"(?P<date>\d{1,2}[/-]\d{1,2}[/-]\d{4})"
        return f"{_like(before)}{day}{_like(after)}"
    match = _YEAR.search(name)
    assert match is not None
    before, after = name[: match.start()], name[match.end() :]
    return rf"(?P<name>{_like(before)}(?P<year>(?:19|20)\d{{2}}){_like(after)})"


def _like(text: str) -> str:
    return re.sub(r"[A-Za-z]+(?:\\? [A-Za-z]+)*", "[A-Za-z ]+", re.escape(text).replace(r"\ ", " "))
