"""Which pairs of one roll follow from what changed on it, and which of them are sure: a linking's first half.

Steps write a file each, so that the next linking goes on where a killed one was. What they leave are ids and
scores; names stand in the records that a redaction rewrites (`roll/redaction/linked.py`).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import duckdb
import ibis
import ibis.expr.operations as ops
import pyarrow as pa

from commonroll.identity import link, models, verdicts
from commonroll.identity.blocking import RULES
from commonroll.identity.changes import IDS, Changes, Roll, patched
from commonroll.identity.judgements import PAIR
from commonroll.identity.model import Model
from commonroll.identity.patched import Patched
from commonroll.identity.work import Progress, Work, copy
from commonroll.roll.engine import ibis_engine
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.persons import Linked
from commonroll.roll.vault.vault import Snapshot, Vault

_CARRIED = ("pairs", "verdicts", "prints", "crowds", "records", "patch", "replaced", "model")
"""What one linking leaves to the next, beside the persons and the events."""


@dataclass(frozen=True)
class Found:
    """Files of the last or of this run; how many records were compared; who is new on the roll (`record`),
    None where that is not known."""

    files: Mapping[str, Path]
    model: str
    changed: int
    arrived: pa.Table | None


class Finding:
    """One linking under way, alone in its vault, with a lease on its snapshot. `last`: the one before."""

    def __init__(
        self,
        vault: Vault,
        snapshot: Snapshot,
        last: Linked | None,
        model: Model | None,
        anew: bool,
        now: datetime,
        tell: Progress,
    ) -> None:
        self.vault, self.snapshot, self.last, self.now, self.tell = vault, snapshot, last, now, tell
        self.folder = vault.path / kept.LINKS
        self.name = f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
        self.voters = list(vault.files(snapshot, VOTERS.name))
        self.roll = roll_of(snapshot)
        self.model = model or self._own() or models.shipped()
        self.was = None if anew else self._was()
        basis = [self.roll, last.run if last else "", self.model.version, str(anew)]
        name = kept.WORK.replace("*", sha256("|".join(basis).encode()).hexdigest()[:16])
        self.work = Work(self.folder / name, tell)

    def _own(self) -> Model | None:
        """The model of the last linking, if this program's comparisons and rules are still those it was made
        for."""
        model = models.readable(self.vault.path / self.last.files["model"]) if self.last else None
        return model if model and {rule.name for rule in RULES} >= set(model.rules) else None

    def _was(self) -> dict[str, Path] | None:
        """The files of the last linking, if what it found still counts."""
        if self.last is None or not set(_CARRIED) <= set(self.last.files):
            return None
        if (self.last.model, self.last.engine) != (self.model.version, duckdb.__version__):
            return None
        files = {what: self.vault.path / name for what, name in self.last.files.items()}
        return files if all(path.exists() for path in files.values()) else None

    def found(self) -> Found:
        """Pairs and verdicts of this snapshot: the last linking's where nothing changed since."""
        self._clear()
        if self.last is not None and self.was is not None and self.last.roll == self.roll:
            files = {what: self.was[what] for what in _CARRIED}
            return Found(files, self.last.model, 0, IDS.empty_table())
        self.work.begin()
        with ExitStack() as held:
            changes = self._changes(held)
            changes.find()
        self.work.step("scored", 0.25, lambda to: self._scored(to, changes))
        self._pairs(changes)
        records = patched(changes.files)
        read = f"(SELECT {', '.join(verdicts.READ)}, county_fips FROM {records.sql()})"
        self.work.asked("seen", 0.78, {"records": read, "pairs": self.work.at("pairs")})
        self.work.step("verdicts", 0.8, lambda to: self._verdicts(to, records))
        files = {what: self.work.at(what) for what in ("pairs", "verdicts", "model")} | changes.files
        return Found(files, models.load(files["model"]).version, changes.count(), changes.arrived)

    def _changes(self, held: ExitStack) -> Changes:
        older = [one for one in self.vault.snapshots() if one.number < self.snapshot.number][:1]
        for one in older:
            held.enter_context(self.vault.lease(one))
        before = [path for one in older for path in self.vault.files(one, VOTERS.name)]
        roll = Roll(self.vault.member, self.voters, before, self.snapshot.made_at.date())
        next_ = self.last is not None and [self.last.snapshot] == [one.number for one in older]
        return Changes(self.work, roll, self.was, next_=next_, whole=not self._base_stands())

    def _base_stands(self) -> bool:
        """Whether the snapshot that the kept records were first made of is retained: no name outlives it."""
        return self.last is not None and self.last.base in {one.number for one in self.vault.snapshots()}

    def _clear(self) -> None:
        """Remove what killed linkings of other rolls left: their records hold names."""
        for left in self.folder.glob(kept.WORK):
            if left != self.work.folder:
                shutil.rmtree(left)

    def _scored(self, to: Path, changes: Changes) -> None:
        linked = link.link(
            patched(changes.files),
            None,
            self.model,
            to,
            changed=changes.changed,
            progress=lambda what, share: self.tell(what, 0.25 + share / 2),
        )
        models.write(linked.model, self.work.at("model"))

    def _pairs(self, changes: Changes) -> None:
        if self.was is None:
            self.work.step("pairs", 0.75, lambda to: os.link(self.work.at("scored"), to))
            return
        made = {what: self.work.at(what) for what in ("scored", "changed")}
        self.work.asked("pairs", 0.75, {**made, "gone": changes.gone, "pairs_before": self.was["pairs"]})

    def _verdicts(self, to: Path, records: Patched) -> None:
        backend = ibis_engine()
        files = {what: self.work.at(what) for what in ("pairs", "seen")}
        pairs, seen = (backend.read_parquet(path).schema() for path in files.values())
        question, beside = _worth(pairs, seen, backend.sql(f"SELECT * FROM {records.sql()}").schema())
        copy(question, to, {**files, **beside, "kept": records}, {})


@lru_cache(maxsize=8)
def _worth(pairs: ibis.Schema, seen: ibis.Schema, all_: ibis.Schema) -> tuple[str, dict[str, pa.Table]]:
    """SQL of the verdicts that are not `no`, with counties, in order of pairs: of `pairs`, of the records
    `seen` in them and of all that are `kept`; and the tables that it names beside these.

    Compiled once for tables of a kind: for a small roll that takes as long as the other steps together.
    """
    side = ibis.table(seen, name="seen")
    every = ibis.table(all_, name="kept")
    made = verdicts.verdicts(ibis.table(pairs, name="pairs"), side, "roll", among=every)
    worth = made.filter(made["verdict"] != "no")
    left = side.select(record_l="record", county_l="county_fips")
    right = side.select(record_r="record", county_r="county_fips")
    told = worth.left_join(left, "record_l").left_join(right, "record_r")
    asked = told.select(*made.columns, "county_l", "county_r").order_by(*PAIR)
    beside = {table.name: table.data.to_pyarrow(table.schema) for table in asked.op().find(ops.InMemoryTable)}
    return str(ibis.to_sql(asked, dialect="duckdb")), beside


def roll_of(snapshot: Snapshot) -> str:
    """What tells a roll from another, and from what a redaction makes of it."""
    return f"{snapshot.number} {snapshot.made_at.isoformat()} {snapshot.versions[VOTERS.name]}"
