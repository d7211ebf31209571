"""An answer as its page shows it: bars, crosstab, map; each number a door to its voters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from commonroll.server.pages.chips import chips
from commonroll.server.pages.figures import Bar, percent, step_key, step_of, steps
from commonroll.server.templatetags.pages import party
from commonroll.views.counts import NOT_PUBLISHED, UNKNOWN, Answer, Cell, crosstab
from commonroll.views.derived import VISIBLE
from commonroll.views.question import COUNTED_BY, Gap
from commonroll.views.universe import parse

COUNTY = "county"
COUNTY_COLUMNS = ("county_fips", "county_name")
BARS = 20
FIRST_SPLITS = ("state", "party", "status", "sex", "age", "birth_year", "congressional_district", "race")
IN_ORDER = ("age", "birth_year")
"""Columns whose values are read in their own order, not by size."""


def splits() -> list[tuple[str, str]]:
    """What a count can be split by, the usual ones first."""
    known = [v.name for v in VISIBLE.values() if v.cls in COUNTED_BY and v.name not in COUNTY_COLUMNS]
    ordered = [*FIRST_SPLITS, *sorted(name for name in known if name not in FIRST_SPLITS)]
    return [(COUNTY, "county, with a map"), *((name, name.replace("_", " ")) for name in ordered)]


@dataclass(frozen=True)
class Asked:
    """What the page's form asks: the text, and by what it is split down and across."""

    where: str
    down: str
    across: str

    @classmethod
    def of(cls, form: QueryDict) -> Asked:
        known = {name for name, _ in splits()}
        down, across = (form.get(name, "") for name in ("down", "across"))
        down, across = (name if name in known else "" for name in (down, across))
        if not down or across in (down, COUNTY):
            across = ""
        return cls(form.get("where", "").strip(), down, across)

    @property
    def by(self) -> tuple[str, ...]:
        down = COUNTY_COLUMNS if self.down == COUNTY else (self.down,)
        return tuple(name for name in (*down, self.across) if name)

    @property
    def query(self) -> str:
        return urlencode({name: value for name, value in vars(self).items() if value})

    def narrowed(self, column: str, value: Cell) -> str:
        """The address of the same question about those of one value alone; empty where no value is known."""
        if value in (NOT_PUBLISHED, UNKNOWN):
            return ""
        held = chips(parse(self.where)) if self.where else []
        texts = [*(chip.text for chip in held), f"{column} = {_literal(value)}"]
        return f"{reverse('universe')}?{urlencode({'where': ' AND '.join(texts)})}"


def _literal(value: Cell) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int):
        return str(value)
    text = value.isoformat() if isinstance(value, date) else value.replace("'", "''")
    return f"'{text}'"


@dataclass(frozen=True)
class OwnerBar:
    """One owner in the answer, or a hatched place where one is missing."""

    name: str
    value: int | None
    length: str
    sentence: str = ""
    agreement: int | None = None
    href: str = ""


def owner_bars(answer: Answer, asked: Asked, names: Mapping[str, str]) -> list[OwnerBar]:
    """Owners in the answer by number, then the missing ones with their reasons."""
    most = max(answer.by_owner.values(), default=0)
    found = [
        OwnerBar(
            names.get(owner, owner),
            n,
            percent(n, most),
            agreement=answer.used[owner].number,
            href=asked.narrowed("member", owner),
        )
        for owner, n in sorted(answer.by_owner.items(), key=lambda pair: -pair[1])
    ]
    missing = [g for g in once(answer.gaps) if g.owner not in answer.by_owner]
    return found + [
        OwnerBar(names.get(g.owner, g.owner), None, "100", g.sentence, g.agreement) for g in missing
    ]


def once(gaps: Sequence[Gap]) -> list[Gap]:
    """One gap per owner: the bar shows that it is missing, the list below says every reason."""
    return list({gap.owner: gap for gap in reversed(gaps)}.values())[::-1]


@dataclass(frozen=True)
class Shade:
    """One cell of a crosstab with its place on the scale of shades."""

    n: int
    step: int


