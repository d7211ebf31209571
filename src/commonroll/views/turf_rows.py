"""Whom a walker meets at the doors of one turf: rows of a governed question, asked anew when the turf leaves.

A person is known by the cut's files and nothing else. Who is not in the question's answer any more, or whose
address is not that door's any more, is not met.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from commonroll.roll.engine import engine
from commonroll.roll.places.address import prepare
from commonroll.views.doors import NEEDED, OPTIONAL, read_doors
from commonroll.views.made_files import sql
from commonroll.views.question import Question

NAMES = ("first_name", "last_name", "name_suffix")
LANGUAGE = "fact('language')"
LANGUAGE_KIND = "fact_kind('language')"
BESIDE = {"age": "age", "language": LANGUAGE}
"""What a script may show of a person beside the name, and the column of a view that it is."""


@dataclass(frozen=True)
class Met:
    """`rows`: owner, voter_key, door, line, unit, name, age (a band), language; by door, owner, id. `moved`:
    persons of the turf whose address is another one now."""

    rows: pa.Table
    moved: int


def columns(shows: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """The columns that such a question asks for, and those of them that an owner need not give."""
    beside = tuple(BESIDE[name] for name in sorted(shows & BESIDE.keys()))
    return (*NEEDED, *OPTIONAL, *NAMES, *beside), frozenset((*OPTIONAL, *NAMES, *beside, LANGUAGE_KIND))


def read(question: Question, found: Mapping[str, pa.Table], doors: Path, people: Path) -> Met:
    """What the question shows of each owner's persons (`few.Few.rows`) at the doors of `people` (owner,
    state_voter_id, door).

    Raises ValueError for a question of another kind.
    """
    if question.mode != "contact" or question.listed is None:
        raise ValueError("the question is for no turf")
    with closing(engine()) as con:
        _persons(con, found)
        known = con.table("persons").columns
        for name in (*OPTIONAL, *NAMES, *BESIDE.values()):
            if name not in known:
                kind = "SMALLINT" if name == "age" else "VARCHAR"
                con.execute(f'ALTER TABLE persons ADD COLUMN "{name}" {kind}')
        con.execute(f'ALTER TABLE persons RENAME COLUMN "{LANGUAGE}" TO language')
        prepare(con)
        read_doors(con)
        given: dict[str, Any] = {"doors": str(doors), "people": str(people)}
        con.execute(sql("turf_rows"), given)
        rows = con.execute("FROM turf_rows WHERE there ORDER BY door, owner, voter_key").to_arrow_table()
        moved = con.execute("SELECT count(*) FROM turf_rows WHERE NOT there").fetchone()
        return Met(rows.drop_columns(["there"]), int(moved[0]) if moved else 0)


def _persons(con: DuckDBPyConnection, found: Mapping[str, pa.Table]) -> None:
    """The rows of all owners as `persons`, and `owners` (owner_no, owner)."""
    numbered = [
        rows.append_column("owner_no", pa.repeat(pa.scalar(number, pa.int16()), rows.num_rows))
        for number, rows in enumerate(found.values(), 1)
    ]
    con.register("given", pa.concat_tables(numbered, promote_options="permissive"))
    con.execute("CREATE TEMP TABLE persons AS FROM given")
    con.unregister("given")
    numbers = pa.array(range(1, len(found) + 1), pa.int16())
    con.register("owners", pa.table([numbers, pa.array(found, pa.string())], names=["owner_no", "owner"]))
