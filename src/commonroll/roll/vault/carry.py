"""A piece of a state's delivery: the rest of the roll is carried over from the snapshot before.

Some states hand out a county at a time. Rows of counties that a piece does not hold stay as they are; of
elections and ballots every row stays that the piece does not hold anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import ibis
import ibis.expr.types as ir

from ..engine import ibis_engine
from ..schema import BALLOTS, DISTRICTS, HISTORY, VOTERS, Table
from .vault import Snapshot, Vault

Staged = Mapping[str, Sequence[Path]]
Rows = Callable[[Table], ir.Table | None]
KEY = "key_"
CARRIED = "carried.json"
"""In the folder of a load's raw lines: the earlier loads whose lines its snapshot still has rows of."""


def with_the_rest(
    vault: Vault, before: Snapshot, staged: Staged, folder: Path, *, lines_alone: bool = False
) -> Staged:
    """The staged files of a piece and, written to `folder`, those of the rows that it leaves as they were.

    `lines_alone`: the piece is single lines, so that the other voters of their counties stay, too.
    """
    backend = ibis_engine()

    def old(table: Table) -> ir.Table | None:
        known = table.name in before.versions
        return backend.read_parquet(list(vault.files(before, table.name))) if known else None

    def new(table: Table) -> ir.Table | None:
        files = [str(path) for path in staged.get(table.name, ())]
        return backend.read_parquet(files) if files else None

    whole = {name: list(paths) for name, paths in staged.items()}
    for table, rows in _carried(old, new, lines_alone):
        path = folder / table.name / f"carried-{uuid4().hex}.parquet"
        path.parent.mkdir(exist_ok=True)
        backend.to_parquet(rows.select(*table.names), path, compression="zstd")
        whole[table.name].append(path)
    return whole


def _carried(old: Rows, new: Rows, lines_alone: bool) -> Iterator[tuple[Table, ir.Table]]:
    voters, delivered = old(VOTERS), new(VOTERS)
    gone = None
    if voters is not None and delivered is not None:
        kept = voters if lines_alone else _of_other_counties(voters, delivered)
        stays = kept.anti_join(delivered, "state_voter_id")
        yield VOTERS, stays
        districts = old(DISTRICTS)
        if districts is not None and new(DISTRICTS) is not None:
            yield DISTRICTS, districts.semi_join(stays, "state_voter_id")
        gone = voters.anti_join(stays, "state_voter_id").anti_join(delivered, "state_voter_id")
    for table in (HISTORY, BALLOTS):
        rows, found = old(table), new(table)
        if rows is not None and found is not None:
            left = _keyed(rows, table).anti_join(_keyed(found, table), KEY)
            yield table, left if gone is None else left.anti_join(gone, "state_voter_id")


def _of_other_counties(voters: ir.Table, delivered: ir.Table) -> ir.Table:
    counties = delivered.select("county_fips").distinct()
    return voters.anti_join(counties, "county_fips")


def _keyed(rows: ir.Table, table: Table) -> ir.Table:
    cells = [rows[name].cast("string").fill_null("") for name in table.key]
    return rows.mutate(**{KEY: ibis.literal("\x1f").join(cells)})


def loads_behind(vault: Vault, load: str) -> list[str]:
    """The load and the earlier ones whose lines its snapshot has rows of, the newest first."""
    path = vault.path / "raw" / load / CARRIED
    return [load, *(json.loads(path.read_text("utf-8")) if path.exists() else [])]


def note_carried(raw: Path, earlier: Sequence[str]) -> None:
    """Keep beside a load's raw lines, in the folder `raw`, which loads its carried rows came from."""
    (raw / CARRIED).write_text(json.dumps(list(earlier)), "utf-8")
