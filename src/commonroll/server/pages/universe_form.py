"""The universe of a draft as rows of a form: a column, and beside it values, a range or a day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict

from commonroll.agreements.row_words import universe as spoken
from commonroll.agreements.universe import (
    NAMED,
    AllOf,
    AnyOf,
    Leaf,
    OneOf,
    Range,
    Universe,
    Voted,
    write_universe,
)
from commonroll.agreements.universe_reading import universe_in
from commonroll.agreements.words import label
from commonroll.errors import Refusal
from commonroll.notes import canonical

VOTED = "voted"
SPARE = 2
"""Empty rows below those in use."""
HELP = "values with commas between; or a range: 1980 to 1999, from 2024-01-01, to 2020-12-31"


@dataclass(frozen=True)
class Row:
    """One condition as it stands in the form."""

    column: str
    says: str


def offered() -> list[tuple[str, str]]:
    """What a condition can be about, and in which words."""
    return [(VOTED, "voted on"), *((name, label(name)) for name in NAMED)]


def rows_of(form: QueryDict) -> list[Row]:
    """The conditions of the form, then empty ones."""
    named, said = form.getlist("universe_column"), form.getlist("universe_says")
    found = [Row(column, says) for column, says in zip(named, said, strict=False) if column or says]
    return [*found, *[Row("", "")] * SPARE]


def kept(form: QueryDict) -> str:
    """The words of a universe that is too deep for rows, which the form keeps as it is; else empty."""
    text = form.get("universe_kept", "")
    if not text:
        return ""
    try:
        return spoken(universe_in(text.encode()))
    except (Refusal, ValueError):
        return ""


def fill(form: QueryDict, tree: Universe | None) -> None:
    """Put a universe into the form: in rows where it is flat, else whole."""
    if tree is None:
        return
    parts = tree.parts if isinstance(tree, AllOf | AnyOf) else (tree,)
    rows = [_row(part) for part in parts if not isinstance(part, AllOf | AnyOf)]
    if len(rows) < len(parts) or any("," in v for p in parts if isinstance(p, OneOf) for v in p.values):
        form["universe_kept"] = canonical(write_universe(tree)).decode()
        return
    form["universe_join"] = "any" if isinstance(tree, AnyOf) else "all"
    form.setlist("universe_column", [row.column for row in rows])
    form.setlist("universe_says", [row.says for row in rows])


def _row(leaf: Leaf) -> Row:
    match leaf:
        case Voted(on):
            return Row(VOTED, on.isoformat())
        case OneOf(column, values):
            return Row(column, ", ".join(values))
        case Range(column, low, high):
            if low is not None and high is not None:
                return Row(column, f"{low} to {high}")
            return Row(column, f"from {low}" if low is not None else f"to {high}")


def read_universe(form: QueryDict) -> Universe | None:
    """The conditions together; None without any. `Refusal` says which one cannot be read."""
    parts: list[Universe] = [_leaf(row) for row in rows_of(form) if row.column or row.says]
    if form.get("universe_kept"):
        parts.append(universe_in(form.get("universe_kept", "").encode()))
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    return AnyOf(tuple(parts)) if form.get("universe_join") == "any" else AllOf(tuple(parts))


def _leaf(row: Row) -> Leaf:
    if row.column == VOTED:
        return Voted(_date(row.says.strip(), "voted on"))
    column = NAMED.get(row.column)
    if column is None:
        raise Refusal(
            "a condition names no column", next_step="choose what the condition is about, or empty its words"
        )
    if column.type == "string":
        values = tuple(sorted({part.strip() for part in row.says.split(",") if part.strip()}))
        if not values:
            raise Refusal(f"no value of {label(row.column)} is named", next_step="name some, or take it out")
        return OneOf(row.column, values)
    return _range(row)


def _range(row: Row) -> Range:
    words = label(row.column)
    found = re.fullmatch(r"\s*(?:from\s+)?(\S+)?\s*(?:to\s+(\S+))?\s*", row.says)
    if found is None or not any(found.groups()):
        raise Refusal(f"the range of {words} cannot be read", next_step=f"write {HELP}")
    alone = found[1] is not None and found[2] is None and "from" not in row.says.split()
    low, high = found[1], found[1] if alone else found[2]
    if NAMED[row.column].type == "date":
        return Range(row.column, low and _date(low, words), high and _date(high, words))  # type: ignore[arg-type]
    return Range(row.column, low and _number(low, words), high and _number(high, words))  # type: ignore[arg-type]


def _date(text: str, words: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(f"the day of {words} cannot be read", next_step="write it as 2024-11-05") from error


def _number(text: str, words: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise Refusal(f"the number of {words} cannot be read", next_step="write a whole number")
    return int(text)
