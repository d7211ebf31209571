"""Protected voters leave what the vault retains: older snapshots, lines as delivered, refused lines, lists.

Every read leaves them out already (`suppression.py`); a redaction rewrites the files themselves. Rows of
suppressed voters go, and events about them; a row that the state's own file marks as protected stays, with
what that file says.
Each table version of a retained snapshot becomes a new one, then one transaction changes the manifest rows:
whatever dies before it leaves the vault as it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.roll.canonical.rows import write_rows
from commonroll.roll.changes.flagged import FLAGGED
from commonroll.roll.gate import reports
from commonroll.roll.redaction.events import PERSONAL, EventsAbout
from commonroll.roll.redaction.imported import ROWS, lines_of
from commonroll.roll.redaction.ledger import Ledger, Rewritten, State, say
from commonroll.roll.redaction.lines import RawLines, lines_naming
from commonroll.roll.redaction.linked import KEPT, without
from commonroll.roll.schema import REFUSED, ROLL_TABLES, TABLES, VOTERS
from commonroll.roll.vault import bulk, corrections, locks, persons
from commonroll.roll.vault.catalogue import Part
from commonroll.roll.vault.renumbered import EARLIER
from commonroll.roll.vault.suppression import EVERYTHING
from commonroll.roll.vault.vault import Vault

REASONS = frozenset({"protected", "shield", "erased", FLAGGED})
"""Reasons that take a voter's rows away; who only wants to be left alone keeps them."""

RAW = ("raw/*/*/*.txt",)
LISTS = (
    "reports/*.parquet", "places/*.parquet", "lists/*/left_alone.parquet", "score-values/*.parquet",
    "marks/positions/*.parquet", "marks/given/*/*.parquet",
)  # fmt: skip
READERS = 30.0
"""Seconds to wait for those who read the old files; what they still hold then goes with a later vacuum."""
_KEY = "state_voter_id"


@dataclass(frozen=True)
class Redaction:
    """What a redaction did: voters whom it is about, files rewritten, files that a reader still held."""

    id: str
    voters: int
    files: tuple[Rewritten, ...]
    held: int

    def as_dict(self) -> dict[str, Any]:
        """The redaction, JSON-ready; hashes and counts, no id of a voter."""
        return {**asdict(self), "files": [asdict(one) for one in self.files]}


def _unlogged(done: Redaction) -> None:
    return None


def redact(
    vault: Vault,
    *,
    now: datetime,
    wait: float = READERS,
    record: Callable[[Redaction], None] = _unlogged,
) -> Redaction:
    """Rewrite what the vault retains of voters protected today; what a killed one had done counts as well.

    `record` is called with what was done before the vault forgets that it is to be logged.
    Raises VaultBusy while a load runs.
    """
    name = f"redaction-{now:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    with vault.lock(doing=name), bulk.room_on_disk(f"vault of {vault.member}"):
        ids = _ids(vault)
        work = _Rewriting(vault, ids, name)
        if ids.num_rows:
            persons.sweep(vault.path, vault.member)
            work.lines()  # first: the rows say which lines are theirs
            work.events()  # before the lists: places and matches say which household and rows are theirs
            work.imported()
            work.lists()
            work.linked()
            work.corrections()
            work.snapshots()
            # made again from the rewritten files by whoever looks a voter up
            for made in ("index", "words"):
                shutil.rmtree(vault.path / "lookup" / made, ignore_errors=True)
        files = tuple(work.ledger.done(still=work.stands))
        left = work.left_over()
        held = 0 if _no_reader(vault, wait) else len(left)
        if not held:
            for path in left:
                path.unlink(missing_ok=True)
        done = Redaction(name, ids.num_rows, files, held)
        if done.files:
            (reports.folder(vault) / f"{name}.json").write_text(json.dumps(done.as_dict(), indent=1), "utf-8")
            record(done)
        work.ledger.close()
        say(reports.folder(vault), None)
    return done


@dataclass(frozen=True)
class Prospect:
    """What a redaction would be about: voters protected today, files that it looks through."""

    voters: int
    files: int


