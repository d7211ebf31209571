"""One member's linking: what changed, which pairs follow, what is sure, who is one person.

Everything is written beside and swapped in at the end (`roll/vault/persons.py`). A linking that is killed
leaves the last one whole; the next takes up what was finished. What a linking leaves behind are ids and
scores: names stand in the records of a run alone, which go with it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.identity import clusters, link, models, persons, verdicts
from commonroll.identity.changes import IDS, Changes, Roll, patched
from commonroll.identity.judged import Judged, judged_pairs
from commonroll.identity.judgements import PAIR
from commonroll.identity.model import Model
from commonroll.identity.patched import Patched
from commonroll.identity.work import Progress, Work
from commonroll.roll.engine import ibis_engine
from commonroll.roll.gate import reports
from commonroll.roll.schema import PERSON_EVENTS, PERSON_TURNS, PERSONS, VOTERS
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.bulk import room_on_disk, sync
from commonroll.roll.vault.persons import Linked
from commonroll.roll.vault.vault import Snapshot, Vault

WAIT = 60.0
"""Seconds to wait for the vault's lock at the end; the swap itself takes none."""
_CARRIED = ("pairs", "verdicts", "prints", "crowds", "records", "patch", "replaced", "model")
"""What one linking leaves to the next, beside the persons and the events."""


@dataclass(frozen=True)
class Outcome:
    """What a linking found, in counts. `changed`: registrants who were compared, all of them at first; `new`
    who was on no roll before. `sure`: pairs of registrants that are one person; `unsure`: pairs that wait for
    somebody to look. `joined`, `split`: person ids that became one, or came apart."""

    member: str
    run: str
    snapshot: int
    model: str
    registrants: int
    persons: int
    changed: int
    new: int
    sure: int
    unsure: int
    joined: int
    split: int
    renumbered: int
    reused: int

    def as_dict(self) -> dict[str, Any]:
        """The counts, JSON-ready."""
        return asdict(self)


def run(
    vault: Vault,
    *,
    secret: bytes,
    now: datetime,
    model: Model | None = None,
    anew: bool = False,
    progress: Progress | None = None,
) -> Outcome:
    """Link the current snapshot of a roll with itself and give every registrant its person.

    `secret`: the node's, for new ids. `model`: the one to link by; the vault's own of the last linking, or
    the one that the program comes with, if not given. `anew`: compare everything, not only what changed.
    Raises Refusal where no roll was loaded, and VaultBusy where another linking of the vault runs.
    """
    tell = progress or (lambda _what, _share: None)
    with kept.alone(vault.path, vault.member), room_on_disk(f"vault of {vault.member}"):
        last = kept.linked(vault.catalogue)
        _tell_of(vault, last)
        snapshot = vault.current()
        if snapshot is None:
            raise Refusal(
                "No roll was loaded.", where=f"vault of {vault.member}", next_step="Load a delivery first."
            )
        with vault.lease(snapshot):
            linking = _Linking(vault, snapshot, last, model, anew, now, tell)
            found = linking.found()
            return linking.concluded(found, persons.Run(linking.name, now, secret))


def _tell_of(vault: Vault, last: Linked | None) -> None:
    """Append the events of the last linking, if it died before it could; none is repeated."""
    if last is not None and (events := pq.read_table(vault.path / last.files["events"])).num_rows:
        vault.append_events(PERSON_EVENTS.name, events)


@dataclass(frozen=True)
class _Found:
    """Files of the last or of this run; how many records were compared; who is new on the roll (`record`),
    None where that is not known."""

    files: Mapping[str, Path]
    model: str
    changed: int
    arrived: pa.Table | None


