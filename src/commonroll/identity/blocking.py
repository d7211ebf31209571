"""Which pairs are worth a comparison: rules by equal keys, with blocks too big to compare left out.

A rule is a key on either side. 0.5 to 0.8 pairs a record reach .993 of true pairs (specs/linkage.md, 3.2).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pyarrow as pa
from duckdb import DuckDBPyConnection

from commonroll.identity.model import CROWDED

_NAMES = "least(first_root, last_name), greatest(first_root, last_name)"
"""First and last name in either order."""

KEYED = {
    "state_dated": "if(birth_year IS NOT NULL, state, NULL)",
    "state_undated": "if(birth_year IS NULL, state, NULL)",
}
"""Columns made for keys. Names and state are asked where a year of birth is missing: where both are known and
neither year nor birthday is one, millions of namesakes would be compared who are never one person."""


@dataclass(frozen=True)
class Rule:
    """Records with equal `key` are compared; `other`, where given, is the key of the other side (both ways).

    `may_crowd`: blocks can be so big that they are counted first, and left out above BLOCK_PAIRS. `if_few`:
    the rule is for files so small that it brings few pairs.
    """

    name: str
    key: str
    other: str | None = None
    may_crowd: bool = False
    if_few: bool = False

    @property
    def ways(self) -> tuple[tuple[str, str], ...]:
        """Keys of the left and the right side that are compared."""
        if self.other is None:
            return ((self.key, self.key),)
        return ((self.key, self.other), (self.other, self.key))


RULES = (
    Rule("names and birth year", f"{_NAMES}, birth_year"),
    Rule("birth date and surname's beginning", "full_dob, surname4"),
    Rule("birth date and first name", "full_dob, first_root"),
    Rule("address and first name", "building, first_root"),
    Rule("address, middle initial, birth year", "building, middle_initial, birth_year"),
    Rule("names and birthday", f"{_NAMES}, full_dob[6:10]"),
    Rule("names and state, neither with a year", f"{_NAMES}, state_undated", may_crowd=True),
    Rule(
        "names and state, one with a year",
        f"{_NAMES}, state_dated",
        other=f"{_NAMES}, state_undated",
        may_crowd=True,
    ),
    Rule("ZIP code, last name, birth year", "zip, last_name, birth_year", may_crowd=True),
    Rule("phone", "phone"),
    Rule("e-mail", "email"),
    Rule("former address and first name", "addrzip, first_root", other="addrzip_before, first_root"),
    Rule("names", _NAMES, if_few=True),
    Rule("birth date", "full_dob", if_few=True),
    Rule("ZIP code and first name", "zip, first_root", if_few=True),
    Rule("ZIP code and surname's beginning", "zip, surname4", if_few=True),
    Rule("address", "building", if_few=True),
    Rule("house, ZIP code, birth year", "house, zip, birth_year", if_few=True),
    Rule("first name and birth year", "first_root, birth_year", if_few=True),
    Rule("last name and first initial", "last_name, first_root[1]", if_few=True),
    Rule("last name", "last_name", if_few=True),
    Rule("first name", "first_root", if_few=True),
    Rule("ZIP code", "zip", if_few=True),
)
ALWAYS = tuple(rule.name for rule in RULES if not rule.if_few)
PAIRS_EACH, PAIRS_AT_LEAST = 0.5, 400_000
"""Pairs that rules for small files may bring in all: so many a record, or so many that cost nothing much."""
BLOCK_PAIRS = 250_000
"""Pairs of one block above which it is left out: JAMES SMITH in a big state says nothing without a date."""


def chosen(con: DuckDBPyConnection, left: str, right: str) -> tuple[str, ...]:
    """Names of the rules for files of this size: those that always hold, others while they bring few."""
    sizes = [con.execute(f"SELECT count(*) FROM {side}").fetchall()[0][0] for side in (left, right)]
    left_over = max(PAIRS_EACH * sum(sizes), PAIRS_AT_LEAST)
    found = list(ALWAYS)
    for rule in RULES:
        if rule.if_few:
            count = _count(con, rule, left, right, sizes)
            if count <= left_over:
                left_over -= count
                found.append(rule.name)
    return tuple(found)


def _count(con: DuckDBPyConnection, rule: Rule, left: str, right: str, sizes: list[int]) -> float:
    """Pairs that a rule brings; where both files are big, by the keys whose hash is a multiple of 16."""
    part = 16 if min(sizes) > 100_000 else 1
    groups = [
        f"(SELECT k, count(*)::DOUBLE AS n FROM ({_keys(side, rule.key)}) WHERE k % {part} = 0 GROUP BY k)"
        for side in (left, right)
    ]
    found = con.execute(
        f"SELECT coalesce(sum(a.n * b.n), 0) FROM {groups[0]} AS a JOIN {groups[1]} AS b USING (k)"
    ).fetchall()[0][0]
    return float(found) * part


def crowded(con: DuckDBPyConnection, left: str, right: str) -> pa.Table:
    """Blocks that are too big to compare, as CROWDED: a rule's name and a key's hash."""
    found = [CROWDED.empty_table()]
    for rule in RULES:
        if not rule.may_crowd:
            continue
        blocks = " UNION ".join(
            f"SELECT k FROM {_blocks(left, one)} AS a JOIN {_blocks(right, two)} AS b USING (k) "
            f"WHERE a.n * b.n > {BLOCK_PAIRS}"
            for one, two in rule.ways
        )
        keys = con.execute(f"{blocks} ORDER BY k").fetchall()
        rows = {"rule": [rule.name] * len(keys), "key": [key for (key,) in keys]}
        found.append(pa.table(rows, schema=CROWDED))
    return pa.concat_tables(found)


def _blocks(relation: str, key: str) -> str:
    """SQL: k, n of blocks of more than one record."""
    return f"(SELECT k, count(*)::DOUBLE AS n FROM ({_keys(relation, key)}) GROUP BY k HAVING n > 1)"


def pairs(left: str, right: str, crowded: str, rules: Collection[str], *, itself: bool) -> str:
    """SQL: match_key, join_key_l, join_key_r of distinct pairs to compare, the smaller unique_id left.

    `left`, `right` are relations of records; `crowded` a relation of blocks to leave out. `itself`: both
    are of one table, and `left` holds only new records.
    """
    parts = []
    for rule in _named(rules):
        for one, two in rule.ways:
            parts.append(_joined(rule, _keys(left, one), _keys(right, two), crowded, itself))
    union = " UNION ALL ".join(parts)
    return f"SELECT '0' AS match_key, join_key_l, join_key_r FROM ({union}) GROUP BY join_key_l, join_key_r"


def _named(rules: Collection[str]) -> Iterator[Rule]:
    return (rule for rule in RULES if rule.name in rules)


def _joined(rule: Rule, left: str, right: str, crowded: str, itself: bool) -> str:
    tests = ["(a.unique_id < b.unique_id OR NOT b.is_new)"] if itself else []
    if rule.may_crowd:
        tests.append(f"a.k NOT IN (SELECT key FROM {crowded} WHERE rule = '{rule.name}')")
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    return f"""
        SELECT least(a.unique_id, b.unique_id) AS join_key_l, greatest(a.unique_id, b.unique_id) AS join_key_r
        FROM ({left}) AS a JOIN ({right}) AS b ON a.k = b.k{where}
    """


def _keys(relation: str, key: str) -> str:
    """SQL: unique_id and the key's hash, for records that have every part of it. Equal hashes of unequal
    keys cost a comparison, no more."""
    columns = sorted({word for word in re.split(r"[(), ]+|\\[.*?\\]", key)
                      if word not in ("", "least", "greatest")})  # fmt: skip
    known = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    return f"SELECT unique_id, is_new, hash({key}) AS k FROM {relation} WHERE {known}"


def may_meet(new: str, crowded: str, rules: Collection[str]) -> str:
    """SQL: the test that a record shares a key, in a block not left out, with one of the relation `new`."""
    tests = []
    for rule in _named(rules):
        for mine, other in rule.ways:
            theirs = f"SELECT k FROM ({_keys(new, other)})"
            if rule.may_crowd:
                theirs += f" WHERE k NOT IN (SELECT key FROM {crowded} WHERE rule = '{rule.name}')"
            tests.append(f"hash({mine}) IN ({theirs})")
    return " OR ".join(tests)
