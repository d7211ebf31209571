"""Whose rows stand in which extract: a record of keyed hashes in the owner's vault, made with it.

`lent/<extract>.parquet` of a vault has `mark` (64 bits of an HMAC of the id or pseudonym in the row) and
`row_no` (from 1, in the extract's file), sorted by `mark`. The key is the record's own and stands in its
metadata: two records have nothing in common, no id stands in them, and a redaction leaves them as they are.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files as resources
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.roll.engine import engine
from commonroll.views.pseudonyms import hmac_macro, keyed

FOLDER = "lent"
KEY_BYTES = 32
_KEY, _BY = b"commonroll.key", b"commonroll.carried"
_RECORD = pa.schema([("mark", pa.uint64()), ("row_no", pa.int64())])
_MARK = "CAST('0x' || left(commonroll_hmac($inner, $outer, token), 16) AS UBIGINT)"
_MARKS = f"SELECT {_MARK} AS mark, row_no FROM rows"


def record_of(vaults: Path, owner: str, extract: str) -> Path:
    """Where the record of an extract lies in an owner's vault."""
    return vaults / owner / FOLDER / f"{extract}.parquet"


class Record:
    """Notes the rows of an extract for each owner but the viewer, while the extract is written.

    `keep` puts the records in place, `discard` leaves nothing of them.
    """

    def __init__(self, vaults: Path, extract: str, viewer: str) -> None:
        self.vaults = vaults
        self.extract = extract
        self.viewer = viewer
        self._open: dict[str, _Part] = {}

    def add(self, owners: Sequence[str], rows: pa.Table, first: int) -> None:
        """Note `rows` (owner_no and the ids carried), the first of which is row `first` of the file; where
        several stand in one row of it, they carry its `row_no`."""
        numbers = pa.array(range(first, first + rows.num_rows), pa.int64())
        if "row_no" in rows.column_names:
            numbers = rows["row_no"]
        ids = [rows[name] for name in ("voter_ref", "state_voter_id") if name in rows.column_names]
        table = pa.table({"token": pc.coalesce(*ids), "row_no": numbers, "owner_no": rows["owner_no"]})
        for number in pc.unique(rows["owner_no"]).to_pylist():
            owner = owners[number - 1]
            if owner == self.viewer:
                continue
            mine = pc.equal(rows["owner_no"], number)
            by_ref = "voter_ref" in rows.column_names and bool(
                pc.any(pc.is_valid(rows["voter_ref"].filter(mine))).as_py()
            )
            if owner not in self._open:
                self._open[owner] = _Part(record_of(self.vaults, owner, self.extract), by_ref)
            self._open[owner].add(table.filter(mine).select(["token", "row_no"]))

    def keep(self) -> None:
        """Put every owner's record in place, sorted, so that few of its bytes answer who is in it."""
        for part in self._open.values():
            part.keep()

    def discard(self) -> None:
        """Remove what was noted, kept or not."""
        for part in self._open.values():
            part.discard()


class _Part:
    """One owner's record while it grows."""

    def __init__(self, path: Path, by_ref: bool) -> None:
        self.path = path
        self.aside = path.with_name(f".{path.name}.part")
        self.key = secrets.token_bytes(KEY_BYTES)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.said = {_KEY: self.key.hex().encode(), _BY: b"voter_ref" if by_ref else b"state_voter_id"}
        self.writer = pq.ParquetWriter(self.aside, _RECORD)

    def add(self, rows: pa.Table) -> None:
        inner, outer = keyed(self.key)
        with closing(engine()) as con:
            con.execute(hmac_macro())
            con.register("rows", rows)
            found = con.execute(_MARKS, {"inner": inner, "outer": outer})
            self.writer.write_table(found.to_arrow_table().cast(_RECORD))

    def keep(self) -> None:
        self.writer.close()
        sorted_aside = self.path.with_name(f".{self.path.name}.sorted.part")
        with closing(engine()) as con:
            rows = con.execute("SELECT mark, row_no FROM read_parquet(?) ORDER BY mark", [str(self.aside)])
            with pq.ParquetWriter(
                sorted_aside, _RECORD.with_metadata(self.said), compression="zstd"
            ) as writer:
                for batch in rows.to_arrow_reader(100_000):
                    writer.write_batch(batch.cast(writer.schema))
        sorted_aside.chmod(0o600)
        sorted_aside.replace(self.path)
        self.aside.unlink()

    def discard(self) -> None:
        self.writer.close()
        self.aside.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Lent:
    """An extract to be looked through: its record, when it was begun, the channels that its columns open.

    `pseudonyms` is the key of the agreement's pseudonyms.
    """

    path: Path
    begun: datetime
    channels: frozenset[str]
    pseudonyms: bytes


