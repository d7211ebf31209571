"""Voters whom the key's member could see and sees no more: their ids alone, and that they are gone.

Why is not said: who left the roll, moved out of the terms or registered elsewhere looks the same. Nobody is
told of whom today's agreement did not show at some time: the older version of the roll is read under today's
grant, law and opt-outs, as it stood when that agreement began or later. Who is left out of every read
by now is left out of the old version, too.
"""

from __future__ import annotations

import csv
import hashlib
import io
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.utils import timezone

from commonroll import flow
from commonroll.roll.engine import engine
from commonroll.roll.lookup.index import COLUMNS, index_of
from commonroll.roll.vault.catalogue import Snapshot
from commonroll.roll.vault.vault import Vault
from commonroll.server import wall
from commonroll.server.actions import questions
from commonroll.server.actor import Forbidden
from commonroll.server.models import Agreement, FileJob
from commonroll.server.permits import DatabasePermits, in_force_grant
from commonroll.server.receipts import DatabaseReceipts, agreement_of
from commonroll.server.van import ids, job_files
from commonroll.server.van.change_fields import LEFT, heads
from commonroll.server.van.file_jobs import Work, instant
from commonroll.server.van.reading import OfOwner, Reading
from commonroll.views.export import ExportFile
from commonroll.views.members import write_members
from commonroll.views.question import Listed, NothingGranted, Pinned
from commonroll.views.view import Plan

KEY = "state_voter_id"


@dataclass(frozen=True)
class Versions:
    """The roll as a reader could have it, and as it has it now."""

    old: Snapshot
    new: Snapshot


def do(work: Work, reading: Reading, since: datetime, until: datetime) -> None:
    """Add those who left to a job: a file of their own below its rows, with receipts before it is there."""
    gone: list[int] = []
    agreements: list[str] = []
    for owner in reading.owners:
        of = reading.of(owner)
        versions = _versions(of, since, until) if of.has_roll else None
        found = _left(work, of, versions) if versions else []
        if found:
            gone += found
            grant = reading.grants.get(owner.key)
            agreements += [grant.agreement] if grant and not of.own else []
    work.job.report |= {"rows": work.job.report["rows"] + len(gone), "agreements": agreements}
    if gone:
        work.job.report["left"] = job_files.written(work.home, work.job, [_lines(gone, until)])


def pieces(job: FileJob, folder: Path) -> bytes:
    """What stands below a job's rows; raises Forbidden where an agreement that showed them is over."""
    if not job.report.get("left"):
        return b""
    with wall.node():
        read = Agreement.objects.filter(urn__in=job.report["agreements"])
        standing = [in_force_grant(one) for one in read.select_related("owner", "recipient")]
    if len(standing) < len(job.report["agreements"]) or any(
        grant is None or "export" not in grant.modes for grant in standing
    ):
        raise Forbidden(
            "an agreement that showed these voters is not in force any more; the file stays here",
            next_step="make the export job again",
        )
    return (folder / str(job.report["left"])).read_bytes()


def _versions(of: OfOwner, since: datetime, until: datetime) -> Versions | None:
    """None where no version is kept that the reader could see then, or nothing came after it."""
    start = since
    if not of.own:
        grant = of.reading.grants[of.owner.key]
        signed = agreement_of(grant.agreement).finalized_at or timezone.now()
        start = max(since, grant.start, signed)
    kept = Vault(of.reading.home.vaults, of.owner.key).snapshots()
    new = next((one for one in kept if one.made_at <= until), None)
    old = next((one for one in kept if one.made_at <= start), None)
    return Versions(old, new) if old and new and old.number < new.number else None


def _left(work: Work, of: OfOwner, versions: Versions) -> list[int]:
    """VAN ids of who could be seen in the old version and cannot be in the new one, the receipt first."""
    wanted = work.folder / f"left-{of.owner.key}.parquet"
    if not _differing(of, versions, wanted):
        return []
    before = _visible(work, of, versions.old, wanted)
    now = _visible(work, of, versions.new, wanted)
    if before is None:
        return []
    plan, seen = before
    voters = seen.filter(pc.invert(pc.is_in(seen, value_set=now[1]))) if now else seen
    gone = sorted(_ids(work, of, versions.old, voters))
    if gone:
        _receipt(work, of, plan, gone)
    return gone