def prospect(vault: Vault) -> Prospect:
    """What `redact` would look through now; reads no row of them."""
    return Prospect(_ids(vault).num_rows, sum(1 for _ in _looked_through(vault)))


def _looked_through(vault: Vault) -> Iterator[Path]:
    yield from {
        vault.path / table / name
        for snapshot in vault.snapshots()
        for table, names in vault.catalogue.files(snapshot.number).items()
        for name in names
    }
    for part in vault.catalogue.refused().values():
        yield from (vault.path / REFUSED.name / name for name in part.files)
    for table, part in vault.catalogue.appended().items():
        if table in PERSONAL:
            yield from (vault.path / table / name for name in part.files)
    for pattern in (*RAW, *LISTS, *ROWS, *KEPT):
        yield from vault.path.glob(pattern)


def _ids(vault: Vault) -> pa.Table:
    """state_voter_id, and `flagged`: True where the state's flag is the only reason."""
    table = vault.suppressed()
    mine = pc.and_(
        pc.equal(table["channel"], EVERYTHING), pc.is_in(table["reason"], pa.array(sorted(REASONS)))
    )
    table = table.filter(mine)
    marked = table.append_column("flagged", pc.equal(table["reason"], FLAGGED))
    found = marked.group_by(_KEY).aggregate([("flagged", "all")])
    return found.select([_KEY, "flagged_all"]).rename_columns([_KEY, "flagged"])


def _no_reader(vault: Vault, wait: float) -> bool:
    """Whether nobody reads a snapshot any more, at the latest after `wait` seconds."""
    until = time.monotonic() + wait
    while locks.leased(vault.path / "leases", datetime.now(UTC)):
        if time.monotonic() >= until:
            return False
        time.sleep(locks.POLL)
    return True


