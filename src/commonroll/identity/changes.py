"""Which records of a roll changed since its last linking; the records themselves, kept for the next one.

A registrant's fingerprint (`linking_prints.sql`) tells who is written as before. Only the others, and those
with a value that has become crowded or no longer is, get a record anew; the rest are kept (`Patched`). A
record made anew counts as changed, though it may be what it was: to compare it with others costs less than to
read the kept ones for what it was.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.identity import crowds, records
from commonroll.identity.patched import Patched, parquet
from commonroll.identity.work import Rows, Work, copy
from commonroll.roll.engine import ibis_engine

WORN = 0.2
"""Share of the base that may be replaced before it is written anew."""
IDS = pa.schema([("record", pa.string())])
"""Ids of registrants."""


@dataclass(frozen=True)
class Roll:
    """One member's roll: Parquet files of `voters`, those of the snapshot before, the day that it is of."""

    member: str
    voters: Sequence[str]
    before: Sequence[str]
    as_of: date


class Changes:
    """One linking's steps from the roll to its records.

    `last`: the files of the last linking by what they hold; None where everything is compared. `next_`: the
    snapshot before is the one that was linked. `whole`: the base is to be written anew, whatever stays of it.
    """

    def __init__(
        self, work: Work, roll: Roll, last: Mapping[str, Path] | None, *, next_: bool, whole: bool
    ) -> None:
        self.work, self.roll, self.last, self.next, self.whole = work, roll, last, next_, whole

    def find(self) -> None:
        """Make prints, crowds, records, patch and replaced; changed and gone, where there was a linking."""
        voters = f"(SELECT *, {crowds.keyed()} FROM {parquet(*self.roll.voters)})"
        self.work.asked("prints", 0.0, {"voters": voters}, {"as_of": self.roll.as_of})
        counted = crowds.crowds(parquet(self.work.at("prints")))
        self.work.step("crowds", 0.05, lambda to: copy(counted, to, {}, {}))
        if self.last is None:
            self.work.step("records", 0.06, lambda to: self._made(to, None))
            self._unpatched()
        else:
            self._compare(self.last)

    def _compare(self, last: Mapping[str, Path]) -> None:
        at, asked = self.work.at, self.work.asked
        prints = {"prints": at("prints")}
        asked("differing", 0.06, {**prints, "prints_before": last["prints"]})
        differing = {"differing": at("differing")}
        crowded = {"crowds": at("crowds"), "crowds_before": last["crowds"]}
        before = {"records_before": patched(last)}
        moved = {"voters": parquet(*self.roll.voters), "earlier": self._earlier()}
        asked("candidates", 0.08, {**prints, **differing, **crowded, **before, **moved})
        self.work.step("changed", 0.1, lambda to: self._made(to, at("candidates")))
        touched: dict[str, Rows] = {"changed": at("changed"), "gone": self.gone}
        asked("delta", 0.18, {**touched, "patch_before": last["patch"]})
        asked("undone", 0.19, {**touched, "replaced_before": last["replaced"]})
        if self.whole or rows(at("undone")) > WORN * rows(last["records"]):
            all_ = Patched(last["records"], at("delta"), at("undone"))
            self.work.step("records", 0.2, lambda to: copy(f"FROM {all_.sql()}", to, {}, {}))
            self._unpatched()
        else:
            self.work.step("patch", 0.2, lambda to: os.link(at("delta"), to))
            self.work.step("replaced", 0.2, lambda to: os.link(at("undone"), to))

    @property
    def files(self) -> dict[str, Path]:
        """Files of prints, crowds, records, patch and replaced of today."""
        made = {what: self.work.at(what) for what in ("prints", "crowds", "records", "patch", "replaced")}
        if self.last is not None and not made["records"].exists():
            made["records"] = self.last["records"]
        return made

    @property
    def changed(self) -> pa.Table | None:
        """member, record of records that were made anew; None: all."""
        return pq.read_table(self.work.at("changed"), columns=["member", "record"]) if self.last else None

    @property
    def arrived(self) -> pa.Table | None:
        """record of who is new on the roll; None: all, or whoever reads it is to begin anew as well."""
        if self.last is None or self.files["records"] != self.last["records"]:
            return None
        return pq.read_table(self.work.at("differing"), columns=["record"], filters=[("arrived", "=", True)])

    @property
    def gone(self) -> str:
        """SQL: record of who has left the roll since the last linking."""
        return f"(SELECT record FROM {parquet(self.work.at('differing'))} WHERE gone)"

    def count(self) -> int:
        """How many records were made anew."""
        return rows(self.work.at("changed" if self.last else "records"))

    def _unpatched(self) -> None:
        empty = pq.read_schema(self.work.at("records")).empty_table()
        self.work.step("patch", 0.2, lambda to: pq.write_table(empty, to))
        self.work.step("replaced", 0.2, lambda to: pq.write_table(IDS.empty_table(), to))

    def _earlier(self) -> str:
        """The snapshot before, where who moved since is not told by fingerprints alone."""
        known = self.next or not self.roll.before
        return f"(FROM {parquet(*self.roll.voters)} LIMIT 0)" if known else parquet(*self.roll.before)

    def _made(self, to: Path, of: Path | None) -> None:
        """Link records of the roll, or of some; the snapshot before tells whence they moved."""
        backend = ibis_engine()

        def read(paths: Sequence[str]) -> ir.Table:
            table = backend.read_parquet(list(paths))
            if of is None:
                return table
            return table.semi_join(backend.read_parquet(of), [("state_voter_id", "record")])

        made = records.records(
            read(self.roll.voters),
            self.roll.member,
            before=read(self.roll.before) if self.roll.before else None,
            as_of=self.roll.as_of,
            crowded=backend.read_parquet(self.work.at("crowds")),
        )
        made.to_parquet(to)


def patched(files: Mapping[str, Path]) -> Patched:
    """The records of a linking by its files."""
    return Patched(files["records"], files["patch"], files["replaced"])


def rows(path: Path) -> int:
    """How many rows a Parquet file has."""
    return int(pq.read_metadata(path).num_rows)
