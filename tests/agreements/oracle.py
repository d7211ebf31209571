"""A second, slow and obvious reading of an agreement: one row, one column, one use, straight from the JSON.

Written against the specification and not against the compiler, and sharing no code with it, so that the two
can disagree. Views' tests compare with it cell by cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from commonroll.roll.schema import COLUMNS


class _Hidden:
    def __repr__(self) -> str:
        return "HIDDEN"


HIDDEN = _Hidden()
"""What `decide` answers where the recipient may not look: neither a value nor its absence."""


def decide(
    document: Mapping[str, Any],
    row: Mapping[str, Any],
    column: str,
    purpose: str,
    mode: str,
    instant: datetime,
    *,
    protected: str = "flagged",
    statement: bool = False,
) -> Any:
    """What the recipient sees of `column` (qualified) in `row` under the agreement `document`, or HIDDEN.

    `row` maps qualified names to values and holds the voter's columns beside those of another table. A
    masked value comes as the mask shows it, a pseudonym as `("token", value)`. `protected` and `statement`
    say how the state treats confidential voters whose mark is unknown.
    """
    found = _constraints(document)
    if f"cr:purpose/{purpose}" not in found["purpose"] or f"cr:mode/{mode}" not in found["cr:mode"]:
        return HIDDEN
    if not _moment(found["from"]) <= instant < _moment(found["until"]):
        return HIDDEN
    if column not in found["cr:columns"] or COLUMNS[column].cls == "provenance":
        return HIDDEN
    if purpose == "research" and COLUMNS[column].cls == "contact":
        return HIDDEN
    if purpose == "hygiene" and mode == "export":
        return HIDDEN
    if not _visible(found["rows"], row, document, protected, statement):
        return HIDDEN
    return _masked(column, row.get(column), found["cr:masks"].get(column))


def _constraints(document: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"rows": [], "cr:masks": {}}
    for item in document["permission"][0]["constraint"]:
        if "and" in item:
            found["rows"] = item["and"]
        elif item["leftOperand"] == "dateTime":
            found["from" if item["operator"] == "gteq" else "until"] = item["rightOperand"]
        else:
            found[item["leftOperand"]] = item["rightOperand"]
    return found


def _visible(
    limits: Any, row: Mapping[str, Any], document: Mapping[str, Any], protected: str, statement: bool
) -> bool:
    marked = row.get("voters.confidential")
    if marked is True:
        return False
    if marked is None and (protected == "flagged" or not statement):
        return False
    if not limits:
        return False
    for limit in limits:
        name = limit["leftOperand"].removeprefix("cr:row/")
        if name == "member":
            if document["assigner"] != "urn:commonroll:member:" + limit["rightOperand"][0]:
                return False
        elif row.get(f"voters.{name}") in (None, "") or row[f"voters.{name}"] not in limit["rightOperand"]:
            return False
    return True


def _masked(column: str, value: Any, mask: str | None) -> Any:
    if mask is None:
        mask = "cr:mask/year" if column == "voters.birth_date" else "cr:mask/plain"
    if mask in ("cr:mask/plain", "cr:mask/marked"):
        return value
    if value is None or mask == "cr:mask/null":
        return None
    if mask == "cr:mask/year":
        return date(value.year, 1, 1)
    if mask == "cr:mask/decade" and isinstance(value, date):
        return date(value.year - value.year % 10, 1, 1)
    if mask in ("cr:mask/decade", "cr:mask/bucket10"):
        return int(value) - int(value) % 10
    if mask == "cr:mask/zip3":
        return value[:3]
    if mask == "cr:mask/last4":
        return value[-4:] if len(value) > 4 else None
    if mask == "cr:mask/token":
        return ("token", value)
    raise AssertionError(f"no such mask: {mask}")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
