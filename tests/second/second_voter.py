"""Who is shown at all, who is among the rows agreed, and what is seen of a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from second_shapes import Asked, Owner, Row


def in_any_view(owner: Owner, row: Row, asked: Asked) -> bool:
    """Whether the voter is in a view at all, whatever was agreed; what is unknown is out."""
    if row["confidential"] is not False:
        return False
    if row["status"] is None:
        return False
    speaks_of_status = "status" in asked.about or (asked.mode == "count" and "status" in asked.fields)
    if row["status"] == "removed" and (not speaks_of_status or asked.mode == "contact"):
        return False
    if not adult(row, next(day for day in owner.elections if day >= asked.clock.date())):
        return False
    return not any((row["state_voter_id"], channel) in owner.suppressed for channel in ("", *opened(asked)))


def adult(row: Row, election: date) -> bool:
    """18 on election day at the youngest: by the birth date, else as if born on the last day of the year,
    else by the published age."""
    if row["birth_date"] is not None:
        born = row["birth_date"]
        had_birthday = (born.month, born.day) <= (election.month, election.day)
        return bool(election.year - born.year - (0 if had_birthday else 1) >= 18)
    if row["birth_year"] is not None:
        return bool(date(row["birth_year"] + 18, 12, 31) <= election)
    return row["age"] is not None and row["age"] >= 18


def opened(asked: Asked) -> set[str]:
    """The channels that the columns shown open where people are contacted, listed or leave."""
    found: set[str] = set()
    if asked.mode == "count":
        return found
    for field in asked.fields:
        if field == "phone":
            found |= {"phone", "text"}
        if field == "email":
            found |= {"email"}
        if asked.mode == "view":
            continue  # on a screen an address says who somebody is
        if field.startswith("residence_"):
            found |= {"door"} if asked.mode == "contact" else {"door", "mail"}
        if field.startswith("mail_"):
            found |= {"mail"}
    return found


def in_limits(owner: Owner, row: Row, limits: Mapping[str, Any]) -> bool:
    """Whether the voter is among the rows that were agreed, by the owner's own values."""
    for name, values in limits.items():
        if name == "universe":
            if not _in_tree(owner, row, values):
                return False
        elif name == "member":
            if values != [owner.key]:
                return False
        elif name.startswith("district/"):
            kind = name.removeprefix("district/")
            if not any(d["type"] == kind and d["id"] in values for d in _of(owner.districts, row)):
                return False
        elif row[name] is None or row[name] == "" or row[name] not in values:
            return False
    return True


def _of(rows: Sequence[Row], voter: Row) -> list[Row]:
    return [row for row in rows if row["state_voter_id"] == voter["state_voter_id"]]


def _in_tree(owner: Owner, row: Row, tree: Mapping[str, Any]) -> bool:
    if "all" in tree:
        return all(_in_tree(owner, row, part) for part in tree["all"])
    if "any" in tree:
        return any(_in_tree(owner, row, part) for part in tree["any"])
    if "voted" in tree:
        return any(str(h["election_date"]) == tree["voted"] for h in _of(owner.history, row))
    value = row[tree["column"].removeprefix("voters.")]
    if value is None:
        return False
    if "in" in tree:
        return value in tree["in"]
    kind = date.fromisoformat if isinstance(value, date) else int
    return ("from" not in tree or kind(tree["from"]) <= value) and (
        "to" not in tree or value <= kind(tree["to"])
    )


def shown(row: Row, field: str, masks: Mapping[str, str], today: date) -> Any:
    """The value as the recipient sees it."""
    if field == "age":
        return age(row, masks, today)
    return masked(row[field], masks.get(f"voters.{field}", "null"))


def age(row: Row, masks: Mapping[str, str], today: date) -> int | None:
    """Exactly from a plain birth date, else by a year, else by a masked date's year, else as published."""
    born, how = row["birth_date"], masks.get("voters.birth_date", "null")
    if born is not None and how == "plain":
        return int(today.year - born.year - ((today.month, today.day) < (born.month, born.day)))
    year = masked(row["birth_year"], masks.get("voters.birth_year", "null"))
    if year is not None:
        return int(today.year - year)
    told = masked(born, how)
    if told is not None:
        return int(today.year - told.year)
    published: int | None = masked(row["age"], masks.get("voters.age", "null"))
    return published


def masked(value: Any, mask: str) -> Any:
    """The value under a mask of section 3.4."""
    if value is None or mask in ("null", "token", "marked"):
        return None
    if mask == "plain":
        return value
    if mask == "year":
        return date(value.year, 1, 1)
    if mask == "decade":
        return date(value.year // 10 * 10, 1, 1) if isinstance(value, date) else value // 10 * 10
    if mask == "zip3":
        return value[:3]
    if mask == "initial":
        return value[:1]
    if mask == "last4":
        return value[-4:] if len(value) > 4 else None
    if mask == "bucket10":
        return value // 10 * 10
    raise AssertionError("no such mask")
