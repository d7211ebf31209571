"""Corrections are data: `corrections.csv` beside a state's layouts, and one in a vault for single voters.

A line says which rows it is about (`match`, a column and its value: "precinct=12A"), which `field`, the `old`
value that must stand there and the `new` one; why, where that is known from, who says so, from when and until
when. Beside layouts a line matches a value that many voters share; a fix to one voter
("state_voter_id=...") stands in that member's vault alone.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import NoReturn

from commonroll.errors import Refusal
from commonroll.roll.counties import LAYOUTS, all_counties
from commonroll.roll.schema import VOTERS, Column

FILE = "corrections.csv"
VOTER = "state_voter_id"

FOLLOWS = frozenset({"county_name", "party_source", "shown_from", "listed_from", "age"})
"""Columns that follow from others, or say what was published."""

ALSO_A_DISTRICT = frozenset(
    {"congressional_district", "state_senate_district", "state_house_district", "ward", "precinct_split"}
)
"""Columns that stand in the table of districts too, which a correction does not reach."""

NEVER = frozenset({"member", "state", VOTER, "confidential", "source_file", "source_line"})
SHARED = frozenset(column.name for column in VOTERS if column.cls == "district") - FOLLOWS - ALSO_A_DISTRICT
OF_A_VOTER = frozenset(VOTERS.names) - FOLLOWS - ALSO_A_DISTRICT - NEVER
"""Fields that a line may correct: beside layouts what voters share, in a vault anything of a voter."""

LONGEST = 200
_FORMULA = ("=", "@")


@dataclass(frozen=True)
class Correction:
    """One line. `match`: "column=value". An empty `old` or `new` means no value. `until`: the last day."""

    match: str
    field: str
    old: str
    new: str
    reason: str
    source: str
    by: str
    on: datetime.date
    until: datetime.date

    @property
    def column(self) -> str:
        """The column that says which rows are meant."""
        return self.match.partition("=")[0]

    @property
    def value(self) -> str:
        """The value of that column."""
        return self.match.partition("=")[2]

    @property
    def of_a_voter(self) -> bool:
        return self.column == VOTER


COLUMNS = tuple(one.name for one in fields(Correction))


def read(path: Path, *, personal: bool) -> tuple[Correction, ...]:
    """The lines of a list; none where there is no file. `personal`: the list of a vault.

    Raises Refusal that names file and line, never what stands in it.
    """
    if not path.exists():
        return ()
    where = f"{path.parent.name}/{path.name}"
    try:
        text = path.read_bytes().decode("utf-8-sig")
        rows = list(csv.reader(text.splitlines(), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refusal("this is no CSV file in UTF-8", where=where, next_step="save it as one") from error
    if not rows or tuple(rows[0]) != COLUMNS:
        _refuse(where, 1, f"the columns are not {', '.join(COLUMNS)}")
    found: dict[tuple[str, str, str], Correction] = {}
    for at, row in enumerate(rows[1:], start=2):
        one = _line(row, where, at, personal)
        key = (one.match, one.field, one.old)
        if key in found:
            _refuse(where, at, "the line corrects what another line does")
        found[key] = one
    return tuple(found.values())


def _line(row: Sequence[str], where: str, at: int, personal: bool) -> Correction:
    if len(row) != len(COLUMNS):
        _refuse(where, at, f"the line has {len(row)} fields, not {len(COLUMNS)}")
    try:
        days = [datetime.date.fromisoformat(text) for text in row[-2:]]
    except ValueError:
        _refuse(where, at, "a day is not of the form 2026-11-26")
    one = Correction(*row[:-2], *days)  # type: ignore[arg-type]
    if fault := fault_of(one, personal=personal):
        _refuse(where, at, fault)
    return one


def fault_of(one: Correction, *, personal: bool) -> str:
    """Why a line is no correction; "" where it is one."""
    allowed = OF_A_VOTER if personal else SHARED
    matched = {VOTER} if personal else SHARED
    if one.column not in matched or not one.value.strip():
        return f"`match` is one of {', '.join(sorted(matched))}, with = and a value"
    if one.field not in allowed:
        return "the field cannot be corrected: it is none of the roll, follows from others, or is a district"
    if one.old == one.new:
        return "old and new are the same"
    if len(one.reason.split()) < 2 or "todo" in one.reason.lower() or not one.source.strip():
        return "reason and source are needed"
    if not one.by.strip() or one.until < one.on:
        return "who says so is missing, or it ends before it begins"
    return _no_value(VOTERS[one.field], one.new)


def _no_value(column: Column, text: str) -> str:
    """Why a text is no value of a column; "" where it is one."""
    if not text:
        return "" if column.nullable else "this field is never empty"
    if len(text) > LONGEST or not text.isprintable() or text.startswith(_FORMULA) or text != text.strip():
        return "the new value is too long, has blanks around it, or signs that no value begins with"
    if column.values and text not in column.values:
        return f"the new value is none of: {', '.join(column.values)}"
    if column.name == "county_fips" and text not in all_counties():
        return "there is no county of that FIPS code"
    return "" if _reads(column, text) else f"the new value is no {column.type}"


def _reads(column: Column, text: str) -> bool:
    if column.type == "bool":
        return text in ("true", "false")
    try:
        if column.type == "date":
            return datetime.date.fromisoformat(text).isoformat() == text
        return column.type == "string" or (str(int(text)) == text and abs(int(text)) < 1 << 15)
    except ValueError:
        return False


def _refuse(where: str, at: int, what: str) -> NoReturn:
    raise Refusal(f"line {at}: {what}", where=where, next_step="correct the line, or take it out")


def written(lines: Iterable[Correction]) -> str:
    """The text of a list."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(astuple(one) for one in lines)
    return out.getvalue()


def keep(path: Path, lines: Sequence[Correction]) -> None:
    """Put a vault's list in place, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.touch(mode=0o600)
    part.write_text(written(lines), "utf-8")
    part.replace(path)


def corrections_for(state: str, folders: Sequence[Path], own: Path) -> tuple[Correction, ...]:
    """Every correction of a state's roll: beside the program's layouts, in `folders`, and in `own`."""
    lists = [folder / state.lower() / FILE for folder in (LAYOUTS, *folders)]
    shared = [one for path in lists for one in read(path, personal=False)]
    return (*shared, *read(own, personal=True))