class _Rewriting:
    """One redaction under way, under the vault's lock."""

    def __init__(self, vault: Vault, ids: pa.Table, name: str) -> None:
        self.vault = vault
        self.ids = ids
        self.name = name
        self.ledger = Ledger(reports.folder(vault))
        self.seen, self.of = 0, sum(1 for _ in _looked_through(vault))

    def look(self) -> None:
        """One more file is looked through."""
        self.seen += 1
        say(reports.folder(self.vault), State(self.seen, self.of))

    def stands(self, one: Rewritten) -> bool:
        """Whether a noted file is as it was: its redaction ended before the new one took its place."""
        path = self.vault.path / one.place
        if path.parent.name in TABLES:
            return path in set(self._of_tables())
        return path.exists() and _sha256(path) == one.old

    def _of_tables(self) -> Iterator[Path]:
        return (path for path in _looked_through(self.vault) if path.parent.name in TABLES)

    def left_over(self) -> list[Path]:
        """Files of the roll's tables that nothing names: no load is under way, the lock is held here."""
        named = set(self._of_tables())
        return [
            path
            for table in (*ROLL_TABLES, REFUSED.name, *PERSONAL)
            for path in sorted((self.vault.path / table).glob("*.parquet"))
            if path not in named
        ]

    def snapshots(self) -> None:
        """New versions for the tables of retained snapshots that hold a row to be taken out."""
        retained = self.vault.snapshots()[::-1]
        manifests = {snapshot.number: self.vault.catalogue.files(snapshot.number) for snapshot in retained}
        changed: dict[int, dict[str, Part]] = {}
        for table in ROLL_TABLES:
            named = {name for files in manifests.values() for name in files[table]}
            fresh = {name: self._without(table, name) for name in sorted(named)}
            if not any(made for made in fresh.values()):
                continue
            parts: dict[int, Part] = {}
            for snapshot in retained:
                version = snapshot.versions[table]
                if version not in parts:
                    parts[version] = self._version(table, manifests[snapshot.number][table], fresh)
                changed.setdefault(snapshot.number, {})[table] = parts[version]
        self.vault.catalogue.rewrite(changed)

    def _without(self, table: str, name: str) -> Path | None:
        """A file without the voters to be taken out; None where it holds none of them."""
        self.look()
        path = self.vault.path / table / name
        columns = [_KEY, "confidential"] if table == VOTERS.name else [_KEY]
        rows = pq.read_table(path, columns=columns)
        stays = self._stays(rows)
        gone = rows.num_rows - int(pc.sum(stays).as_py() or 0)
        if not gone:
            return None
        fresh = self.vault.stage(table)
        strings = [column.name for column in ROLL_TABLES[table] if column.type == "string"]
        write_rows(pq.read_table(path, read_dictionary=strings).filter(stays), ROLL_TABLES[table], fresh)
        self.ledger.note(Rewritten(f"{table}/{name}", _sha256(path), _sha256(fresh), gone))
        return fresh

    def _stays(self, rows: pa.Table) -> pa.ChunkedArray:
        all_ids = self.ids[_KEY]
        named = pc.is_in(rows[_KEY], value_set=all_ids.combine_chunks())
        if "confidential" not in rows.column_names:
            return pc.invert(named)
        only = self.ids.filter(self.ids["flagged"])[_KEY].combine_chunks()
        kept = pc.and_(rows["confidential"], pc.is_in(rows[_KEY], value_set=only))
        return pc.or_(pc.invert(named), kept)

    def _version(self, table: str, names: Sequence[str], fresh: Mapping[str, Path | None]) -> Part:
        folder = self.vault.path / table
        files = [self._placed(folder / name, fresh[name]) for name in names]
        return bulk.commit(folder, table, bulk.take_in(folder, table, files), append=False, load=self.name)

    def _placed(self, path: Path, fresh: Path | None) -> Path:
        """The file under a name of its own: a version never names a file that an older one removes."""
        placed = path.with_name(f"part-{uuid4().hex}.parquet")
        os.link(fresh or path, placed)
        return placed

    def refused(self) -> None:
        """The text of refused lines that name a voter goes; file, line and reason stay."""
        parts = self.vault.catalogue.refused()
        folder = self.vault.path / REFUSED.name
        fresh = {name: self._blanked(folder / name) for part in parts.values() for name in part.files}
        if not any(fresh.values()):
            return
        placed = {name: self._placed(folder / name, made) for name, made in fresh.items()}
        rows = bulk.take_in(folder, REFUSED.name, list(placed.values()))
        version = bulk.commit(folder, REFUSED.name, rows, append=False, load=self.name).version
        for load, part in parts.items():
            names = tuple(placed[name].name for name in part.files)
            self.vault.catalogue.put_refused(load, replace(part, version=version, files=names))

    def _blanked(self, path: Path) -> Path | None:
        self.look()
        rows = pq.read_table(path)
        hit = lines_naming(rows["bytes"], self.ids.select([_KEY]))
        if not hit.size:
            return None
        text = np.array(rows["bytes"].to_pylist(), dtype=object)
        text[hit] = ""
        place = rows.column_names.index("bytes")
        fresh = self.vault.stage(REFUSED.name)
        pq.write_table(
            rows.set_column(place, "bytes", pa.array(text, pa.string())), fresh, compression="zstd"
        )
        self.ledger.note(
            Rewritten(f"{REFUSED.name}/{path.name}", _sha256(path), _sha256(fresh), int(hit.size))
        )
        return fresh

    def events(self) -> None:
        """Answers, facts, phones and contacts of the voters go."""
        ids = self.ids[_KEY].combine_chunks()
        about = EventsAbout(self.vault, ids, lines_of(self.vault, ids))
        for table in PERSONAL:
            part = self.vault.catalogue.appended().get(table)
            fresh = {name: self._without_events(about, table, name) for name in (part.files if part else ())}
            if any(fresh.values()):
                self.vault.catalogue.put_appended(table, self._version(table, list(fresh), fresh))

    def _without_events(self, about: EventsAbout, table: str, name: str) -> Path | None:
        self.look()
        path = self.vault.path / table / name
        rows = pq.read_table(path)
        stays = about.stays(rows)
        gone = rows.num_rows - int(pc.sum(stays).as_py() or 0)
        if not gone:
            return None
        fresh = self.vault.stage(table)
        pq.write_table(rows.filter(stays), fresh, compression="zstd")
        self.ledger.note(Rewritten(f"{table}/{name}", _sha256(path), _sha256(fresh), gone))
        return fresh

    def lines(self) -> None:
        """Lines as delivered, those refused among them, lose their text."""
        theirs = RawLines(self.vault, self.ids)
        self.raw(theirs)
        self.refused()

    def raw(self, theirs: RawLines) -> None:
        """Lines as delivered of a voter become empty; the others keep their numbers."""
        for path in sorted(one for pattern in RAW for one in self.vault.path.glob(pattern)):
            self.look()
            lines = path.read_bytes().split(b"\n")
            texts = pa.array([line.decode("utf-8", "replace") for line in lines], pa.string())
            hit = np.array([place for place in theirs.hit(path, texts) if lines[place]], dtype=np.int64)
            if not hit.size:
                continue
            for place in hit:
                lines[place] = b""
            fresh = path.with_suffix(".part")
            fresh.write_bytes(b"\n".join(lines))
            place_name = path.relative_to(self.vault.path).as_posix()
            self.ledger.note(Rewritten(place_name, _sha256(path), _sha256(fresh), int(hit.size)))
            fresh.replace(path)

    def imported(self) -> None:
        """Rows of lists that are or may be the voters' go; what says which lines those are goes last."""
        gone = lines_of(self.vault, self.ids[_KEY].combine_chunks())
        for path in (one for pattern in ROWS for one in sorted(self.vault.path.glob(pattern))):
            self.look()
            lines = gone.get(path.parent.name)
            if lines is None:
                continue
            rows = pq.read_table(path)
            self._put(path, rows, pc.invert(pc.is_in(rows["line"], value_set=lines.cast(rows["line"].type))))

    def _put(self, path: Path, rows: pa.Table, stays: pa.ChunkedArray) -> None:
        """The rows that stay in the place of the file."""
        gone = rows.num_rows - int(pc.sum(stays).as_py() or 0)
        if gone:
            fresh = path.with_suffix(".part")
            pq.write_table(rows.filter(stays), fresh, compression="zstd")
            fresh.chmod(path.stat().st_mode & 0o777)
            place = path.relative_to(self.vault.path).as_posix()
            self.ledger.note(Rewritten(place, _sha256(path), _sha256(fresh), gone))
            fresh.replace(path)

    def lists(self) -> None:
        """Lists of reused and renumbered ids, places, scores and their marks, without the voters."""
        for path in sorted(one for pattern in LISTS for one in self.vault.path.glob(pattern)):
            self.look()
            rows = pq.read_table(path)
            gone_ids = self.ids[_KEY].combine_chunks()
            stays = pc.invert(pc.is_in(rows[_KEY], value_set=gone_ids))
            if EARLIER in rows.column_names:
                stays = pc.and_(stays, pc.invert(pc.is_in(rows[EARLIER], value_set=gone_ids)))
            self._put(path, rows, stays)

    def linked(self) -> None:
        """Records that linking keeps go."""
        gone_ids = self.ids[_KEY].combine_chunks()
        for path in sorted(one for pattern in KEPT for one in self.vault.path.glob(pattern)):
            self.look()
            fresh = path.with_suffix(".part")
            if gone := without(path, gone_ids, fresh):
                place = path.relative_to(self.vault.path).as_posix()
                self.ledger.note(Rewritten(place, _sha256(path), _sha256(fresh), gone))
                fresh.replace(path)

    def corrections(self) -> None:
        """Corrections of protected voters go."""
        path = self.vault.own_corrections
        lines = corrections.read(path, personal=True)
        gone = set(self.ids[_KEY].to_pylist())
        stay = [one for one in lines if one.value not in gone]
        if len(stay) < len(lines):
            before = _sha256(path)
            corrections.keep(path, stay)
            self.ledger.note(Rewritten(path.name, before, _sha256(path), len(lines) - len(stay)))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def kept(vault: Vault) -> Iterator[dict[str, Any]]:
    """Every redaction that the vault knows of, oldest first."""
    for path in sorted((vault.path / "reports").glob("redaction-*.json")):
        yield json.loads(path.read_text("utf-8"))
