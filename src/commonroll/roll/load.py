"""Official files become the vault's next snapshot: opened, recognised, staged beside, judged, swapped in.

Until the last step nothing that a reader sees changes. A load that dies anywhere leaves the snapshot before
it whole; what it left behind goes when the next load begins.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4

import pyarrow as pa

from .changes import flagged
from .engine import ibis_engine
from .gate import gate, reports
from .gate.corrections_applied import Corrected, correct
from .gate.figures import Figures, figures
from .gate.gate import FileRead, GateReport, Overruled
from .gate.reuse import Churn
from .layout.layout import Layout
from .layout.shape import LISTS
from .reading.read import open_delivery
from .recognition.recognition import Incoming, recognition
from .schema import REFUSED, VOTERS
from .staging.full_disk import room_to_load
from .staging.mend import mended
from .staging.staging import Candidate, Progress, stage
from .vault import suppression
from .vault.carry import note_carried, with_the_rest
from .vault.raw import apart_from_earlier, loads_read, sweep
from .vault.renumbered import Renumbered
from .vault.vault import Snapshot, Vault

__all__ = ["Accept", "LoadResult", "Progress", "load"]

Accept = Literal["gate", "quarantine"]
NOT_READ = "not read"
"""In place of a layout, for a file of the delivery that was passed over or is empty."""


@dataclass(frozen=True)
class LoadResult:
    """What came of a load. `snapshot` is None where nothing was published (refused, quarantined, dry run)."""

    load: str
    verdict: Literal["accept", "quarantine", "refuse"]
    report: GateReport
    snapshot: Snapshot | None


def load(
    vault: Vault,
    paths: Sequence[Path],
    *,
    load_id: str | None = None,
    state: str | None = None,
    layout: str | None = None,
    piece: bool = False,
    mend: str | None = None,
    dry_run: bool = False,
    accept: Accept = "gate",
    overrule: Overruled | None = None,
    progress: Progress | None = None,
    now: datetime,
) -> LoadResult:
    """Take a delivery of one state's official files into `vault`.

    `paths`: files, folders, zips, gzips. `layout`: read every file by that layout. `piece`: the delivery
    holds some of the counties or elections; the rest of the roll stays as it is. `mend`: the paths are lines
    that the load of that name refused, mended (see `refused_lines.py`). `accept`: "gate" publishes what the
    gate accepts, "quarantine" also what it would have somebody look at first. `overrule`: an owner's word
    that publishes what the gate refuses, unless it refuses for good. Tables that the delivery does not fill
    stay as they are.

    Raises Refusal for files that cannot be read or are of another state, VaultBusy where another load runs,
    Refusal for a full disk; the vault is then as it was.
    """
    name = load_id or f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    tell = progress or silent
    with room_to_load(vault), place_to_work(vault, name, dry_run) as work:
        tell("opening", 0.0)
        if mend is None:
            files, not_read = files_of(vault, paths, work, state, layout)
        else:
            files, not_read = mended(vault, paths, mend), []
        corrections = vault.corrections(files[0].layout.state)
        before = None if mend is None and not piece else vault.current()
        if before is not None:
            files = apart_from_earlier(vault, before, files, name)
        candidate = stage(files, work, member=vault.member, as_of=now.date(), progress=tell)
        if before is not None:
            with vault.lease(before):  # a dry run holds no lock
                whole = with_the_rest(vault, before, candidate.staged, work, lines_alone=mend is not None)
            candidate = replace(candidate, staged=whole)
            note_carried(work / "raw", loads_read(vault, before))
        corrected = correct(candidate.staged.get(VOTERS.name, ()), corrections, now.date())
        tell("checking", 0.92)
        churned, ids = reports.compared_ids(vault, candidate.staged.get(VOTERS.name, ()))
        report = _judge(vault, files, not_read, candidate, corrected, churned, now)
        if overrule is not None:
            report = report.taken_by(overrule)
        published = None
        if not dry_run:
            tell("publishing", 0.96)
            reports.keep_reused(vault, name, ids.reused)
            published = _publish(vault, name, files, candidate, report, ids.renumbered, accept, work, now)
    tell("done", 1.0)
    return LoadResult(name, report.verdict, report, published)


def silent(stage: str, fraction: float) -> None:
    return None


@contextmanager
def place_to_work(vault: Vault, name: str, dry_run: bool) -> Iterator[Path]:
    """An empty folder: in the vault under its lock, or anywhere else for a dry run."""
    with ExitStack() as stack:
        if dry_run:
            yield Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="commonroll-")))
            return
        stack.enter_context(vault.lock(doing=f"load {name}"))
        sweep(vault)
        work = vault.path / "staging" / name
        work.mkdir(parents=True, mode=0o700)
        stack.callback(shutil.rmtree, vault.path / "staging", ignore_errors=True)
        yield work


def files_of(
    vault: Vault, paths: Sequence[Path], work: Path, state: str | None, layout: str | None
) -> tuple[list[Incoming], list[FileRead]]:
    head = vault.current()
    nested = work / "archives"
    nested.mkdir()
    delivered = open_delivery(paths, nested)
    wanted = state or (head.state if head else None)
    seen = recognition(delivered, state=wanted, key=layout, layouts=vault.layouts())
    return list(seen.files), [FileRead(name, NOT_READ, why, 0) for name, why in seen.passed.items()]


def layouts_judged(files: Sequence[Incoming]) -> list[Layout]:
    """Each layout once; a list of election codes or places is read, and fills no table."""
    found = {one.layout.key: one.layout for one in files if one.layout.table not in LISTS}
    return list(found.values())


def _judge(
    vault: Vault,
    files: Sequence[Incoming],
    not_read: Sequence[FileRead],
    candidate: Candidate,
    corrected: Corrected,
    churned: Churn | None,
    now: datetime,
) -> GateReport:
    delivered = candidate.tally.delivered()
    return gate.judge(
        figures(ibis_engine(), candidate.staged),
        reports.past(vault),
        layouts=layouts_judged(files),
        delivered=replace(delivered, files=(*delivered.files, *not_read), corrected=corrected),
        at=now,
        sample=vault.sample,
        churn=churned,
    )


def _publish(
    vault: Vault,
    name: str,
    files: Sequence[Incoming],
    candidate: Candidate,
    report: GateReport,
    moved: Renumbered,
    accept: Accept,
    work: Path,
    now: datetime,
) -> Snapshot | None:
    taken = report.verdict == "accept" or report.overruled is not None
    taken |= report.verdict == "quarantine" and accept == "quarantine"
    refused = [into(vault, REFUSED.name, path) for path in candidate.refused]
    head = vault.current()
    if not taken:
        vault.keep_refused(name, refused)
        reports.write(vault, name, report, Figures(), candidate.tally.as_read())
        return None
    _keep_raw(vault, name, work)
    before = reports.figures_of(vault, head) if head else Figures()
    reports.write(vault, name, report, report.figures.over(before), candidate.tally.as_read())
    reports.keep_renumbered(vault, name, moved.pairs, now)
    flagged.heed(vault, candidate.staged.get(VOTERS.name, ()), now)
    both = pa.concat_tables([moved.pairs, moved.perhaps])
    suppression.follow(vault.catalogue, both)
    staged = {table: [into(vault, table, path) for path in made] for table, made in candidate.staged.items()}
    made = vault.publish(
        {**staged, REFUSED.name: refused},
        parent=head.number if head else None,
        load=name,
        state=files[0].layout.state,
        layouts=sorted({one.layout.key for one in files}),
        now=now,
    )
    if report.overruled is None:  # flags that vanish against the gate's advice protect on
        flagged.release(vault, staged.get(VOTERS.name, ()), spared=both.select(["state_voter_id"]))
    return made


def into(vault: Vault, table: str, path: Path) -> Path:
    """Move a staged file into its table's folder, where only a manifest row makes it part of the roll."""
    return path.rename(vault.stage(table))


def _keep_raw(vault: Vault, name: str, work: Path) -> None:
    """The lines as delivered move beside the roll, with a list that says which folder is which file."""
    raw = vault.path / "raw"
    raw.mkdir(mode=0o700, exist_ok=True)
    (work / "raw").rename(raw / name)
