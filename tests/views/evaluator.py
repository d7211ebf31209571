"""A second, slow and obvious reading of a governed question: one voter, one owner, one rule at a time.

Shares no code with views but the universe's parsed tree; written from the rules, so that the two may differ.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from commonroll.agreements import universe as terms
from commonroll.views import tree

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]
"""Name -> the owner's rows of the table; of `responses` those that the reader may know."""


def mask(value: Any, name: str | None) -> Any:
    if value is None or name is None or name == "null":
        return None
    if name == "plain":
        return value
    if name == "year":
        return date(value.year, 1, 1) if isinstance(value, date) else value
    if name == "decade":
        return date(value.year // 10 * 10, 1, 1) if isinstance(value, date) else value // 10 * 10
    if name == "zip3":
        return value[:3]
    if name == "last4":
        return value[-4:] if len(value) > 4 else None
    if name == "initial":
        return value[:1]
    if name == "bucket10":
        return value // 10 * 10
    raise AssertionError(name)


def adult(row: Row, election: date) -> bool:
    if row.get("birth_date") is not None:
        born = row["birth_date"]
        years = election.year - born.year - ((election.month, election.day) < (born.month, born.day))
        return bool(years >= 18)
    if row.get("birth_year") is not None:
        by_year = election.year - row["birth_year"]
        return bool(by_year >= 19 or (by_year == 18 and (election.month, election.day) == (12, 31)))
    return row.get("age") is not None and row["age"] >= 18


def readable(row: Row, election: date, *, removed: bool, suppressed: frozenset[str]) -> bool:
    if row.get("confidential") is not False or row["state_voter_id"] in suppressed:
        return False
    if row.get("status") is None or (row["status"] == "removed" and not removed):
        return False
    return adult(row, election)


def in_scope(row: Row, scope: Mapping[str, frozenset[str]], tables: Tables) -> bool:
    for column, values in scope.items():
        kind = column.removeprefix("district/")
        own = [r for r in tables["districts"] if r["state_voter_id"] == row["state_voter_id"]]
        if kind == column and row.get(column) not in values:
            return False
        if kind != column and not any(r["type"] == kind and r["id"] in values for r in own):
            return False
    return True


def in_universe(row: Row, universe: Any, tables: Tables) -> bool:
    """Whether the row meets an agreement's universe; what is unknown meets nothing."""
    if universe is None:
        return True
    if isinstance(universe, terms.AllOf):
        return all(in_universe(row, part, tables) for part in universe.parts)
    if isinstance(universe, terms.AnyOf):
        return any(in_universe(row, part, tables) for part in universe.parts)
    if isinstance(universe, terms.Voted):
        return _called("voted", (universe.on,), str(row["state_voter_id"]), tables)
    value = row.get(universe.column.partition(".")[2])
    if value is None:
        return False
    if isinstance(universe, terms.OneOf):
        return value in universe.values
    above = universe.low is None or value >= universe.low
    return bool(above and (universe.high is None or value <= universe.high))


def seen(row: Row, masks: Mapping[str, str], day: date) -> dict[str, Any]:
    """The voter's fields as the reader may see them, `age` among them."""
    shown = {name: mask(value, masks.get(f"voters.{name}")) for name, value in row.items()}
    shown["member"], shown["state"] = row["member"], row["state"]
    shown["age"] = age(row, masks, day)
    return shown


def age(row: Row, masks: Mapping[str, str], day: date) -> int | None:
    born, how = row.get("birth_date"), masks.get("voters.birth_date")
    if born is not None and how == "plain":
        return int(day.year - born.year - ((day.month, day.day) < (born.month, born.day)))
    year = mask(row.get("birth_year"), masks.get("voters.birth_year"))
    if year is not None:
        return int(day.year - year)
    told = mask(born, how)
    if told is not None:
        return int(day.year - told.year)
    published: int | None = mask(row.get("age"), masks.get("voters.age"))
    return published


def known_answers(
    owner: str, viewer: str, theirs: Sequence[Row], mine: Sequence[Row], told: Collection[str] = ()
) -> list[Row]:
    """About the owner's voters: of its own vault what it, the reader or whom the reader is told of gathered,
    of the reader's all."""
    known = [r for r in theirs if viewer == owner or r["gathered_by"] in (owner, viewer, *told)]
    return [r for r in (*known, *mine) if r["owner"] == owner]


def known_scores(owner: str, viewer: str, theirs: Sequence[Row], told: Collection[str] = ()) -> list[Row]:
    """Of the owner's scores its own and those of whom the reader is told; for itself all."""
    by = [row["score"].split(".")[0] if "." in row["score"] else "" for row in theirs]
    return [
        row for row, gatherer in zip(theirs, by, strict=True)
        if viewer == owner or gatherer in ("", viewer) or gatherer in told
    ]  # fmt: skip


def known_listings(
    owner: str, viewer: str, theirs: Sequence[Row], imports: Sequence[Row], told: Collection[str] = ()
) -> list[Row]:
    """Places on lists of which the last word is that they came, and which the reader may know of."""
    last = {one["import_id"]: one["action"] for one in sorted(imports, key=lambda one: one["at"])}
    return [
        row for row in theirs
        if last.get(row["import_id"]) == "added" and (viewer == owner or row["list"] in told)
    ]  # fmt: skip


def holds(node: Any, row: Row, tables: Tables) -> bool | None:
    """True, False or unknown (None), as SQL has it."""
    if isinstance(node, tree.And):
        parts = [holds(part, row, tables) for part in node.parts]
        return False if False in parts else None if None in parts else True
    if isinstance(node, tree.Or):
        parts = [holds(part, row, tables) for part in node.parts]
        return True if True in parts else None if None in parts else False
    if isinstance(node, tree.Not):
        part = holds(node.part, row, tables)
        return None if part is None else not part
    if isinstance(node, tree.Missing):
        return row.get(node.field.name) is None
    if isinstance(node, tree.Call):
        return _called(node.name, node.arguments, str(row["state_voter_id"]), tables)
    return _compared(node, row)


def _called(name: str, said: Sequence[Any], voter: str, tables: Tables) -> bool:
    table, columns = {
        "voted": ("history", ("election_date", "method")),
        "ballot": ("ballots", ("status", "election_date")),
        "ballot_returned": ("ballots", ("election_date",)),
        "district": ("districts", ("type", "id")),
        "answered": ("responses", ("question", "answer")),
        "contacted_since": ("responses", ()),
    }[name]
    own = [r for r in tables[table] if r["state_voter_id"] == voter]
    if name == "contacted_since":
        return any(r["answered_on"] >= said[0] for r in own)
    if name == "ballot_returned":
        own = [r for r in own if r.get("returned_on") is not None]
    return any(all(r[c] == value for c, value in zip(columns, said, strict=False)) for r in own)


def _compared(node: Any, row: Row) -> bool | None:
    left = row.get(node.left.name if isinstance(node, tree.Compare) else node.field.name)
    if left is None:
        return None
    if isinstance(node, tree.IsTrue):
        return bool(left)
    if isinstance(node, tree.OneOf):
        return left in node.values
    if isinstance(node, tree.Between):
        return bool(node.low <= left <= node.high)
    if isinstance(node, tree.Like):
        return _like(left, node.pattern)
    right = row.get(node.right.name) if isinstance(node.right, tree.Field) else node.right
    if right is None:
        return None
    return {
        "=": left == right, "<>": left != right, "<": left < right, "<=": left <= right, ">": left > right,
        ">=": left >= right,
    }[node.op]  # fmt: skip


def _like(text: str, pattern: str) -> bool:
    parts = {"%": ".*", "_": "."}
    return re.fullmatch("".join(parts.get(c, re.escape(c)) for c in pattern), text, re.DOTALL) is not None
