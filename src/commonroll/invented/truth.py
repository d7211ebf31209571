"""Who is who: the answers beside the files, for tests of matching, diffs and counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.invented.changes import doors_before
from commonroll.invented.columns import Columns
from commonroll.invented.draw import Bools, Ints
from commonroll.invented.names import SUFFIXES, names
from commonroll.invented.published_ids import published_ids
from commonroll.invented.rolls import CURRENT, KINDS, Population, Roll, in_file_order
from commonroll.invented.write import chunks, glued, look_up, pool, words_together

README = """# Truth

Every person here is invented; names are drawn by frequency, addresses, phones and e-mails lead nowhere.

- `people.parquet`: one row per true person. `person` is the key; `lives_in` and `household` are empty for
  those who died or live in none of these states. Names are the true ones; a roll may hold others.
- `registrations.parquet`: one row per row of a registration file. `kind` is `current`, `stale` (still on the
  roll of a state they left), `removed` (published as removed) or `duplicate` (a second number for the same
  person in the same state). `household` is the door of the address. `phone` and `email` are the person's own,
  whether or not the file shows them. In North Carolina one `state_voter_id` may have a current row and
  removed rows in former counties. Where a state publishes no identifier, `state_voter_id` is the one that the
  loader makes.
"""


def write_truth(folder: Path, whole: Population) -> None:
    """`people.parquet`, `registrations.parquet` and `README.md` in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(README, encoding="utf-8")
    write_tables(folder / "people.parquet", people_tables(whole))
    write_tables(folder / "registrations.parquet", registration_tables(whole))


def write_tables(path: Path, tables: Iterator[pa.Table]) -> None:
    first = next(tables)
    with pq.ParquetWriter(path, first.schema, compression="zstd") as out:
        out.write_table(first)
        for table in tables:
            out.write_table(table)


def people_tables(whole: Population) -> Iterator[pa.Table]:
    living = residents(whole)
    for rows in chunks(np.arange(len(whole.people))):
        yield people_table(whole, rows, living[rows])


def residents(whole: Population) -> Bools:
    """Who has a current row; the others died, or live in none of these states."""
    here = np.zeros(len(whole.people), dtype=bool)
    for roll in whole.rolls.values():
        here[roll.person[roll.kind == CURRENT]] = True
    return here


def people_table(whole: Population, rows: Ints, living: Bools) -> pa.Table:
    people, found = whole.people, names()
    second = look_up(found.surnames, people.second[rows])
    joint = look_up(pool(("-", " ")), np.where(people.hyphen[rows], 0, 1), people.second[rows] >= 0)
    return pa.table(
        {
            "person": rows,
            "first": look_up(found.firsts, people.first[rows]),
            "middle": look_up(found.firsts, people.middle[rows]),
            "last": glued(look_up(found.surnames, people.last[rows]), joint, second),
            "suffix": look_up(pool(SUFFIXES), np.where(people.suffix[rows] == 0, -1, people.suffix[rows])),
            "birth_date": pa.array(people.birth[rows].astype("datetime64[D]")),
            "sex": look_up(pool(("female", "male")), people.male[rows].astype(np.int64)),
            "lives_in": look_up(pool(whole.rolls), whole.home[rows], living),
            "household": pa.array(people.household[rows], mask=~living),
        }
    )


def registration_tables(whole: Population) -> Iterator[pa.Table]:
    first_door = doors_before(whole)
    for state in whole.rolls:
        for rows in chunks(in_file_order(whole, state)):
            yield registration_table(whole, state, whole.rolls[state].take(rows), first_door[state])


def registration_table(whole: Population, state: str, roll: Roll, first_door: int) -> pa.Table:
    text = Columns(whole, state, roll)
    return pa.table(
        {
            "person": roll.person,
            "state": text.state,
            "state_voter_id": published_ids(whole, state, roll),
            "kind": look_up(pool(KINDS), roll.kind),
            "county_fips": look_up(pool(c.fips for c in text.geo.counties), text.county),
            "household": first_door + roll.place,
            "house_number": words_together(text.number, text.fraction),
            "street": text.street_part("whole"),
            "unit": text.unit,
            "city": text.city,
            "zip5": text.zip5,
            "phone": text.phone,
            "email": text.email,
        }
    )
