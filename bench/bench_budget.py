"""A list for a recipient whose contact budget is used up with one owner for many households (decision 82).

50 owners, 5M voters. The same question is asked with and without voters whom a budget leaves out below it:
planning, compiling and fetching, in seconds of the processor, medians of interleaved rounds. Bar: at most
1.25 times the question without budgets, or at most 20 ms more; no voter who is left out may be in the list.
Who is left out is found once for a cut (`insight/budget.py`), beside the question; that is not timed here.
One JSON line per figure on stdout.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import bench_view as base

from commonroll.insight.budget import REASON
from commonroll.roll.engine import configure, ibis_engine
from commonroll.views.view import Owned, plan

ROUNDS, RATIO, ADDED = 9, 1.25, 0.020
GONE = (10_000, 50_000)
"""Voters of the first owner, of about 100,000, who are in households without a contact left."""


def without(con: Any, owners: Sequence[Owned], many: int) -> list[Owned]:
    """The owners, the first without `many` of its voters, as `permits` leaves them out, on every channel."""
    first = owners[0]
    ids = con.con.execute(
        "SELECT state_voter_id FROM voters WHERE file_index = 0 ORDER BY state_voter_id LIMIT ?", [many]
    ).fetchall()
    schema = first.tables.suppressed.schema
    columns = {name: [None] * len(ids) for name in schema.names}
    columns |= {
        "state_voter_id": [row[0] for row in ids],
        "reason": [REASON] * len(ids),
        "channel": [""] * len(ids),
    }
    gone = pa.Table.from_pydict(columns, schema=schema)
    return [replace(first, tables=replace(first.tables, suppressed=gone)), *owners[1:]]


def asked_once(con: Any, asked: base.Asked, owners: Sequence[Owned]) -> int:
    """Plan, compile and fetch; how many rows came."""
    made = plan(con, asked.question, list(owners), denied={}, names={}, now=base.NOW)
    sql = con.compile(base._ordered(made))
    con._run_pre_execute_hooks(made.expression)
    return len(base._fetched(con.con, sql))


def shown(con: Any, asked: base.Asked, owners: Sequence[Owned]) -> bool:
    """Whether a list shows a voter of the first owner who is left out."""
    gone = set(owners[0].tables.suppressed["state_voter_id"].to_pylist())
    made = plan(con, asked.question, list(owners), denied={}, names={}, now=base.NOW)
    return any(owner == 0 and voter in gone for owner, voter, *_ in base.answer(made))


def cpu(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def measure(con: Any, asked: base.Asked, owners: Sequence[Owned], many: int) -> bool:
    less = without(con, owners, many)
    for one in (owners, less):
        asked_once(con, asked, one)
    plain, held = [], []
    for _ in range(ROUNDS):
        plain.append(cpu(partial(asked_once, con, asked, owners)))
        held.append(cpu(partial(asked_once, con, asked, less)))
    bare, took = statistics.median(plain), statistics.median(held)
    ok = (took <= RATIO * bare or took - bare <= ADDED) and not shown(con, asked, less)
    bar = f"ratio {took / bare:.2f} <= {RATIO} or added {(took - bare) * 1000:.0f} <= {ADDED * 1000:.0f} ms"
    base._print(f"budget: {asked.name}, {many:,} voters left out", took, bare, bar, ok)
    return ok


def main() -> int:
    configure(memory="3GB", threads=2)
    con = ibis_engine()
    base.make_files(con)
    files = [str(base.path_of("voters", number)) for number in range(base.OWNERS)]
    con.raw_sql(f"CREATE TEMP VIEW voters AS SELECT *, file_index FROM read_parquet({files})")
    owners = [base.owned(number) for number in range(base.OWNERS)]
    # a cut alone is held against budgets, so counts are not asked
    asked = next(one for one in base.QUESTIONS if one.name == "list of 10,000")
    done = [measure(con, asked, owners, many) for many in GONE]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
