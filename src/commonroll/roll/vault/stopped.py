"""What a member was told of stops, as keyed hashes, and which of its voters stand behind them.

Two tables of the catalogue: `stop` is this vault's copy of the federation's register, `stopped` says which of
the member's voters are meant, or have or had the number, e-mail or address. Whom every read leaves out
follows from the two alone (`settle`), so that what is undone leaves no trace of its own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import NamedTuple
from uuid import uuid4

import pyarrow as pa

from commonroll.roll.vault.catalogue import Catalogue, put_setting
from commonroll.roll.vault.suppression import VERSION

STOP, SHIELD = "stop", "shield"
"""Reasons in the suppression table that follow from stops: somebody asked; a list of protected persons."""
KNOWN = "stops"
"""Setting that says how far this vault has come."""


class Stop(NamedTuple):
    """One stop in force, by one channel of the suppression table ('' = every read)."""

    seq: int
    kind: str
    token: str
    channel: str
    reason: str
    since: str


class Link(NamedTuple):
    """A voter of this member behind a hash."""

    state_voter_id: str
    kind: str
    token: str


@dataclass(frozen=True)
class Known:
    """How far a vault has come: the register's last number, and in which of its files it has looked."""

    seq: int = 0
    files: Sequence[str] = field(default_factory=list)

    @classmethod
    def read(cls, text: str | None) -> Known:
        """From the setting KNOWN."""
        return cls(**json.loads(text)) if text else cls()

    def as_text(self) -> str:
        """The setting's text."""
        return json.dumps(asdict(self), sort_keys=True)


def take(
    catalogue: Catalogue,
    *,
    stops: Iterable[Stop] = (),
    undone: Iterable[int] = (),
    links: Iterable[Link] = (),
    known: Known,
    anew: bool = False,
) -> int:
    """Take in what was told and found, and settle who is left out; how many rows of suppression changed.

    One transaction. `undone`: numbers of stops that are in force no more. `anew`: `stops` is the whole
    register. Idempotent.
    """
    with catalogue.writing() as db:
        if anew:
            db.execute("DELETE FROM stop")
        db.executemany("INSERT OR IGNORE INTO stop VALUES (?, ?, ?, ?, ?, ?)", stops)
        db.executemany("DELETE FROM stop WHERE seq = ?", [(seq,) for seq in undone])
        db.executemany("INSERT OR IGNORE INTO stopped VALUES (?, ?, ?)", links)
        put_setting(db, KNOWN, known.as_text())
        changed = settle(db)
        if changed:
            put_setting(db, VERSION, uuid4().hex)
    return changed


def settle(db: sqlite3.Connection) -> int:
    """Make the suppressions that follow from the two tables, and those alone; how many rows changed."""
    db.execute("CREATE TEMP TABLE wanted AS " + _WANTED)
    gone = db.execute(_GONE).rowcount
    came = db.execute("INSERT OR IGNORE INTO main.suppressed SELECT * FROM temp.wanted").rowcount
    db.execute("DROP TABLE temp.wanted")
    return gone + came


_WANTED = """
SELECT stopped.state_voter_id, stop.channel, stop.reason, min(stop.since) AS since
FROM stop JOIN stopped USING (kind, token)
GROUP BY 1, 2, 3
"""
_GONE = f"""
DELETE FROM main.suppressed
WHERE reason IN ('{STOP}', '{SHIELD}') AND (state_voter_id, channel, reason) NOT IN (
    SELECT state_voter_id, channel, reason FROM temp.wanted
)
"""


def known(catalogue: Catalogue) -> Known:
    """How far the vault has come."""
    return Known.read(catalogue.setting(KNOWN))


def links_of(catalogue: Catalogue, voters: Sequence[str]) -> list[Link]:
    """What these voters have that a stop was ever about."""
    return _links(catalogue, "state_voter_id", voters)


def voters_of(catalogue: Catalogue, tokens: Sequence[str]) -> list[Link]:
    """Which voters stand behind these hashes."""
    return _links(catalogue, "token", tokens)


def _links(catalogue: Catalogue, column: str, values: Sequence[str]) -> list[Link]:
    with catalogue.reading() as db:
        if db is None or not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'stopped'").fetchone():
            return []
        query = f"SELECT * FROM stopped WHERE {column} IN (SELECT value FROM json_each(?)) ORDER BY 1, 2, 3"
        return [Link(*row) for row in db.execute(query, (json.dumps(list(values)),))]


def in_force(catalogue: Catalogue, kinds: Sequence[str]) -> pa.Table:
    """The hashes of the stops in force of these kinds: kind, token; each once."""
    with catalogue.reading() as db:
        query = "SELECT DISTINCT kind, token FROM stop WHERE kind IN (SELECT value FROM json_each(?))"
        rows = db.execute(query, (json.dumps(list(kinds)),)).fetchall() if db else []
    return pa.table(
        {
            "kind": pa.array([row["kind"] for row in rows], pa.string()),
            "token": pa.array([row["token"] for row in rows], pa.string()),
        }
    )
