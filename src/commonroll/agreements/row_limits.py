"""The strict reader of the group that limits rows: by columns, by districts, or not at all."""

from __future__ import annotations

from typing import Any

from commonroll.agreements.profile import ROW_LIMITS, WHOLE_FILE, Version, scope_value_fits
from commonroll.agreements.reading import (
    read_clauses,
    read_keys,
    read_sorted,
    read_text,
    require,
    unknown,
    wrong,
)

ATOM = ("leftOperand", "operator", "rightOperand")
_PREFIX = "cr:row/"


def read_rows(
    rows: tuple[Any, str] | None, path: str, owner: str, profile: Version
) -> dict[str, tuple[str, ...]]:
    """Values by what they limit, empty for the whole file, which must be said."""
    if rows is None:
        raise wrong(
            path,
            "The permission does not say which rows.",
            'Limit them, or say the whole file: cr:row/member isAnyOf ["<owner>"].',
        )
    known = ROW_LIMITS[profile]
    found: dict[str, tuple[str, ...]] = {}
    for at, item in enumerate(read_clauses(*rows)):
        here = f"{rows[1]}[{at}]"
        atom = read_keys(item, here, ATOM)
        require(atom["operator"], "isAnyOf", f"{here}.operator")
        column = read_text(atom["leftOperand"], f"{here}.leftOperand").removeprefix(_PREFIX)
        if atom["leftOperand"] != _PREFIX + column or column not in (*known, WHOLE_FILE):
            listed = [_PREFIX + name for name in known]
            raise unknown(f"{here}.leftOperand", atom["leftOperand"], listed, "row limit")
        if column in found:
            raise wrong(here, f"The rows are limited by {column} twice.", "Put all values in one limit.")
        found[column] = _values(column, atom["rightOperand"], f"{here}.rightOperand", owner)
    return _whole_or_limited(found, rows[1])


def _values(column: str, value: Any, path: str, owner: str) -> tuple[str, ...]:
    values = read_sorted(value, path)
    for text, here in values:
        if column == WHOLE_FILE:
            require(text, owner, here)
        elif not scope_value_fits(column, text):
            raise wrong(here, f"The value does not fit {column}.", "Use the values of the roll.")
    return tuple(text for text, _ in values)


def _whole_or_limited(found: dict[str, tuple[str, ...]], path: str) -> dict[str, tuple[str, ...]]:
    if not found:
        raise wrong(path, "The group of row limits is empty.", "Limit the rows or say the whole file.")
    if WHOLE_FILE in found and len(found) > 1:
        raise wrong(path, "The rows are the whole file and limited at once.", "Say one of the two.")
    return {column: found[column] for column in sorted(found) if column != WHOLE_FILE}
