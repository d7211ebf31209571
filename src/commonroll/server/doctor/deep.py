"""Every byte of a home is read and held against what was recorded of its file.

Two things record: a table's own log tells the hash of each file that a load or an event added, and each such
examination keeps what it read. A file that nobody wrote since must be the same; one that is written once must
be the same for ever, but for what a redaction says that it rewrote. What is read for the first time must be
readable by its format. Nothing but the record is changed, and the record of a damaged file stays as it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from commonroll import at_rest
from commonroll.errors import Refusal
from commonroll.roll.schema import TABLES
from commonroll.roll.vault import bulk
from commonroll.server import wall
from commonroll.server.doctor import digests, kinds
from commonroll.server.doctor.digests import Digests, Seen
from commonroll.server.doctor.findings import Finding, Patient, Weight
from commonroll.server.home import Home
from commonroll.server.models import Extract

CHECK = "bytes"
Tell = Callable[[str, float], None]
_OFTEN = 200
"""Files after which what was recorded is kept."""
_BLOCK = 1 << 20


@dataclass
class Deep:
    """What came of it: files and bytes read; compared with a record; recorded for the first time; written
    since they were recorded; `busy`: written just then, and left for the next."""

    found: list[Finding] = field(default_factory=list)
    files: int = 0
    bytes: int = 0
    compared: int = 0
    recorded: int = 0
    written: int = 0
    busy: int = 0

    def as_dict(self) -> dict[str, int]:
        """Counts, JSON-ready."""
        counts = ("files", "bytes", "compared", "recorded", "written", "busy")
        return {name: getattr(self, name) for name in counts} | {"damaged": len(self.found)}

    @property
    def said(self) -> str:
        """The counts in a sentence."""
        return (
            f"{self.files:,} files were read to their last byte ({size(self.bytes)}): {self.compared:,} "
            f"compared with what was recorded of them, {self.recorded:,} recorded for the next time, "
            f"{self.written:,} written since and recorded anew, {self.busy:,} written just now and left out."
        )


def size(count: int) -> str:
    """Bytes in words."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"


def _silent(_: str, __: float) -> None:
    return None


@wall.node()
def examine(home: Home, member: str = "", tell: Tell = _silent) -> Deep:
    """Read every file; with `member` those of its vault and log alone. `tell`: what is done, share of it."""
    with digests.recording(home) as record:
        work = _Reading(Patient(home, member), record)
        paths = [(path, path.stat().st_size) for path in kinds.every(home, member) if path.exists()]
        whole = sum(count for _, count in paths) or 1
        for number, (path, _) in enumerate(paths, 1):
            tell(f"{size(work.done.bytes)} of {size(whole)} read", min(1.0, work.done.bytes / whole))
            work.look(path)
            if not number % _OFTEN:
                record.keep()
        work.forget_gone()
    return work.done


class _Reading:
    def __init__(self, patient: Patient, record: Digests) -> None:
        self.home, self.record, self.done = patient.home, record, Deep()
        self.known = record.known()

    def look(self, path: Path) -> None:
        seen = _read(path)
        if seen is None:
            self.done.busy += 1
            return
        self.done.files += 1
        self.done.bytes += seen.bytes
        place = path.relative_to(self.home.path).as_posix()
        known = self.known.get(place)
        wrong = self._wrong(path, place, seen, known)
        if wrong:
            self.done.found.append(_finding(self.home, path, place, wrong))
        else:
            self._count(seen, known, bool(self._told(path, place)))
            self.record.put(place, seen)

    def _count(self, seen: Seen, known: Seen | None, told: bool) -> None:
        if known is None and not told:
            self.done.recorded += 1
        elif known is None or seen.sha256 == known.sha256:
            self.done.compared += 1
        else:
            self.done.written += 1

    def _wrong(self, path: Path, place: str, seen: Seen, known: Seen | None) -> str:
        """What is wrong with a file; '' where it is as it was, or was written since and can be read."""
        told = self._told(path, place)
        if told and told != seen.sha256:
            return "its bytes are not those that were written"
        if known is not None and known.sha256 != seen.sha256:
            if seen.untouched_since(known):
                return f"its bytes changed since {known.at[:10]}, and nobody wrote it"
            once = kinds.kind_of(place).once
            if once and seen.sha256 not in _rewritten(self.home, place):
                return f"its bytes are not those of {known.at[:10]}, and it is written once"
        if told or (known is not None and known.sha256 == seen.sha256):
            return ""
        return "" if readable(path) else "it cannot be read"

    def _told(self, path: Path, place: str) -> str:
        """The hash that something else tells of the file; '' where nothing does."""
        parts = place.split("/")
        if parts[0] == "extracts" and len(parts) == 2:
            return _of_extract(parts[1])
        if parts[0] == "vaults" and len(parts) == 4 and parts[2] in TABLES:
            return _of_table(path.parent).get(parts[3], "")
        return ""

    def forget_gone(self) -> None:
        for place in self.known:
            if not (self.home.path / place).exists():
                self.record.forget(place)