def _differing(of: OfOwner, versions: Versions, to: Path) -> int:
    """Voters of the old version whose row is another or none in the new one, as a list's file; how many."""
    vault = Vault(of.reading.home.vaults, of.owner.key)
    with closing(engine()) as cursor, ExitStack() as leases:
        for one in (versions.old, versions.new):
            leases.enter_context(vault.lease(one))
        backend = ibis.duckdb.from_connection(cursor)
        old, new = (
            backend.read_parquet(list(vault.files(one, "voters"))).select(*COLUMNS)
            for one in (versions.old, versions.new)
        )
        rows = backend.to_pyarrow(old.difference(new, distinct=True).select(KEY).distinct().order_by(KEY))
    count: int = rows.num_rows
    placed = pa.table(
        {
            "owner": pa.repeat(of.owner.key, count), KEY: rows[KEY].cast(pa.string()),
            "place": pa.array(np.arange(count), pa.int64()),
        }
    )  # fmt: skip
    pq.write_table(placed, to)
    return count


def _visible(work: Work, of: OfOwner, at: Snapshot, wanted: Path) -> tuple[Plan, pa.Array] | None:
    """The plan, and those of a file whom a version of the roll shows under today's grant."""
    owner, reading = of.owner.key, of.reading
    question = replace(
        questions.question(
            viewer=reading.viewer, purpose=reading.key.purpose, mode="export", columns=["member"]
        ),
        listed=Listed(str(wanted), "who left", ((owner, ()),)),
        pinned=Pinned(at.made_at.date(), ((owner, at.number),)),
    )
    permits = DatabasePermits(reading.home, only=(owner,))
    to = work.folder / f"seen-{owner}-{at.number}.parquet"
    try:
        plan = flow.permit(question, permits, members=True)
    except NothingGranted:
        return None
    with permits.reading(plan):
        write_members(plan, to)
    permits.still(plan, datetime.now(UTC))
    return plan, pq.read_table(to, columns=[KEY])[KEY].combine_chunks().cast(pa.string())


def _ids(work: Work, of: OfOwner, at: Snapshot, voters: pa.Array) -> list[int]:
    """Their VAN ids; who is on the roll under another id keeps the number, and is not gone."""
    vault = Vault(work.home.vaults, of.owner.key)
    files = vault.files(at, "voters")
    known = pa.concat_tables([pq.read_table(path, columns=[KEY]) for path in files])[KEY].combine_chunks()
    places = np.flatnonzero(pc.is_in(known.cast(pa.string()), value_set=voters).to_numpy(False))
    numbers = index_of(vault.path, of.owner.key, files, ids.salt(work.home, of.owner)).numbers(places)
    numbers = np.asarray(numbers, np.int64)
    today = index_of(
        vault.path, of.owner.key, of.tables.files["voters"], ids.salt(work.home, of.owner)
    ).places_of(numbers)
    renumbered = (today >= 0) & ~np.isin(places, _same(of, known, places, today))
    left = numbers[~renumbered]
    found: list[int] = ids.van_ids(work.home, of.reading.viewer, of.owner, left).tolist()
    return found


def _same(of: OfOwner, known: pa.Array, places: np.ndarray, today: np.ndarray) -> np.ndarray:
    """Those of the old places whose voter stands under the same id today: hidden, not renumbered."""
    files = of.tables.files["voters"]
    every = pa.concat_tables([pq.read_table(path, columns=[KEY]) for path in files])[KEY].combine_chunks()
    there = today >= 0
    old, new = known.take(pa.array(places[there])), every.take(pa.array(today[there]))
    found: np.ndarray = places[there][pc.equal(old.cast(pa.string()), new.cast(pa.string())).to_numpy(False)]
    return found


def _receipt(work: Work, of: OfOwner, plan: Plan, gone: list[int]) -> None:
    """One row of the owner's log before an id leaves; it counts against the rows a day."""
    told = hashlib.sha256("\n".join(map(str, gone)).encode()).hexdigest()
    file = ExportFile(Path("v4"), told, len(gone), {of.owner.key: len(gone)}, ())
    receipts = DatabaseReceipts(home=work.home, viewer=of.reading.viewer, by=work.actor)
    receipts.cover(receipts.authorize(plan, file=file))


def _lines(gone: list[int], until: datetime) -> bytes:
    between = [""] * (len(heads("Contacts")) - 4)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [van, *between, instant(until), LEFT, 0] for van in sorted(gone)
    )
    return out.getvalue().encode()