@dataclass(frozen=True)
class Found:
    """A row of one of these people in an extract; `voter_ref` where the extract carries pseudonyms."""

    path: Path
    row: int
    voter_ref: str


def look_up(persons: pa.Table, lent: Sequence[Lent]) -> list[Found]:
    """The rows of `persons` (state_voter_id, channel, since: texts, '' = every channel) in these extracts.

    A person counts for an extract that was begun before `since`, and for a channel that its columns open. One
    scan of the records; ids stay in the engine.
    """
    here = [one for one in lent if one.path.exists()]
    if not here or not persons.num_rows:
        return []
    with closing(engine()) as con:
        con.execute(hmac_macro())
        con.register("persons", _dated(persons))
        con.register("records", _records(here))
        rows = con.execute(_sql("lent"), {"paths": [str(one.path) for one in here]}).fetchall()
    return [Found(Path(path), row, ref or "") for path, row, ref in rows]


def voters_in(voters: Sequence[str], lent: Sequence[Lent]) -> pa.Table:
    """Which voters of a roll (its files) stand in which extracts: extract (the record), state_voter_id.

    Every voter is hashed for every extract: to be asked of few extracts, where it decides something.
    """
    here = [one for one in lent if one.path.exists()]
    if not here or not voters:
        return _IN.empty_table()
    with closing(engine()) as con:
        con.execute(hmac_macro())
        con.register("records", _records(here))
        paths = [str(one.path) for one in here]
        found = con.execute(_sql("lent_voters"), {"voters": list(voters), "paths": paths})
        return found.to_arrow_table().cast(_IN)


_IN = pa.schema([("extract", pa.string()), ("state_voter_id", pa.string())])


def _dated(persons: pa.Table) -> pa.Table:
    """With `since` as a time that compares, whatever zone it was written in."""
    since = [datetime.fromisoformat(text) for text in persons["since"].to_pylist()]
    at = persons.column_names.index("since")
    return persons.set_column(at, "since", pa.array(since, pa.timestamp("us", "UTC")))


def _records(lent: Sequence[Lent]) -> pa.Table:
    rows: list[Mapping[str, object]] = []
    for one in lent:
        said = pq.read_schema(one.path).metadata
        inner, outer = keyed(bytes.fromhex(said[_KEY].decode()))
        ref = keyed(one.pseudonyms) if said[_BY] == b"voter_ref" else (None, None)
        rows.append(
            {"path": str(one.path), "inner_block": inner, "outer_block": outer, "ref_inner": ref[0],
             "ref_outer": ref[1], "started": one.begun, "channels": sorted(one.channels)}
        )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=_RECORDS)


_RECORDS = pa.schema(
    [
        ("path", pa.string()),
        ("inner_block", pa.binary()),
        ("outer_block", pa.binary()),
        ("ref_inner", pa.binary()),
        ("ref_outer", pa.binary()),
        ("started", pa.timestamp("us", "UTC")),
        ("channels", pa.list_(pa.string())),
    ]
)


@cache
def _sql(name: str) -> str:
    return (resources(__package__) / f"{name}.sql").read_text(encoding="utf-8")
