"""One member's linking: what changed, which pairs follow, what is sure, who is one person.

Everything is written beside and swapped in at the end (`roll/vault/persons.py`). A linking that is killed
leaves the last one whole; the next takes up what was finished. What a linking leaves behind are ids and
scores: names stand in the records of a run alone, which go with it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from importlib.resources import files as resources
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.identity import clusters, link, models, persons, records, verdicts
from commonroll.identity.judged import Judged, judged_pairs
from commonroll.identity.judgements import PAIR
from commonroll.identity.model import Model
from commonroll.roll.engine import engine, ibis_engine
from commonroll.roll.gate import reports
from commonroll.roll.schema import PERSON_EVENTS, PERSON_TURNS, PERSONS, VOTERS
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.bulk import room_on_disk, sync
from commonroll.roll.vault.persons import Linked
from commonroll.roll.vault.vault import Snapshot, Vault

Progress = Callable[[str, float], None]
WAIT = 60.0
"""Seconds to wait for the vault's lock at the end; the swap itself takes none."""
_CARRIED = ("pairs", "verdicts", "prints", "model")
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
    """Files of the last or of this run: pairs, verdicts, prints, model; how many records were compared."""

    files: Mapping[str, Path]
    model: str
    changed: int


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
        self.roll = f"{snapshot.number} {snapshot.made_at.isoformat()} {snapshot.versions[VOTERS.name]}"
        self.model = model or self._own() or models.shipped()
        known = last is not None and (last.model, last.engine) == (self.model.version, duckdb.__version__)
        self.increment = known and not anew
        basis = [self.roll, last.run if last else "", self.model.version, str(anew)]
        self.work = self.folder / kept.WORK.replace("*", sha256("|".join(basis).encode()).hexdigest()[:16])

    def _own(self) -> Model | None:
        """The model of the last linking, if this program's comparisons are still those it was trained for."""
        if self.last is None:
            return None
        try:
            return models.load(self.vault.path / self.last.files["model"])
        except Refusal:
            return None

    def found(self) -> _Found:
        """Pairs and verdicts of this snapshot: the last linking's where nothing changed since."""
        self._clear()
        if self.last is not None and self.increment and self.last.roll == self.roll:
            files = {what: self.vault.path / name for what, name in self.last.files.items()}
            return _Found({what: files[what] for what in _CARRIED}, self.last.model, 0)
        self.work.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._step("records", self._records, 0.0)
        self._step("prints", self._prints, 0.15)
        self._step("changed", self._changed, 0.2)
        self._step("scored", self._scored, 0.25)
        self._step("pairs", self._pairs, 0.75)
        self._step("verdicts", self._verdicts, 0.8)
        files = {what: self._at(what) for what in _CARRIED}
        return _Found(
            files, models.load(files["model"]).version, pq.read_metadata(self._at("changed")).num_rows
        )

    def _clear(self) -> None:
        """Remove what killed linkings of other rolls left: their records hold names."""
        for left in self.folder.glob(kept.WORK):
            if left != self.work:
                shutil.rmtree(left)

    def _at(self, what: str) -> Path:
        return self.work / (f"{what}.json" if what == "model" else f"{what}.parquet")

    def _step(self, what: str, make: Callable[[Path], None], share: float) -> None:
        """Make one file of the run, whole or not at all, unless a killed linking like this has made it."""
        self.tell(what, share)
        path = self._at(what)
        if path.exists():
            return
        fresh = path.with_name(f"fresh-{path.name}")
        fresh.unlink(missing_ok=True)
        make(fresh)
        fresh.replace(path)

    def _records(self, to: Path) -> None:
        """Link records of the roll; the snapshot before tells the addresses that people moved from."""
        backend = ibis_engine()
        older = [one for one in self.vault.snapshots() if one.number < self.snapshot.number][:1]
        with ExitStack() as held:
            for one in older:
                held.enter_context(self.vault.lease(one))
            before = [path for one in older for path in self.vault.files(one, VOTERS.name)]
            made = records.records(
                backend.read_parquet(self.voters),
                self.vault.member,
                before=backend.read_parquet(before) if before else None,
                as_of=self.snapshot.made_at.date(),
            )
            made.to_parquet(to)

    def _prints(self, to: Path) -> None:
        _ask("prints", to, records=self._at("records"))

    def _changed(self, to: Path) -> None:
        _ask("changed", to, prints=self._at("prints"), before=self._before("prints", "prints"))

    def _scored(self, to: Path) -> None:
        changed = pq.read_table(self._at("changed")) if self.increment else None
        linked = link.link(
            self._at("records"),
            None,
            self.model,
            to,
            changed=changed,
            progress=lambda what, share: self.tell(what, 0.25 + share / 2),
        )
        models.write(linked.model, self._at("model"))

    def _pairs(self, to: Path) -> None:
        made = {what: self._at(what) for what in ("scored", "prints", "changed")}
        _ask("pairs", to, before=self._before("pairs", "scored"), **made)

    def _verdicts(self, to: Path) -> None:
        backend = ibis_engine()
        seen = backend.read_parquet(self._at("records"))
        made = verdicts.verdicts(backend.read_parquet(self._at("pairs")), seen, "roll")
        worth = made.filter(made["verdict"] != "no")
        left = seen.select(record_l="record", county_l="county_fips")
        right = seen.select(record_r="record", county_r="county_fips")
        worth.left_join(left, "record_l").left_join(right, "record_r").select(
            *made.columns, "county_l", "county_r"
        ).order_by(*PAIR).to_parquet(to)

    def _before(self, what: str, like: str) -> Path:
        """A file of the last linking; without one, or where it does not count, the shape of `like` alone."""
        if self.last is not None and self.increment:
            return self.vault.path / self.last.files[what]
        empty = self.work / f"no-{what}.parquet"
        pq.write_table(pq.read_schema(self._at(like)).empty_table(), empty)
        return empty

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
                self.name, at, self.snapshot.number, self.roll, found.model, files, counts, duckdb.__version__
            )
        )
        self.tell("done", 1.0)
        return outcome

    def _name_of(self, path: Path) -> str:
        return path.relative_to(self.vault.path).as_posix()

    def _placed(self, path: Path) -> str:
        """Give a finished file of the run the name under which it stays; a model has its names beside it.

        Linked, not moved: a linking that dies before the swap is taken up from what stands in its folder.
        """
        if path.parent != self.work:
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
            kept.swap(self.vault.catalogue, fresh, after=self.last.run if self.last else None)
        _tell_of(self.vault, fresh)
        self._tidy(fresh)

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
        shutil.rmtree(self.work, ignore_errors=True)


def _ask(name: str, to: Path, **given: Path) -> None:
    """Write the answer of `linking_<name>.sql` to a Parquet file; `given` are its relations."""
    question = (resources(__package__) / f"linking_{name}.sql").read_text("utf-8")
    with closing(engine()) as con:
        for relation, path in given.items():
            made = f"CREATE OR REPLACE TEMP TABLE {relation} AS FROM read_parquet(?)"
            con.execute(made, [str(path)]).fetchall()
        where = str(to).replace("'", "''")
        con.execute(f"COPY ({question}) TO '{where}' (FORMAT parquet, COMPRESSION zstd)").fetchall()
