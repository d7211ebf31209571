"""What marks cost: a recipient's extract of a million rows as the product writes it, with marks and hints and
without.

The extract is `views.export.write` of a governed question, with its record of rows and its hash. Without
marks it is joined to those of nobody. Processor seconds, each the least of some rounds that take turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import ibis
import pyarrow.parquet as pq
from bench import bench_view as base
from bench.leak_world import KEY, VERSION

from commonroll.agreements.profile import PERSON
from commonroll.roll.canonical.rows import write_rows
from commonroll.roll.engine import engine, ibis_engine
from commonroll.roll.layout.standing import with_days
from commonroll.roll.schema import SCORES, VOTERS
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.tracing import hints, marks
from commonroll.views.export import Format, write
from commonroll.views.hints import Hint
from commonroll.views.kept import forget
from commonroll.views.lent import Record
from commonroll.views.marked import Marked
from commonroll.views.view import Owned, Question, plan

Files = dict[str, tuple[str, ...]]
EXTRACTS = 60
SHOWN = (
    "first_name", "last_name", "residence_line1", "residence_city", "residence_zip5", "party", "sex",
    "birth_year", "phone", "score('turnout')",
)  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """Processor seconds: choosing positions once, a recipient's bits, an extract without marks and with."""

    once: float
    bits: float
    plain: float
    marked: float

    @property
    def share(self) -> float:
        """What marks add to sixty extracts, by what these take without."""
        return (self.once / EXTRACTS + self.bits + max(0.0, self.marked - self.plain)) / self.plain


def measured(folder: Path, rows: int, rounds: int, fmt: Format = "csv") -> Cost:
    """The cost of marks in a roll of so many rows."""
    files, table = roll(folder, rows)
    hint = hints.given(KEY, "national", "extract", {"score('turnout')": "turnout"})
    at, nobody = folder / "at.parquet", folder / "nobody.parquet"
    pq.write_table(marks.MARKS.empty_table(), nobody)
    once = _seconds(lambda: marks.marks([KEY], "first", "turnout", table, at, folder / "first.parquet"))
    bits, plain, marked = [], [], []
    for n in range(rounds):
        mine = folder / f"{n}.parquet"
        bits.append(_seconds(lambda to=mine, n=n: marks.marks([KEY], f"r{n}", "turnout", table, at, to)))
        for path, took, said in ((nobody, plain, {}), (mine, marked, {"m00": hint})):
            took.append(_seconds(lambda path=path, said=said: _written(folder, files, path, fmt, said)))
    return Cost(once - min(bits), min(bits), min(plain), min(marked))


def _seconds(act: Callable[[], object]) -> float:
    begun = time.process_time()
    act()
    return time.process_time() - begun


def _written(folder: Path, files: Files, of: Path, fmt: Format, said: Mapping[str, Hint]) -> None:
    to, record = folder / f"out.{fmt}", Record(folder / "vaults", "extract", "national")
    try:
        extract(files, of, to, fmt, record, said)
        record.keep()
    finally:
        record.discard()
        to.unlink(missing_ok=True)


def extract(
    files: Files, of: Path, to: Path, fmt: Format, record: Record | None = None, said: Mapping[str, Hint] = {}
) -> None:
    """Write the extract of a recipient whose marks are in `of`; `files`: table -> the owner's files; `said`:
    its order and form of numbers."""
    con = ibis_engine()
    forget(con)
    given, terms = base.owned(0), base.grant(0)
    columns = {name: mask for name, mask in terms.columns.items() if name != PERSON}
    terms = replace(terms, rows_per_export=None, columns=columns)
    owned = Owned(
        replace(given.tables, files=files), terms, given.election_day, marked=Marked({"turnout": str(of)})
    )
    asked = Question("national", "gotv", "export", None, columns=SHOWN)
    write(plan(con, asked, [owned], denied={}, names={}, now=base.NOW), to, fmt, record=record, hints=said)


def roll(folder: Path, rows: int) -> tuple[Files, Path]:
    """A roll with a score of everybody, as a vault holds them: files by table, and the score's own."""
    voters, scores, table = (folder / f"{name}.parquet" for name in ("voters", "scores", "turnout"))
    drawn = base._DRAWN | {
        "member": "'m00'", "state": "'00'", "county_fips": "printf('00%03d', h // 41 % 80)",
        "birth_date": "DATE '1925-01-01' + (h // 11 % 30500)::INT",
    }  # fmt: skip
    columns = ", ".join(f"({drawn.get(c.name, 'NULL')})::{base._TYPES[c.type]} AS {c.name}" for c in VOTERS)
    hashed = f"(SELECT i, (hash(i) % 9223372036854775807)::BIGINT AS h FROM range({rows}) t(i))"
    with closing(engine()) as con:
        made = con.execute(f"SELECT {columns} FROM {hashed} ORDER BY i").to_arrow_table()
        write_rows(ibis_engine().to_pyarrow(with_days(ibis.memtable(made))), VOTERS, voters)
        held = con.execute(
            "SELECT printf('%09d', i) AS state_voter_id, 'turnout' AS score, i * 7 % 1001 / 10 AS value, "
            f"'{VERSION}' AS version FROM range({rows}) t(i)"
        ).to_arrow_table()
    write_rows(held.cast(arrow_schema(SCORES)), SCORES, scores)
    pq.write_table(held.drop_columns("score"), table)
    return {VOTERS.name: (str(voters),), SCORES.name: (str(scores),)}, table
