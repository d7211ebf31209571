"""People on a list who asked to be left alone: heeded for sure voters, kept aside for the other rows.

An opt-out is an event of its own, never a fact. It stands with its list: undone, those whom no other source
names are reached again. A row that is decided to be a voter takes its opt-out along.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.insight.import_list import imports_of
from commonroll.roll.engine import engine
from commonroll.roll.schema import OPTOUTS
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.suppression import EVERYTHING
from commonroll.roll.vault.vault import Vault

FILE = "optouts.parquet"
"""Beside a kept list: line, channel, state_voter_id (null where the row is surely nobody), fresh (was not
left alone before)."""

OPT_OUT = "opt-out"


def asked(vault: Vault, people: Path, matched: Path) -> pa.Table:
    """Who asks for what on a list, with the columns of FILE."""
    held = vault.suppressed()
    with closing(engine()) as con:
        con.register("held", held.filter(pc.equal(held["reason"], OPT_OUT)))
        return con.execute(_ASKED, {"people": str(people), "matched": str(matched)}).to_arrow_table()


_ASKED = f"""
WITH said AS (
    SELECT line, unnest(optouts) AS channel FROM read_parquet($people)
)
SELECT said.line, said.channel, matched.state_voter_id,
    NOT EXISTS (
        SELECT 1 FROM held
        WHERE held.state_voter_id = matched.state_voter_id
            AND held.channel = CASE said.channel WHEN 'all' THEN '{EVERYTHING}' ELSE said.channel END
    ) AS fresh
FROM said JOIN read_parquet($matched) AS matched USING (line)
WHERE matched.verdict <> 'left_out'
ORDER BY line, channel
"""


def events(
    vault: Vault, import_id: str, rows: Iterable[Mapping[str, Any]], *, on: date, file: str, at: datetime
) -> pa.Table:
    """Rows of `asked` that have a voter as rows of `optouts`."""
    made = [
        {
            "event_id": _event_id(import_id, row),
            "owner": vault.member,
            "state_voter_id": row["state_voter_id"],
            "channel": row["channel"],
            "asked_on": on,
            "gathered_by": vault.member,
            "loaded_at": at.astimezone(UTC),
            "source_file": file,
            "source_line": row["line"],
        }
        for row in rows
        if row["state_voter_id"]
    ]
    return pa.Table.from_pylist(made, arrow_schema(OPTOUTS))


def told(vault: Vault, folder: Path, line: int = 0, voter: str = "") -> list[dict[str, Any]]:
    """The opt-outs of sure voters that a kept list brought, as rows of `optouts`; or those of one row of it,
    which was decided to be a voter. `folder`: of the list."""
    kept = _kept(folder)
    if voter:
        rows = [{**row, "state_voter_id": voter} for row in kept if row["line"] == line]
    else:
        rows = [row for row in kept if row["state_voter_id"]]
    if not rows:
        return []
    of = next(one for one in imports_of(vault) if one.import_id == folder.name)
    made = events(vault, folder.name, rows, on=of.dated_on, file=of.file_name, at=of.added_at)
    found: list[dict[str, Any]] = made.to_pylist()
    return found


def _event_id(import_id: str, row: Mapping[str, Any]) -> str:
    told = "|".join((import_id, "optout", str(row["line"]), row["channel"], row["state_voter_id"]))
    return sha256(told.encode()).hexdigest()


def take_back(vault: Vault, folder: Path) -> None:
    """Reach those again whom this list alone asked to leave alone. `folder`: of the kept list."""
    _lift(vault, folder.name, [row for row in _kept(folder) if row["state_voter_id"] and row["fresh"]])


def again(vault: Vault, folder: Path) -> None:
    """Leave those alone again whom the list names."""
    for channel, ids in _by_channel(row for row in _kept(folder) if row["state_voter_id"]).items():
        vault.suppress(ids, OPT_OUT, channel=channel)


def decided(vault: Vault, folder: Path, line: int, voter: str, *, stands: bool, at: datetime) -> None:
    """A row is a voter from now on, or not any more: its opt-out goes along."""
    rows = [{**row, "state_voter_id": voter} for row in _kept(folder) if row["line"] == line]
    if not rows:
        return
    if not stands:
        _lift(vault, folder.name, rows)
        return
    of = next(one for one in imports_of(vault) if one.import_id == folder.name)
    vault.append_events(
        OPTOUTS.name, events(vault, folder.name, rows, on=of.dated_on, file=of.file_name, at=at), now=at
    )
    for channel, ids in _by_channel(rows).items():  # a repeated event is known, and no more heeded
        vault.suppress(ids, OPT_OUT, channel=channel)


def _kept(folder: Path) -> list[dict[str, Any]]:
    path = folder / FILE
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist() if path.exists() else []
    return rows


def _lift(vault: Vault, import_id: str, rows: list[dict[str, Any]]) -> None:
    own = {_event_id(import_id, row) for row in rows}
    voters = list({row["state_voter_id"] for row in rows})
    files = list(vault.event_files(OPTOUTS.name))
    told = (
        pq.read_table(files, filters=[("state_voter_id", "in", voters)]).to_pylist() if files and rows else []
    )
    others = {(row["state_voter_id"], row["channel"]) for row in told if row["event_id"] not in own}
    alone = (row for row in rows if (row["state_voter_id"], row["channel"]) not in others)
    for channel, ids in _by_channel(alone).items():
        vault.lift(ids, OPT_OUT, channel=channel)


def _by_channel(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The channel as suppression names it -> voters."""
    found: dict[str, list[str]] = {}
    for row in rows:
        channel = EVERYTHING if row["channel"] == "all" else row["channel"]
        found.setdefault(channel, []).append(row["state_voter_id"])
    return found
