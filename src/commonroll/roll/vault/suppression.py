"""Who is left out of every read, of old snapshots too: protected lists, opt-outs, erased voters."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.roll.vault.catalogue import Catalogue, put_setting
from commonroll.roll.vault.renumbered import EARLIER, kept

REASONS: Mapping[str, str] = {
    "protected": "on the owner's list of protected voters",
    "flagged": "flagged as protected in the state's own file",
    "opt-out": "asked to be left alone",
    "erased": "erased at the voter's request",
    "stop": "asked any member to stop: the person, the number, the e-mail or the address",
    "shield": "on a list of protected persons that a member brought for all",
    "hygiene": "left alone on a channel by list hygiene; the owner can take it back",
    "door": "moved, died or not to be called on, said by two at the door or by the owner; can be taken back",
}
HYGIENE = "hygiene"
DOOR = "door"
EVERYTHING = ""
"""The channel of a suppression that leaves the voter out of every read."""

SCHEMA = pa.schema([(name, pa.string()) for name in ("state_voter_id", "reason", "channel")])
SINCE = pa.schema([(name, pa.string()) for name in ("state_voter_id", "channel", "since")])
VERSION = "suppression"
"""Setting that changes with every change of the table, so that readers can keep what they read."""

_HEADER = "state_voter_id"
_ID = re.compile(r"[!-~]{1,40}")
_SHOWN = 5
_AT_ONCE = 900


@dataclass(frozen=True)
class Suppression:
    """What a list did: lines read, ids named twice, ids new to the table, ids it already held.

    `not_on_roll` counts ids that the current snapshot does not have (None without a snapshot): a list whose
    ids lost their leading zeros would protect nobody, and this is where it shows.
    """

    lines: int
    repeated: int
    added: int
    already: int
    not_on_roll: int | None = None

    def as_dict(self) -> dict[str, int | None]:
        """The counts, JSON-ready."""
        return asdict(self)


def read_list(path: Path) -> list[str]:
    """The ids of a CSV file with one column, one id per line, header `state_voter_id` or none.

    Strict: UTF-8, no empty line, no second column, no spaces within an id. A list with one bad line is
    refused as a whole, with line numbers and counts, since a list that is half applied
    looks like a whole one.
    """
    try:
        rows = list(csv.reader(_text(path).splitlines(), strict=True))
    except csv.Error as error:
        raise Refusal(f"This is not a CSV file: {error}.", where=path.name, next_step=_NEXT) from error
    first = 1
    if rows and rows[0] == [_HEADER]:
        rows, first = rows[1:], 2
    bad = [first + i for i, row in enumerate(rows) if len(row) != 1 or not _ID.fullmatch(row[0])]
    if bad:
        lines = ", ".join(str(n) for n in bad[:_SHOWN]) + (", ..." if len(bad) > _SHOWN else "")
        what = f"{len(bad)} of {len(rows)} lines are not one id alone (line {lines})."
        raise Refusal(what, where=path.name, next_step=_NEXT)
    if not rows:
        raise Refusal("The list holds no id.", where=path.name, next_step=_NEXT)
    return [row[0] for row in rows]


_NEXT = "Nothing was changed. Save the list as UTF-8 text with one voter id per line, then load it again."


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"The list is not UTF-8 text (byte {error.start})."
        raise Refusal(what, where=path.name, next_step=_NEXT) from error


def add(catalogue: Catalogue, ids: Iterable[str], *, reason: str, channel: str, at: datetime) -> Suppression:
    """Leave voters out of every read from now on. Idempotent; the first reason's date stays.

    Raises Refusal for a reason outside REASONS.
    """
    if reason not in REASONS:
        known = ", ".join(REASONS)
        raise Refusal(
            f"There is no such reason. Reasons: {known}.", where="suppression", next_step="Name one."
        )
    named = list(ids)
    distinct = dict.fromkeys(named)
    rows = [(voter, channel, reason, at.isoformat()) for voter in distinct]
    with catalogue.writing() as db:
        before = db.total_changes
        db.executemany("INSERT OR IGNORE INTO suppressed VALUES (?, ?, ?, ?)", rows)
        added = db.total_changes - before
        if added:
            put_setting(db, VERSION, uuid4().hex)
    return Suppression(len(named), len(named) - len(distinct), added, len(distinct) - added)


def follow(catalogue: Catalogue, pairs: pa.Table) -> int:
    """Leave voters out under the id they have now as well, for the reasons and since the days of the earlier
    one. `pairs`: earlier_id, state_voter_id. How many rows are new."""
    held = table(catalogue, catalogue.setting(VERSION))["state_voter_id"]
    mine = pairs.filter(pc.is_in(pairs[EARLIER], value_set=held.combine_chunks()))
    moves = list(zip(mine["state_voter_id"].to_pylist(), mine[EARLIER].to_pylist(), strict=True))
    if not moves:
        return 0
    with catalogue.writing() as db:
        before = db.total_changes
        query = (
            "INSERT OR IGNORE INTO suppressed (state_voter_id, channel, reason, since) "
            "SELECT ?, channel, reason, since FROM suppressed WHERE state_voter_id = ?"
        )
        db.executemany(query, moves)
        added = db.total_changes - before
        stopped = "INSERT OR IGNORE INTO stopped SELECT ?, kind, token FROM stopped WHERE state_voter_id = ?"
        db.executemany(stopped, moves)
        if added:
            put_setting(db, VERSION, uuid4().hex)
    return added


def lift(catalogue: Catalogue, ids: Iterable[str], *, reason: str, channel: str = EVERYTHING) -> int:
    """Take voters off the table again, for one reason and channel; how many rows went."""
    with catalogue.writing() as db:
        before = db.total_changes
        query = "DELETE FROM suppressed WHERE state_voter_id = ? AND channel = ? AND reason = ?"
        db.executemany(query, [(voter, channel, reason) for voter in set(ids)])
        lifted = db.total_changes - before
        if lifted:
            put_setting(db, VERSION, uuid4().hex)
    return lifted


def table(catalogue: Catalogue, version: str | None) -> pa.Table:
    """Who is left out today: state_voter_id, reason, channel ('' = every read).

    `version` is the catalogue's setting VERSION, which the caller has just read.
    """
    return _table(catalogue.path, catalogue.member, version) if version else SCHEMA.empty_table()


@lru_cache(maxsize=256)
def _table(path: Path, member: str, version: str) -> pa.Table:
    with Catalogue(path, member).reading() as db:
        query = "SELECT state_voter_id, reason, channel FROM suppressed"
        rows = [tuple(row) for row in db.execute(query)] if db else []
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table([pa.array(column, pa.string()) for column in columns], schema=SCHEMA)


def leavers(catalogue: Catalogue, reasons: Sequence[str], reports: Path) -> pa.Table:
    """Who is to leave what is out already: state_voter_id, channel, since (ISO), for these reasons.

    Whoever stood under other ids before has a row for each of them (`reports`: the vault's folder of that
    name).
    """
    marks = ", ".join("?" for _ in reasons)
    query = f"SELECT state_voter_id, channel, since FROM suppressed WHERE reason IN ({marks})"
    with catalogue.reading() as db:
        rows = [tuple(row) for row in db.execute(query, tuple(reasons))] if db else []
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    found = pa.table([pa.array(column, pa.string()) for column in columns], schema=SINCE)
    for pairs in reversed(list(kept(reports))):
        before = pairs.select([EARLIER, _HEADER]).join(found, _HEADER, join_type="inner")
        earlier = before.drop_columns(_HEADER).rename_columns({EARLIER: _HEADER}).select(SINCE.names)
        found = pa.concat_tables([found, earlier.cast(SINCE)])
    return found


def since(catalogue: Catalogue, ids: Sequence[str], channels: Sequence[str]) -> dict[str, datetime]:
    """Those of these voters who are left out on one of the channels, with the earliest time since when."""
    found: dict[str, datetime] = {}
    with catalogue.reading() as db:
        for first in range(0, len(ids), _AT_ONCE):
            if db is None:
                break
            some = ids[first : first + _AT_ONCE]
            voters, of = (", ".join("?" for _ in one) for one in (some, channels))
            query = (
                "SELECT state_voter_id, min(since) FROM suppressed "
                f"WHERE state_voter_id IN ({voters}) AND channel IN ({of}) GROUP BY 1"
            )
            found |= {voter: moment(at) for voter, at in db.execute(query, (*some, *channels))}
    return found


def moment(since: str) -> datetime:
    """When somebody was left out first, as the table has it."""
    return datetime.fromisoformat(since)


def counted(done: Suppression, ids: Iterable[str], voters: Sequence[str]) -> Suppression:
    """`done` with the count of distinct ids that the Parquet files `voters` do not hold."""
    with closing(engine()) as cursor:
        backend = ibis.duckdb.from_connection(cursor)
        named = ibis.memtable(pa.table({"state_voter_id": pa.array(list(ids), pa.string())})).distinct()
        roll = backend.read_parquet(list(voters)).select("state_voter_id")
        missing = int(backend.execute(named.anti_join(roll, "state_voter_id").count()))
    return replace(done, not_on_roll=missing)
