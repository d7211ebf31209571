"""Elections beside a voter's id, read line by line in plain Python: slow, obvious, to compare with."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any

from commonroll.roll.layout.layout import Layout

Line = Mapping[str, str]
Row = tuple[Any, ...]
ATTRIBUTES = ("voted", "date", "year", "month", "name", "code", "type", "method", "party", "county")


def elections(layout: Layout, lines: list[Line], columns: list[str], today: datetime.date) -> list[Row]:
    """(line, day, name, type, method, party, county, refused?) of every election, sorted."""
    found = []
    for at, line in enumerate(lines, start=1):
        if line.get("ID", "").strip() in ("", "ID"):
            continue
        for told in _places(layout, line, columns):
            row = _row(layout, told, today)
            if row is not None:
                found.append((at, *row))
    return sorted(found, key=str)


def _places(layout: Layout, line: Line, columns: list[str]) -> Iterator[dict[str, str]]:
    unpivot = layout.unpivot
    assert unpivot is not None
    said = {name: " ".join(line.get(name, "").split(" ")).strip(" ") for name in columns}
    if unpivot.shape == "text":
        for part in line.get(unpivot.column or "", "").strip(" ").split(unpivot.between):
            yield {"cell": part.strip(" ")}
    elif unpivot.shape == "slots":
        for slot in unpivot.slots:
            told = {"cell": said[slot.cell]} if slot.cell else {}
            for name, source in slot.said.items():
                told["=" + name if source.constant else name] = source.constant or said[source.columns[0]]
            yield told
    else:
        yield from _named(layout, said)


def _named(layout: Layout, said: Mapping[str, str]) -> Iterator[dict[str, str]]:
    unpivot = layout.unpivot
    assert unpivot is not None
    whole: dict[str, dict[str, str]] = {}
    for column, cell in said.items():
        for pattern in unpivot.names:
            if found := re.fullmatch(pattern.pattern, column):
                groups = {name: text for name, text in found.groupdict().items() if text}
                attribute = unpivot.what[groups.pop("what", "")]
                told = whole.setdefault(str(groups), {f"#{name}": text for name, text in groups.items()})
                told.setdefault("#label", column)
                told["cell" if attribute == "text" else attribute] = cell
                break
    yield from whole.values()


def _row(layout: Layout, told: dict[str, str], today: datetime.date) -> Row | None:
    """None where the voter did not take part."""
    unpivot = layout.unpivot
    assert unpivot is not None
    cells = {name: text for name, text in told.items() if name[0] not in "=#"}
    marks = {"voted": cells["voted"]} if "voted" in cells and unpivot.shape != "columns" else cells
    if not any(marks.values()):
        return None
    mark = next(cells[name] for name in ("voted", "cell", "method", *sorted(cells)) if name in cells)
    if _fold(mark, unpivot.any_case) in [_fold(text, unpivot.any_case) for text in unpivot.did_not]:
        return None
    took = [_fold(text, unpivot.any_case) for text in unpivot.took_part]
    faulty = bool(took and mark and _fold(mark, unpivot.any_case) not in took)
    if unpivot.cells and cells.get("cell"):
        fits = [found for one in unpivot.cells if (found := one.fullmatch(cells["cell"]))]
        faulty |= not fits
        for name, text in (fits[0].groupdict() if fits else {}).items():
            cells[name] = cells.get(name) or text or ""
    return _decoded(layout, told, cells, faulty, today)


def _decoded(
    layout: Layout, told: dict[str, str], cells: dict[str, str], faulty: bool, today: datetime.date
) -> Row:
    unpivot = layout.unpivot
    assert unpivot is not None

    def text(name: str) -> str:
        return cells.get(name) or told.get(f"#{name}", "") or ""

    words = {}
    for name in ("type", "method", "party"):
        word = _word(text(name), unpivot.codes.get(name, {}), unpivot.any_case) if text(name) else ""
        words[name] = word or told.get(f"={name}", "")
    keys = [_fold(key, True) for key in (text("code") or cells.get("cell", ""),)]
    if unpivot.shape == "columns":
        keys = [_fold(key, True) for key in (told.get("#code"), told.get("#name"), told["#label"]) if key]
    listed = next((unpivot.listed[key] for key in keys if key in unpivot.listed), None)
    name = (text("name") or text("code") or cells.get("cell", "") or told.get("#label", "")).upper()
    if unpivot.shape == "columns" and not text("name") and not text("code"):
        name = told["#label"].upper()
    name = " ".join(name.split())
    kind = (
        (listed and listed.kind) or words["type"] or (_by_name(name) if unpivot.type_from == "name" else "")
    )
    day, readable = _day(layout, text, kind, today)
    day = (listed and listed.day) or day
    if not kind and unpivot.type_from == "day":
        kind = "general" if day and day == _general(day.year) else "other"
    kind = kind or "other"
    county = layout.counties.get(text("county"))
    faulty |= "?" in (kind, words["method"], words["party"]) or bool(text("county") and not county)
    faulty |= (not readable and day is None) or bool(day and not datetime.date(1900, 1, 2) <= day <= today)
    name = (
        (listed and listed.name and listed.name.upper()) or name or f"{text('year')} {kind.upper()}".strip()
    )
    return (
        day,
        name,
        kind,
        words["method"] or "unknown",
        words["party"] or None,
        county and county.fips,
        faulty,
    )


def _word(text: str, codes: Mapping[str, str], any_case: bool) -> str:
    for code, word in codes.items():
        if _fold(code, any_case) == _fold(text, any_case):
            return word
    return codes.get("*", "?")


def _fold(text: str, any_case: bool) -> str:
    return text.upper().replace(" ", "") if any_case else text


def _by_name(name: str) -> str:
    for words, kind in (("RUNOFF", "runoff"), ("SPECIAL", "special"), ("PRIMARY", "primary"),
                        ("MUNICIPAL", "municipal"), ("GENERAL", "general")):  # fmt: skip
        if words in name:
            return kind
    return "other"


def _day(layout: Layout, text: Any, kind: str, today: datetime.date) -> tuple[datetime.date | None, bool]:
    """The day, and whether what is written of it can be read."""
    unpivot = layout.unpivot
    assert unpivot is not None
    if text("date"):
        for form in unpivot.dates:
            try:
                return datetime.datetime.strptime(text("date"), form).date(), True  # noqa: DTZ007
            except ValueError:
                continue
    year = text("year")
    if year and not re.fullmatch("[0-9]{2}|[0-9]{4}", year):
        return None, False
    if len(year) == 2:
        year = str(max(full for full in range(1900, today.year + 1) if f"{full:04}".endswith(year)))
    november = text("month") in ("", "November", "11")
    if year and not 1900 <= int(year) <= today.year:
        return None, False
    held = _general(int(year)) if year and kind == "general" and november else None
    return held, not text("date")


def _general(year: int) -> datetime.date | None:
    """The Tuesday after the first Monday of November, of an even year."""
    if year % 2:
        return None
    days = [datetime.date(year, 11, day) for day in range(1, 15)]
    monday = next(day for day in days if day.strftime("%a") == "Mon")
    return monday + datetime.timedelta(days=1)
