"""One member's linking: what changed, which pairs follow, what is sure, who is one person.

Everything is written beside and swapped in at the end (`roll/vault/persons.py`). A linking that is killed
leaves the last one whole; the next takes up what was finished. What changed and which pairs follow is found
in `finding.py`; here they become persons.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.identity import clusters, persons
from commonroll.identity.finding import Finding, Found, roll_of
from commonroll.identity.judged import Judged, judged_pairs
from commonroll.identity.model import Model
from commonroll.identity.work import Progress
from commonroll.roll.gate import reports
from commonroll.roll.schema import PERSON_EVENTS, PERSON_TURNS, PERSONS
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.bulk import room_on_disk, sync
from commonroll.roll.vault.persons import Linked
from commonroll.roll.vault.vault import Vault

WAIT = 60.0
"""Seconds to wait for the vault's lock at the end; the swap itself takes none."""


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
            finding = Finding(vault, snapshot, last, model, anew, now, tell)
            found = finding.found()
            return _Concluding(finding).concluded(found, persons.Run(finding.name, now, secret))


def _tell_of(vault: Vault, last: Linked | None) -> None:
    """Append the events of the last linking, if it died before it could; none is repeated."""
    if last is not None and (events := pq.read_table(vault.path / last.files["events"])).num_rows:
        vault.append_events(PERSON_EVENTS.name, events)


class _Concluding:
    """The second half: from pairs to persons, and the swap."""

    def __init__(self, finding: Finding) -> None:
        self.finding, self.vault, self.last, self.name = finding, finding.vault, finding.last, finding.name
        self.folder, self.work, self.tell = finding.folder, finding.work, finding.tell

    def concluded(self, found: Found, run: persons.Run) -> Outcome:
        """Judgements, clusters and persons of the pairs found, swapped in; then the events."""
        self.tell("persons", 0.85)
        judged = judged_pairs(self.vault, found.files["verdicts"], self.finding.snapshot.number)
        made = self.vault.stage(PERSONS.name)
        grouped = clusters.clusters(judged.sure, judged.different)
        settled = persons.settle(
            self.finding.voters,
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
        at = self.finding.now.isoformat()
        self._swap(
            Linked(
                self.name,
                at,
                self.finding.snapshot.number,
                self.finding.roll,
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
        return self.finding.snapshot.number

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
        since = self.last.snapshot if self.last else self.finding.snapshot.number
        loads = [
            load
            for number, load, _ in self.vault.catalogue.loads()
            if since < number <= self.finding.snapshot.number
        ]
        return [
            persons.Turn(reports.renumbered_ids(self.vault, load), reports.reused_ids(self.vault, load))
            for load in loads
        ]

    def _outcome(self, found: Found, settled: persons.Settled, judged: Judged) -> Outcome:
        return Outcome(
            member=self.vault.member,
            run=self.name,
            snapshot=self.finding.snapshot.number,
            model=found.model,
            registrants=settled.registrants,
            persons=settled.persons,
            changed=found.changed,
            new=settled.new,
            sure=judged.count("sure"),
            unsure=judged.count("unsure"),
            **{turn: settled.count(turn) for turn in PERSON_TURNS},
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
        if self.finding.roll not in [roll_of(one) for one in self.vault.snapshots()]:
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
