"""Invented people as link records, and pairs of them, written in one line each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log2
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from commonroll.identity.holds import READ
from commonroll.identity.verdicts import Costs, Kind, verdicts

TEXT = {name: pa.int16() if name == "birth_year" else pa.string() for name in READ}
RECORDS = pa.schema([("member", pa.string()), ("record", pa.string()), *TEXT.items()])
PAIRS = pa.schema(
    [
        *((name, pa.string()) for name in ("member_l", "record_l", "member_r", "record_r")),
        ("match_weight", pa.float64()),
        ("match_probability", pa.float64()),
    ]
)
BLANK = "-"


def person(text: str, member: str = "oh", record: str = "1") -> dict[str, Any]:
    """first middle last suffix | birth | address zip state | phone; `-` where nothing is known."""
    name, born, home, *more = (part.strip() for part in f"{text} | - |".split("|")[:4])
    first, middle, last, suffix = (_known(word) for word in name.split())
    *line, zip5, state = home.split()
    born_, addr = _known(born), _known(" ".join(line))
    return {
        "member": member,
        "record": record,
        "first_name": first,
        "first_root": {"BOB": "ROBERT", "PEGGY": "MARGARET"}.get(first or "", first),
        "middle_name": middle,
        "middle_initial": middle and middle[0],
        "last_name": last,
        "suffix": suffix,
        "dob": born_,
        "full_dob": born_ if born_ and len(born_) == 10 else None,
        "birth_year": int(born_[:4]) if born_ else None,
        "addrzip": f"{addr}|{zip5}" if addr else None,
        "zip": _known(zip5),
        "state": _known(state),
        "phone": _known(more[0]) if more else None,
        "email": None,
    }


def _known(word: str) -> str | None:
    return None if word in (BLANK, "") else word


def pair(left: tuple[str, str], right: tuple[str, str], p: float) -> dict[str, Any]:
    """A scored pair of two (member, record), the smaller one left."""
    (ml, rl), (mr, rr) = sorted((left, right))
    bits = log2(p / (1 - p))
    return dict(zip(PAIRS.names, (ml, rl, mr, rr, bits, p), strict=True))


def judged(
    pairs: Iterable[dict[str, Any]],
    people: Iterable[dict[str, Any]],
    kind: Kind,
    costs: Costs | None = None,
) -> list[dict[str, Any]]:
    """Verdicts of pairs of people, in the order of their records."""
    made = verdicts(
        _table(pairs, PAIRS), _table(people, RECORDS), kind, *([costs] if costs is not None else [])
    )
    rows: list[dict[str, Any]] = made.order_by(*PAIRS.names[:4]).to_pyarrow().to_pylist()
    return rows


def _table(rows: Iterable[dict[str, Any]], schema: pa.Schema) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(list(rows), schema))


def verdict(
    one: str,
    other: str,
    p: float = 0.999,
    *,
    kind: Kind = "rolls",
    crowd: Sequence[dict[str, Any]] = (),
) -> tuple[str, str | None]:
    """Verdict and reason of one pair, of two members or of one roll."""
    members = ("oh", "oh") if kind == "roll" else ("fl", "oh")
    if kind == "list":
        members = ("list:1", "oh")
    left, right = (members[0], "1"), (members[1], "2")
    people = [person(one, *left), person(other, *right), *crowd]
    [row] = judged([pair(left, right, p)], people, kind)
    return row["verdict"], row["reason"]