class _Linking:
    """One linking under way, alone in its vault, with a lease on its snapshot."""

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
        self.roll = _roll(snapshot)
        self.model = model or self._own() or models.shipped()
        self.was = None if anew else self._was()
        basis = [self.roll, last.run if last else "", self.model.version, str(anew)]
        name = kept.WORK.replace("*", sha256("|".join(basis).encode()).hexdigest()[:16])
        self.work = Work(self.folder / name, tell)

    def _own(self) -> Model | None:
        """The model of the last linking, if this program's comparisons are still those it was trained for."""
        if self.last is None:
            return None
        try:
            return models.load(self.vault.path / self.last.files["model"])
        except Refusal:
            return None

    def _was(self) -> dict[str, Path] | None:
        """The files of the last linking, if what it found still counts."""
        if self.last is None or not set(_CARRIED) <= set(self.last.files):
            return None
        if (self.last.model, self.last.engine) != (self.model.version, duckdb.__version__):
            return None
        files = {what: self.vault.path / name for what, name in self.last.files.items()}
        return files if all(path.exists() for path in files.values()) else None

    def found(self) -> _Found:
        """Pairs and verdicts of this snapshot: the last linking's where nothing changed since."""
        self._clear()
        if self.last is not None and self.was is not None and self.last.roll == self.roll:
            files = {what: self.was[what] for what in _CARRIED}
            return _Found(files, self.last.model, 0, IDS.empty_table())
        self.work.begin()
        with ExitStack() as held:
            changes = self._changes(held)
            changes.find()
        self.work.step("scored", 0.25, lambda to: self._scored(to, changes))
        self._pairs(changes)
        records = patched(changes.files)
        self.work.asked("seen", 0.78, {"records": records, "pairs": self.work.at("pairs")})
        self.work.step("verdicts", 0.8, lambda to: self._verdicts(to, records))
        files = {what: self.work.at(what) for what in ("pairs", "verdicts", "model")} | changes.files
        return _Found(files, models.load(files["model"]).version, changes.count(), changes.arrived)

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
        seen, all_ = backend.read_parquet(self.work.at("seen")), backend.sql(f"SELECT * FROM {records.sql()}")
        made = verdicts.verdicts(backend.read_parquet(self.work.at("pairs")), seen, "roll", among=all_)
        worth = made.filter(made["verdict"] != "no")
        left = seen.select(record_l="record", county_l="county_fips")
        right = seen.select(record_r="record", county_r="county_fips")
        worth.left_join(left, "record_l").left_join(right, "record_r").select(
            *made.columns, "county_l", "county_r"
        ).order_by(*PAIR).to_parquet(to)

    def concluded(self, found: _Found, run: persons.Run) -> Outcome:
        """Judgements, clusters and persons of the pairs found, swapped in; then the events."""
        self.tell("persons", 0.85)
        judged = judged_pairs(self.vault, found.files["verdicts"], self.snapshot.number)
        made = self.vault.stage(PERSONS.name)
        grouped = clusters.clusters(judged.sure, judged.different)
        settled = persons.settle(
            self.voters,
            grouped.records,
            judged.different.to_pyarrow(),
            [str(self.vault.path / self.last.files[PERSONS.name])] if self.last else persons.NOBODY,
            self._turns(),
            run,
            made,
            arrived=found.arrived,
        )
        told = self.folder / f"{self.name}.events.parquet"
        pq.write_table(settled.events, told)
        files = {what: self._placed(path) for what, path in found.files.items()}
        files |= {PERSONS.name: self._name_of(made), "events": self._name_of(told)}
        outcome = self._outcome(found, settled, judged)
        counts = {name: n for name, n in outcome.as_dict().items() if isinstance(n, int)}
        at = self.now.isoformat()
        self._swap(
            Linked(
                self.name,
                at,
                self.snapshot.number,
                self.roll,
                found.model,
                files,
                counts,
                duckdb.__version__,
                self._base(files),
            )
        )
        self.tell("done", 1.0)
        return outcome

    def _base(self, files: Mapping[str, str]) -> int:
        """The snapshot that the kept records were made of, the patch aside."""
        if self.last is not None and self.last.files.get("records") == files["records"]:
            return self.last.base
        return self.snapshot.number

    def _name_of(self, path: Path) -> str:
        return path.relative_to(self.vault.path).as_posix()

    def _placed(self, path: Path) -> str:
        """Give a finished file of the run the name under which it stays; a model has its names beside it.

        Linked, not moved: a linking that dies before the swap is taken up from what stands in its folder.
        """
        if path.parent != self.work.folder:
            return self._name_of(path)
        to = self.folder / f"{self.name}.{path.name}"
        for suffix in (path.suffix, ".names.parquet"):
            if path.with_suffix(suffix).exists():
                os.link(path.with_suffix(suffix), to.with_suffix(suffix))
        return self._name_of(to)

    def _turns(self) -> list[persons.Turn]:
        """What the loads since the last linking did to the roll's ids, the oldest first."""
        since = self.last.snapshot if self.last else self.snapshot.number
        loads = [
            load for number, load, _ in self.vault.catalogue.loads() if since < number <= self.snapshot.number
        ]
        return [
            persons.Turn(reports.renumbered_ids(self.vault, load), reports.reused_ids(self.vault, load))
            for load in loads
        ]

    def _outcome(self, found: _Found, settled: persons.Settled, judged: Judged) -> Outcome:
        turns = settled.events["turn"].to_pylist()
        return Outcome(
            member=self.vault.member,
            run=self.name,
            snapshot=self.snapshot.number,
            model=found.model,
            registrants=settled.registrants,
            persons=settled.persons,
            changed=found.changed,
            new=settled.new,
            sure=judged.count("sure"),
            unsure=judged.count("unsure"),
            **{turn: turns.count(turn) for turn in PERSON_TURNS},
        )

    def _swap(self, fresh: Linked) -> None:
        for name in fresh.files.values():
            sync(self.vault.path / name)
        with self.vault.lock(wait=WAIT, doing="linking"):
            self._check_redacted()
            kept.swap(self.vault.catalogue, fresh, after=self.last.run if self.last else None)
        _tell_of(self.vault, fresh)
        self._tidy(fresh)

    def _check_redacted(self) -> None:
        """Raise Refusal if the roll was redacted while this linking ran: the records kept hold names."""
        if self.roll not in [_roll(one) for one in self.vault.snapshots()]:
            shutil.rmtree(self.work.folder, ignore_errors=True)
            raise Refusal(
                "The roll was redacted or removed while it was linked.",
                where=f"vault of {self.vault.member}",
                next_step="Nothing was changed. Link again.",
            )

    def _tidy(self, fresh: Linked) -> None:
        """Files of linkings before go; the ledger of the one before stays for who is reading it."""
        named = kept.named(self.vault.path, self.vault.catalogue)
        models_ = {path.with_suffix(".names.parquet") for path in named if path.suffix == ".json"}
        for path in self.folder.glob("*.*"):
            if path.is_file() and path not in named | models_:
                path.unlink(missing_ok=True)
        if self.last is not None:
            named.add(self.vault.path / self.last.files[PERSONS.name])
        for path in (self.vault.path / PERSONS.name).glob("*.parquet"):
            if path not in named:
                path.unlink(missing_ok=True)
        shutil.rmtree(self.work.folder, ignore_errors=True)


def _roll(snapshot: Snapshot) -> str:
    """What tells a roll from another, and from what a redaction makes of it."""
    return f"{snapshot.number} {snapshot.made_at.isoformat()} {snapshot.versions[VOTERS.name]}"