def _read(path: Path) -> Seen | None:
    """A file as the disk has it, where the system lets go of its copy; None where it is being written."""
    try:
        with path.open("rb") as file:
            before, hashed = os.fstat(file.fileno()), hashlib.sha256()
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            while block := file.read(_BLOCK):
                hashed.update(block)
            after = path.stat()
    except FileNotFoundError:
        return None
    if (before.st_ino, before.st_size, before.st_mtime_ns) != (
        after.st_ino, after.st_size, after.st_mtime_ns
    ):  # fmt: skip
        return None
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return Seen(before.st_size, before.st_mtime_ns, hashed.hexdigest(), at)


def readable(path: Path) -> bool:
    """Whether a file is one of its format, to its end; true of formats that nothing is known of."""
    try:
        if path.name == at_rest.DATA:
            at_rest.ring_of(path)
        elif at_rest.is_sealed(path):
            at_rest.read(path)
        elif path.suffix == ".parquet":
            for _ in pq.ParquetFile(path).iter_batches():
                pass
        elif path.suffix == ".json":
            json.loads(path.read_bytes().splitlines()[0] if "_delta_log" in path.parts else path.read_bytes())
        elif path.suffix == ".sqlite3":
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
                return bool(database.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok")
    except (OSError, ValueError, pa.ArrowException, sqlite3.DatabaseError, Refusal):
        return False
    return True


def _of_extract(name: str) -> str:
    return Extract.objects.filter(file=name).values_list("sha256", flat=True).first() or ""


def _of_table(folder: Path) -> Mapping[str, str]:
    log = folder / "_delta_log"
    return _digests(folder, log.stat().st_mtime_ns) if log.is_dir() else {}


@lru_cache(maxsize=64)
def _digests(folder: Path, _: int) -> Mapping[str, str]:
    return bulk.digests(folder)


def _rewritten(home: Home, place: str) -> set[str]:
    """Hashes that redactions say they gave the file."""
    _, member, below = place.split("/", 2) if place.startswith("vaults/") else ("", "", place)
    reports = sorted((home.vaults / member / "reports").glob("redaction-*.json")) if member else []
    return {one["new"] for path in reports for one in _files_of(path) if one["place"] == below}


def _files_of(report: Path) -> Sequence[Mapping[str, str]]:
    try:
        return list(json.loads(report.read_bytes())["files"])
    except (OSError, ValueError, KeyError, TypeError):  # damaged itself, which is found by itself
        return ()


def _finding(home: Home, path: Path, place: str, wrong: str) -> Finding:
    kind = kinds.kind_of(place)
    if place.startswith("vaults/") and kind.once and place.split("/")[2] in TABLES:
        kind = kinds.of_table(home, place)
    what = f"{wrong}; lost with it: {kind.lost}"
    if kind.made_again is None:
        return Finding(CHECK, place, what, kind.restore)
    gone = [path, *path.parents][kind.made_again]
    return Finding(
        CHECK, place, what, kind.restore, Weight.WRONG, "remove it; it is made again", partial(_remove, gone)
    )


def _remove(gone: Path) -> None:
    if gone.is_dir():
        shutil.rmtree(gone, ignore_errors=True)
    else:
        gone.unlink(missing_ok=True)


def on_page(found: Sequence[Finding]) -> Iterator[Finding]:
    """The findings as officers may see them: whose, not which file, since names tell of decoys and leaks."""
    for part, count in Counter(_part(one.where) for one in found).items():
        yield Finding(
            CHECK, part, f"{count:,} files are damaged",
            "`commonroll doctor --deep` on the machine names them, and what restores each",
        )  # fmt: skip


def _part(where: str) -> str:
    """Whose a file is; of `copies` not even that: it tells who has decoys."""
    return "copies" if where.startswith("copies/") else "/".join(where.split("/")[:2])