@dataclass(frozen=True)
class Line:
    """One line of a crosstab."""

    label: str
    href: str
    cells: list[Shade]
    total: int


def split(answer: Answer, asked: Asked, states: Mapping[str, str]) -> dict[str, Any]:
    """The split answer: bars for one column, a crosstab for two, a map where counties are asked.

    `states` gives the postal letters for the first two digits of a county's code.
    """
    if not asked.down:
        return {}
    values = _Down(asked, states, (row.by for row in answer.rows))
    drawn = split_bars(answer, values)
    most = drawn[0].label if len(drawn) > 1 and asked.down not in IN_ORDER else ""
    found: dict[str, Any] = {"split_bars": drawn, "split_count": values.number, "most": most}
    if asked.across:
        found |= _crossed(answer, asked, values)
    if asked.down == COUNTY:
        found |= county_map(answer, values)
    return found


class _Down:
    """Values of the first column: key, words, address. A county's name may stand in two states."""

    def __init__(self, asked: Asked, states: Mapping[str, str], rows: Iterable[tuple[Cell, ...]]) -> None:
        self.asked = asked
        self.width = 2 if asked.down == COUNTY else 1
        self.states = states
        keys = {self.key(values) for values in rows}
        self.number = len(keys)
        self.several = len({str(key[0])[:2] for key in keys}) > 1

    def key(self, values: tuple[Cell, ...]) -> tuple[Cell, ...]:
        return values[: self.width]

    def label(self, key: tuple[Cell, ...]) -> str:
        if self.asked.down != COUNTY:
            return said(self.asked.down, key[0])
        state = self.states.get(str(key[0])[:2], "")
        name = str(key[1]).title() if not str(key[1]).startswith("(") else str(key[1])
        return f"{name}, {state}" if self.several and state else name

    def href(self, key: tuple[Cell, ...]) -> str:
        column = COUNTY_COLUMNS[0] if self.asked.down == COUNTY else self.asked.down
        return self.asked.narrowed(column, key[0])


def _sums(answer: Answer, values: _Down) -> dict[tuple[Cell, ...], int]:
    sums: dict[tuple[Cell, ...], int] = {}
    for cells, n in answer.grouped():
        sums[values.key(cells)] = sums.get(values.key(cells), 0) + n
    return sums


def said(column: str, value: Cell) -> str:
    """A value of a count in words."""
    return party(str(value)) if column == "party" and value not in (NOT_PUBLISHED, UNKNOWN) else str(value)


def split_bars(answer: Answer, values: _Down) -> list[Bar]:
    """The first column's values by number, the largest first; ages and years in their own order."""
    sums = _sums(answer, values)
    pairs = list(sums.items())
    if values.asked.down not in IN_ORDER:
        pairs = sorted(pairs, key=lambda pair: -pair[1])[:BARS]
    most = max(sums.values(), default=0)
    return [Bar(values.label(key), n, percent(n, most), values.href(key)) for key, n in pairs]


def _crossed(answer: Answer, asked: Asked, values: _Down) -> dict[str, Any]:
    table = crosstab(answer)
    ends = steps([n for line in table.cells for n in line])
    return {
        "across": [said(asked.across, value) for value in table.across],
        "lines": [
            Line(values.label(key), values.href(key), [Shade(n, step_of(n, ends)) for n in line], sum(line))
            for key, line in zip(table.down, table.cells, strict=True)
        ],
        "sums": [sum(column) for column in zip(*table.cells, strict=True)],
    }


def county_map(answer: Answer, values: _Down) -> dict[str, Any]:
    """Step, sentence and address for each county in the answer."""
    sums = {key: n for key, n in _sums(answer, values).items() if str(key[0]).isdigit()}
    ends = steps(list(sums.values()))
    return {
        "map": {
            str(key[0]): {
                "step": step_of(n, ends),
                "label": f"{values.label(key)}: {n:,}",
                "href": values.href(key),
            }
            for key, n in sums.items()
        },
        "key": step_key(ends),
    }
