"""A member's own tables: snapshots of its roll, answers, and who is left out of every read.

A snapshot is one manifest row in the vault's catalogue, written last. Whatever dies before that row leaves
the previous snapshot whole and current; what it left behind is swept by the next vacuum.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

import pyarrow as pa

from commonroll.errors import Refusal
from commonroll.roll.layout.layout import Layout, layouts_in, published
from commonroll.roll.layout.shape import Protected
from commonroll.roll.schema import EVENT_TABLES, PERSONS, REFUSED, ROLL_TABLES, SCORES, TABLES, VOTERS
from commonroll.roll.vault import (
    bulk,
    corrections,
    events,
    folder_guide,
    locks,
    owner,
    persons,
    scores,
    suppression,
)
from commonroll.roll.vault.catalogue import Catalogue, Part, Snapshot, Stale, stale
from commonroll.roll.vault.corrections import Correction, corrections_for
from commonroll.roll.vault.locks import VaultBusy
from commonroll.roll.vault.owner import PLACES, OwnerTables
from commonroll.roll.vault.renumbered import ids_today
from commonroll.roll.vault.suppression import Suppression

__all__ = ["OwnerTables", "Snapshot", "Stale", "Vault", "VaultBusy"]

STAGING_GRACE = 24 * 3600.0
"""Seconds that a file which no manifest names is left alone: it may belong to a load under way."""


class Vault:
    """One member's vault below `root` (HOME/vaults). Making the object touches nothing."""

    def __init__(self, root: Path, member: str) -> None:
        self.member = member
        self.path = root.absolute() / member
        self.catalogue = Catalogue(self.path / "catalogue.sqlite3", member)
        self.own_corrections = self.path / corrections.FILE
        self.own_layouts = self.path / "layouts"
        self.layout_folders = (root.absolute().parent / "layouts", self.own_layouts)
        self.before_publishing: Callable[[Sequence[str]], None] = _nothing
        """Told the paths of `voters` of a snapshot before anybody can read it."""

    def layouts(self) -> tuple[Layout, ...]:
        """The layouts its files are read by: the program's, those in HOME/layouts, the member's own.

        Raises Refusal where a file of the latter two has a mistake.
        """
        return layouts_in(self.layout_folders)

    # --- writing ---

    def lock(self, *, wait: float = 0, doing: str = "writing") -> AbstractContextManager[None]:
        """The vault's write lock: exclusive across threads and processes, re-entrant within a thread.

        Raises VaultBusy after `wait` seconds, naming who holds it since when. A load holds it from its
        first read of the parent to the end of `publish`.
        """
        return locks.exclusive(self.path / "lock", member=self.member, doing=doing, wait=wait)

    def stage(self, table: str) -> Path:
        """A fresh path in the table's folder for COPY to write; `publish` takes it without copying."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = self.path / table
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder / f"part-{uuid4().hex}.parquet"

    def publish(
        self,
        staged: Mapping[str, Sequence[Path]],
        *,
        parent: int | None,
        load: str,
        state: str,
        layouts: Sequence[str],
        keep: Mapping[str, int] | None = None,
        now: datetime | None = None,
    ) -> Snapshot:
        """Make the staged files the next snapshot: one Delta version per table, then one manifest row.

        `staged`: table -> Parquet files, best in that table's folder (see `stage`; others are moved there),
        for roll tables and `refused` (lines of this load that did not load). `keep`: table -> version that
        stays as the parent has it; if None, every roll table that is not staged. A roll table neither staged
        nor kept becomes empty. `layouts`: keys of the layouts read; the parent's of other roles stay.

        Raises VaultBusy, Stale where the parent is not current or a kept version is not its, Refusal for
        another state's roll or a full disk, ValueError for a file that is not the table's.
        """
        if unknown := set(staged) - {*ROLL_TABLES, REFUSED.name}:
            raise ValueError(f"a snapshot has no table {sorted(unknown)}")
        with self.lock(doing=f"load {load}"), bulk.room_on_disk(f"vault of {self.member}"):
            head = self.catalogue.head()
            self._check_parent(head, parent, state, keep)
            kept = dict(self._kept(head, staged, keep))
            parts = {
                table: kept.get(table) or self._commit(table, staged.get(table, ()), load)
                for table in ROLL_TABLES
            }
            refused = self._commit_refused(staged.get(REFUSED.name, ()), load)
            self._prepare_events()
            folder_guide.write(self.path, self.member)
            self.before_publishing(_absolute(self.path / VOTERS.name, parts[VOTERS.name].files))
            return self.catalogue.add(
                parts,
                parent=parent,
                load=load,
                state=state,
                layouts=_merged(head.layouts if head else (), layouts),
                made_at=now or datetime.now(UTC),
                refused=refused,
            )

    def _check_parent(
        self, head: Snapshot | None, parent: int | None, state: str, keep: Mapping[str, int] | None
    ) -> None:
        versions = head.versions if head else {}
        moved = any(versions.get(table) != version for table, version in (keep or {}).items())
        if (head.number if head else None) != parent or moved:
            raise stale(self.member, parent, head)
        if head and head.state != state:
            raise Refusal(
                f"This vault holds the roll of {head.state}; the delivery is of {state}.",
                where=f"vault of {self.member}",
                next_step="Load it into the vault of the member that owns that state's roll.",
            )

    def _kept(
        self, head: Snapshot | None, staged: Mapping[str, Sequence[Path]], keep: Mapping[str, int] | None
    ) -> Iterator[tuple[str, Part]]:
        if head is None:
            return
        names = self.catalogue.files(head.number)
        for table in ROLL_TABLES if keep is None else keep:
            if table not in staged:
                yield table, Part(head.versions[table], head.rows[table], names[table])

    def _commit(self, table: str, files: Sequence[Path], load: str) -> Part:
        folder = self.path / table
        if not files:
            files = [bulk.write_empty(folder, table, self.stage(table).name)]
        return bulk.commit(folder, table, bulk.take_in(folder, table, files), append=False, load=load)

    def _commit_refused(self, files: Sequence[Path], load: str) -> Part | None:
        """Append a load's refused lines; the part names only its own files."""
        if not files:
            return None
        folder = self.path / REFUSED.name
        rows = bulk.take_in(folder, REFUSED.name, files)
        part = bulk.commit(folder, REFUSED.name, rows, append=True, load=load)
        return Part(part.version, sum(rows.values()), tuple(rows))

    def keep_refused(self, load: str, files: Sequence[Path]) -> None:
        """Keep the refused lines of a load that published no snapshot: Parquet files staged in `refused`."""
        with self.lock(doing=f"load {load}"), bulk.room_on_disk(f"vault of {self.member}"):
            part = self._commit_refused(files, load)
            if part is not None:
                self.catalogue.put_refused(load, part)

    # --- reading ---

    def current(self) -> Snapshot | None:
        """The current snapshot, or None where no roll was ever loaded."""
        return self.catalogue.head()

    def snapshot(self, number: int) -> Snapshot:
        """A readable snapshot. Raises Refusal where it is unknown or no longer kept."""
        return self.catalogue.snapshot(number)

    def snapshots(self) -> list[Snapshot]:
        """Every readable snapshot, newest first."""
        return self.catalogue.retained()

    def files(self, snapshot: Snapshot, table: str) -> tuple[str, ...]:
        """Absolute Parquet paths of a roll table in a snapshot, at least one. Hold a `lease` to read them."""
        return _files(self.path, self.member, snapshot.number, _identity(snapshot))[table]

    def refused_files(self, load: str) -> tuple[str, ...]:
        """Absolute Parquet paths of a load's refused lines; none where every line loaded."""
        part = self.catalogue.refused(load).get(load)
        return _absolute(self.path / REFUSED.name, part.files) if part else ()

    @contextmanager
    def lease(self, snapshot: Snapshot) -> Iterator[None]:
        """Keep a snapshot's files while the block reads them (at most locks.LEASE_LASTS).

        Raises Refusal where the snapshot is no longer kept.
        """
        with locks.lease(self.path / "leases", snapshot.number):
            self.catalogue.snapshot(snapshot.number)  # after the lease: a vacuum retires first, then looks
            yield

    def owner_tables(self, snapshot: Snapshot | None = None, *, statement: bool) -> OwnerTables:
        """What a view needs to read this owner, at `snapshot` or the current one.

        Raises Refusal where no roll was loaded.
        """
        head, appended, version = self.catalogue.reads(suppression.VERSION)
        snapshot = snapshot or head
        if snapshot is None:
            raise Refusal(
                "No roll was loaded.", where=f"vault of {self.member}", next_step="Load a delivery first."
            )
        files = dict(_files(self.path, self.member, snapshot.number, _identity(snapshot)))
        files |= {name: _absolute(self.path / name, part.files) for name, part in appended.items()}
        people = persons.persons_file(self.path, self.catalogue)
        files[PERSONS.name] = (str(people),) if people else ()
        files[SCORES.name] = self.score_files()
        places = self.path / PLACES / f"{snapshot.number:08}.parquet"
        return OwnerTables(
            member=self.member,
            state=snapshot.state,
            snapshot=snapshot.number,
            files=files,
            published=self.published(snapshot.state),
            protected=self.protection(snapshot),
            statement=statement,
            suppressed=suppression.table(self.catalogue, version),
            adults=self.adults(snapshot),
            made_on=snapshot.made_at.date(),
            places=str(places) if places.exists() else None,
        )

    def corrections(self, state: str) -> tuple[Correction, ...]:
        """Corrections of its roll: beside the layouts it is read by, and its own of single voters.

        Raises Refusal where a line of them is none.
        """
        return corrections_for(state, self.layout_folders, self.own_corrections)

    def published(self, state: str) -> frozenset[str]:
        """Qualified columns that the state publishes at all, by the layouts known here.

        A mistake in one of the owner's own stops loads, not everybody's reading.
        """
        try:
            return published(state, self.layouts())
        except Refusal:
            return published(state)

    def protection(self, snapshot: Snapshot) -> Protected:
        """How the file behind a snapshot treats protected voters; unstated where its layout can't be read."""
        try:
            return owner.protected(snapshot.layouts, self.layouts())
        except Refusal:
            return owner.protected(snapshot.layouts, ())

    def adults(self, snapshot: Snapshot) -> bool:
        """Whether the file behind a snapshot lets anybody be known to be 18."""
        try:
            return owner.adults(snapshot.layouts, self.layouts())
        except Refusal:
            return True

    # --- who is left out ---

    def suppress(
        self,
        ids: Iterable[str] | Path,
        reason: str = "protected",
        *,
        channel: str = suppression.EVERYTHING,
        now: datetime | None = None,
    ) -> Suppression:
        """Leave voters out of every read of every snapshot, at once.

        `ids` may be a CSV file with one id per line (see `suppression.read_list`). `reason` is one of
        suppression.REASONS. An id that the state has replaced counts for today's as well. Raises Refusal
        where the list is not clean.
        """
        named = suppression.read_list(ids) if isinstance(ids, Path) else list(ids)
        at = now or datetime.now(UTC)
        done = suppression.add(self.catalogue, named, reason=reason, channel=channel, at=at)
        head = self.current()
        if head is None:
            return done
        moved = self._ids_today(named)
        suppression.add(self.catalogue, moved.values(), reason=reason, channel=channel, at=at)
        return suppression.counted(done, [moved.get(one, one) for one in named], self.files(head, "voters"))

    def _ids_today(self, ids: Iterable[str]) -> dict[str, str]:
        """Ids that the state has replaced, with today's: lists and sheets may be older than the roll."""
        head = self.current()
        return ids_today(self.path / "reports", list(ids), self.files(head, "voters")) if head else {}

    def lift(self, ids: Iterable[str], reason: str, *, channel: str = suppression.EVERYTHING) -> int:
        """Take voters off the table again for one reason; how many rows went."""
        return suppression.lift(self.catalogue, ids, reason=reason, channel=channel)

    def suppressed(self) -> pa.Table:
        """Who is left out today: state_voter_id, reason, channel ('' = every read)."""
        return suppression.table(self.catalogue, self.catalogue.setting(suppression.VERSION))

    # --- events ---

    def append_events(self, table: str, rows: pa.Table, *, now: datetime | None = None) -> int:
        """Add answers or opt-outs with the table's columns; how many event ids were new. Idempotent.

        An opt-out of this member's own voter stands in the suppression table before it is appended.
        """
        rows = events.checked(table, rows)
        with self.lock(wait=20, doing=f"appending {table}"), bulk.room_on_disk(f"vault of {self.member}"):
            if table == "optouts":
                self._heed(rows, now or datetime.now(UTC))
            return self._append(table, rows)

    def _heed(self, rows: pa.Table, at: datetime) -> None:
        for channel, ids in events.optouts_of(rows, self.member).items():
            everybody = [*ids, *self._ids_today(ids).values()]
            suppression.add(self.catalogue, everybody, reason="opt-out", channel=channel, at=at)

    def _append(self, table: str, rows: pa.Table) -> int:
        folder = self.path / table
        known = self._adopt_events(table)
        fresh = events.unseen(rows, _absolute(folder, known.files))
        if not fresh.num_rows:
            return 0
        written = bulk.take_in(folder, table, [events.write(fresh, self.stage(table))])
        part = bulk.commit(folder, table, written, append=True, load=f"{table} {known.version + 1}")
        self.catalogue.put_appended(table, part)
        return int(fresh.num_rows)

    def append_file(self, table: str, path: Path) -> None:
        """Add a Parquet file of events, staged beside the table (`stage`), none of which the table has yet.

        The caller holds the lock from before it looked which those are.
        """
        with self.lock(doing=f"appending {table}"), bulk.room_on_disk(f"vault of {self.member}"):
            folder = self.path / table
            known = self._adopt_events(table)
            written = bulk.take_in(folder, table, [path])
            part = bulk.commit(folder, table, written, append=True, load=f"{table} {known.version + 1}")
            self.catalogue.put_appended(table, part)

    def _adopt_events(self, table: str) -> Part:
        """The event table as Delta has it, also what a killed append had committed there."""
        folder = self.path / table
        known = self.catalogue.appended().get(table)
        if not bulk.exists(folder):
            part = self._commit(table, (), f"new {table}")
        elif known is None or bulk.at_version(folder).version != known.version:
            part = bulk.at_version(folder)
        else:
            return known
        self.catalogue.put_appended(table, part)
        return part

    def _prepare_events(self) -> None:
        known = self.catalogue.appended()
        for table in EVENT_TABLES:
            if table not in known:
                self._adopt_events(table)

    def event_files(self, table: str) -> tuple[str, ...]:
        """Absolute Parquet paths of an event table; none where the vault holds neither a roll nor events."""
        part = self.catalogue.appended().get(table)
        return _absolute(self.path / table, part.files) if part else ()

    def score_files(self) -> tuple[str, ...]:
        """Absolute Parquet paths of the scores that count today, one of each score that is shared."""
        named = scores.standing(self.catalogue)
        return _absolute(self.path / scores.FOLDER, [named[score] for score in sorted(named)])

    # --- upkeep ---

    def vacuum(self, *, keep: int = 10, now: datetime | None = None) -> list[Path]:
        """Retire all but the newest `keep` snapshots and delete the files that nothing names any more.

        Stays: what a kept snapshot, a live lease, an event table or a load's refused lines name, and files
        younger than STAGING_GRACE. Returns the deleted files.
        """
        if keep < 1:
            raise ValueError("keep at least the current snapshot")
        at = now or datetime.now(UTC)
        with self.lock(doing="vacuum"):
            self.catalogue.retire(keep, at)
            named = self.named(at)
            published = self._of_snapshots(self.catalogue.numbers())
            young = time.time() - STAGING_GRACE
            return [
                path
                for path in self._data_files()
                if path not in named and (path in published or path.stat().st_mtime < young) and _gone(path)
            ]

    def unnamed(self) -> list[Path]:
        """Files of tables, older than STAGING_GRACE, that nothing names: the next vacuum deletes them."""
        named, young = self.named(datetime.now(UTC)), time.time() - STAGING_GRACE
        return [path for path in self._data_files() if path not in named and path.stat().st_mtime < young]

    def _data_files(self) -> Iterator[Path]:
        for table in TABLES:
            yield from sorted((self.path / table).glob("*.parquet"))

    def _of_snapshots(self, numbers: Iterable[int]) -> set[Path]:
        return {
            self.path / table / name
            for number in numbers
            for table, names in self.catalogue.files(number).items()
            for name in names
        }

    def named(self, at: datetime) -> set[Path]:
        """Files that a kept snapshot, a live lease, an event table, refused lines or persons name."""
        kept = {snapshot.number for snapshot in self.snapshots()}
        named = self._of_snapshots(kept | locks.leased(self.path / "leases", at))
        for table, part in self.catalogue.appended().items():
            named |= {self.path / table / name for name in part.files}
        for part in self.catalogue.refused().values():
            named |= {self.path / REFUSED.name / name for name in part.files}
        return named | persons.named(self.path, self.catalogue)

    def check(self, snapshot: Snapshot | None = None) -> list[str]:
        """What is wrong with a snapshot (the current one): sentences, none where all is well.

        Compares the manifest row with Delta's own log and with the files on the disk.
        """
        snapshot = snapshot or self.current()
        if snapshot is None:
            return []
        names = self.catalogue.files(snapshot.number)
        return [
            sentence
            for table, version in snapshot.versions.items()
            for sentence in bulk.differences(
                self.path / table, table, Part(version, snapshot.rows[table], names[table])
            )
        ]

    # --- settings ---

    @property
    def sample(self) -> bool:
        """Whether this vault holds invented or sampled people: the gate then skips the real state's sizes."""
        return self.catalogue.setting("sample") == "yes"

    def mark_sample(self, sample: bool = True) -> None:
        """Say whether the vault holds invented or sampled people; every gate report repeats it."""
        self.catalogue.set("sample", "yes" if sample else "no")


def _identity(snapshot: Snapshot) -> tuple[object, ...]:
    return snapshot.made_at, *snapshot.versions.values()


@lru_cache(maxsize=1024)
def _files(path: Path, member: str, number: int, _: tuple[object, ...]) -> Mapping[str, tuple[str, ...]]:
    # A manifest row changes with its versions alone (a redaction); when it was made tells apart vaults that
    # stood at one path one after the other.
    names = Catalogue(path / "catalogue.sqlite3", member).files(number)
    return {table: _absolute(path / table, files) for table, files in names.items()}


def _absolute(folder: Path, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(folder / name) for name in names)


def _nothing(_: Sequence[str]) -> None:
    return None


def _gone(path: Path) -> bool:
    path.unlink()
    return True


def _merged(before: Sequence[str], now: Sequence[str]) -> tuple[str, ...]:
    """Layout keys of a snapshot: those read now, and the parent's of roles that were not read now."""
    roles = {_role(key) for key in now}
    return tuple(sorted({*now, *(key for key in before if _role(key) not in roles)}))


def _role(key: str) -> str:
    """The role of a layout by its key: registration of "tx/2021-09.registration.fwf685"."""
    return key.split(".")[1]
