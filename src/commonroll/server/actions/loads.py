"""A delivery comes in: uploaded or named on the command line, judged by the gate, made a snapshot."""

from __future__ import annotations

import secrets
import shutil
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from commonroll import flow
from commonroll.errors import Refusal
from commonroll.roll.gate.gate import Overruled
from commonroll.roll.load import Accept, LoadResult, Progress
from commonroll.roll.lookup import ahead
from commonroll.roll.recognition.drift import HeaderDrift, NoLayout
from commonroll.roll.redaction import refused_lines
from commonroll.roll.vault.vault import Vault
from commonroll.server import duties, gate_reports, journal, stops
from commonroll.server.actions import places, retention, uploads
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Load, Member
from commonroll.server.reporting import reporter
from commonroll.server.salts import salt
from commonroll.transparency import leaves


def vault(home: Home, member: Member, *, small: bool = False) -> Vault:
    """The member's vault. Before a snapshot of it can be read it is looked through for stops, and its index
    made (`ahead.make`: `small`)."""
    found = Vault(home.vaults, member.key)

    def look(files: Sequence[str]) -> None:
        stops.look_ahead(home, member.key, files)
        ahead.make(found.path, member.key, files, salt(home, member), small=small)

    found.before_publishing = look
    return found


def require_loader(to: Member, by: Actor) -> None:
    """Only an owner of the member loads, and only a member that owns a state's file has a roll."""
    by.require("load", to)
    if not to.state:
        raise Refusal(f"{to.name} owns no state's file", next_step="load for the member that owns the voters")


def upload(
    *,
    home: Home,
    to: Member,
    files: Iterable[UploadedFile[bytes]],
    accept: str,
    piece: bool = False,
    by: Actor,
) -> Load:
    """Keep uploaded files below the home and note the load; the caller queues the job.

    A `piece` leaves counties and elections that it does not hold.
    """
    require_loader(to, by)
    load = Load(member=to, by=by.label, accept=accept, piece=piece)
    folder = home.uploads / str(load.pk)
    load.files = uploads.keep(folder, files)
    load.folder = str(folder)
    load.save()
    return load


def upload_mended(*, home: Home, of: Load, file: UploadedFile[bytes] | None, by: Actor) -> Load:
    """Keep a file of refused lines that came back mended, as a load of its own; the caller queues the job."""
    require_loader(of.member, by)
    load = Load(member=of.member, by=by.label, accept=Load.Accept.GATE, mends=of)
    folder = home.uploads / str(load.pk)
    load.files = uploads.keep(folder, [file] if file else [])
    load.folder = str(folder)
    load.save()
    return load


def run(
    *,
    home: Home,
    load: Load,
    paths: Sequence[Path],
    by: Actor,
    layout: str | None = None,
    progress: Progress | None = None,
    small: bool = False,
) -> LoadResult:
    """Take a load through the gate, in this process; its row shows progress, its verdict stays with it.
    `small`: see `vault`."""
    require_loader(load.member, by)
    load.state, load.started_at = Load.State.RUNNING, timezone.now()
    load.save()
    try:
        result = flow.take(
            vault(home, load.member, small=small),
            list(_lists(paths)) if load.mends_id else paths,
            load_id=str(load.pk),
            state=load.member.state,
            layout=layout,
            piece=load.piece,
            mend=str(load.mends_id) if load.mends_id else None,
            accept=_accept(load.accept),
            overrule=Overruled(load.by, load.reason) if load.reason else None,
            progress=progress or reporter(load),
        )
    except Refusal as refusal:
        if load.reason:
            refusal.next_step = f"{refusal.next_step} No reason overrules this.".strip()
        end(load, Load.State.REFUSED, refusal=refusal)
        raise
    except BaseException:
        end(load, Load.State.FAILED)
        raise
    record(home=home, load=load, result=result)
    if result.snapshot is not None:
        places.make_after_load(vault(home, load.member))
    return result


def from_files(
    *,
    home: Home,
    to: Member,
    paths: Sequence[Path],
    accept: str,
    layout: str | None,
    by: Actor,
    reason: str = "",
    piece: bool = False,
    mend: str | None = None,
    progress: Progress | None = None,
) -> LoadResult:
    """Load files that lie on this machine, in this process.

    A `reason` overrules a refusal of the gate; a `piece` leaves counties and elections it does not hold;
    `mend`: the files are lines which that load refused, mended.
    """
    require_loader(to, by)
    named = [path.name for path in paths]
    accept = Load.Accept.OVERRULE if reason else accept
    load = Load.objects.create(
        member=to, by=by.label, accept=accept, reason=reason, piece=piece, files=named,
        mends=reported(member=to, pk=mend, by=by) if mend is not None else None,
    )  # fmt: skip
    return run(home=home, load=load, paths=paths, by=by, layout=layout, progress=progress)


def dry_run(
    *,
    home: Home,
    to: Member,
    paths: Sequence[Path],
    accept: str,
    by: Actor,
    layout: str | None,
    piece: bool = False,
    mend: str | None = None,
) -> LoadResult:
    """What a load would do; writes nothing to the vault and nothing to the log."""
    require_loader(to, by)
    if mend is not None:
        mend = str(reported(member=to, pk=mend, by=by).pk)
    return flow.take(
        vault(home, to),
        paths,
        load_id=str(uuid.uuid4()),
        state=to.state,
        layout=layout,
        piece=piece,
        mend=mend,
        accept=_accept(accept),
        dry_run=True,
    )


def _lists(paths: Sequence[Path]) -> Iterator[Path]:
    """Files of mended lines: those named, and those of an upload's folder."""
    for path in paths:
        yield from sorted(path.iterdir()) if path.is_dir() else [path]


def _accept(chosen: str) -> Accept:
    """What the gate is told: a reason that overrules it is told apart."""
    return "gate" if chosen == Load.Accept.OVERRULE else cast(Accept, chosen)


def protect(*, home: Home, of: Member, file: Path, by: Actor) -> int:
    """Take a list of voters out of every view at once; how many of them are on the roll."""
    by.require("protect", of)
    done = vault(home, of).suppress(file, "protected")
    with transaction.atomic():
        journal.operator(of, "protected.listed", {"voters": str(done.added)})
    duties.recall_people(home, of)
    return done.added


def end(load: Load, state: str, *, refusal: Refusal | None = None) -> None:
    """Close the row of a load that came to nothing, with what its owner is told."""
    load.state, load.ended_at = Load.State(state), timezone.now()
    if isinstance(refusal, NoLayout):
        load.report = {"no_layout": True}
    if isinstance(refusal, HeaderDrift):
        load.report["drift"] = refusal.drift.as_dict()
    load.message = str(refusal) if refusal else "the load stopped; the roll is as it was, run it again"
    load.save()
    if not isinstance(refusal, NoLayout):  # such files wait until their owner fits a layout to them
        drop_upload(load)


@transaction.atomic
def record(*, home: Home, load: Load, result: LoadResult) -> None:
    """Close the load's row and write its receipt, together."""
    load.verdict = result.verdict
    load.report = result.report.as_dict()
    load.snapshot = result.snapshot.number if result.snapshot else None
    load.state = _state(result)
    load.fraction, load.stage, load.ended_at = 1.0, "done", timezone.now()
    load.save()
    details, salt = _details(gate_reports.of(home, load), load), secrets.token_bytes(leaves.SALT_BYTES)
    journal.record(
        log=load.member.key,
        type="load",
        keys={**leaf_keys(load, result), "detail": leaves.commit(details, salt)},
        owner=load.member.key,
        sealed_shared=leaves.seal(details, salt, [load.member.reader]),
    )
    transaction.on_commit(lambda: _clear(home, load))


def _details(signed: gate_reports.SignedReport, load: Load) -> dict[str, Any]:
    """What the leaf commits to: the signed report by its hash, and an owner's word against the gate."""
    overruled = load.report.get("overruled")
    return {"report": signed.sha256, **({"overruled": overruled} if overruled else {})}


def _clear(home: Home, load: Load) -> None:
    """After a load: what its own and earlier deliveries left and nobody can decide about any more."""
    if load.snapshot is not None:
        retention.tidy(home, load.member)
    if load.state != Load.State.HELD and not may_overrule(load):
        drop_upload(load)
    for other in Load.objects.filter(member=load.member, state=Load.State.REFUSED).exclude(pk=load.pk):
        drop_upload(other)


def _state(result: LoadResult) -> Load.State:
    if result.snapshot is not None:
        return Load.State.DONE
    return Load.State.HELD if result.verdict == "quarantine" else Load.State.REFUSED


def load_of(*, member: Member, pk: str, by: Actor) -> Load:
    """A load of the member one acts for; nobody else's exists."""
    by.require("read", member)
    found = Load.objects.filter(pk=pk, member=member).first()
    if found is None:
        raise Unknown("there is no such load", next_step="see the list of loads")
    return found


def reported(*, member: Member, pk: str | None, by: Actor) -> Load:
    """The named load of a member, or its newest one that the gate judged."""
    if pk is None:
        by.require("read", member)
        newest = Load.objects.filter(member=member).exclude(verdict="").order_by("-created_at").first()
        if newest is None:
            raise Refusal(f"{member.name} has loaded nothing yet", next_step="load a delivery first")
        return newest
    try:
        return load_of(member=member, pk=str(uuid.UUID(pk)), by=by)
    except ValueError as error:
        raise Unknown("there is no such load", next_step="see the list of loads") from error


def save_refused(*, home: Home, of: Member, pk: str, to: Path, by: Actor) -> int:
    """Write a load's refused lines to a CSV file, to be mended and loaded again; how many."""
    by.require("raw", of)
    held = vault(home, of)
    files = held.refused_files(str(reported(member=of, pk=pk, by=by).pk))
    if not files:
        raise Refusal("every line of this load was read", next_step="there is nothing to mend")
    return refused_lines.write(files, held.suppressed(), to)


def leaf_keys(load: Load, result: LoadResult) -> dict[str, str]:
    """The keys of a load's leaf: verdict and counts, never a row."""
    keys = {
        "load": f"urn:uuid:{load.pk}",
        "verdict": result.verdict,
        "rows": str(result.snapshot.rows.get("voters", 0) if result.snapshot else 0),
        "refused": str(result.report.refused),
        "dataset": load.member.dataset,
    }
    return keys | ({"snapshot": str(result.snapshot.number)} if result.snapshot else {})


def may_overrule(load: Load) -> bool:
    """Whether a refused delivery still lies here and was not refused for good."""
    refused = load.state == Load.State.REFUSED and load.verdict == "refuse" and not load.report.get("final")
    return refused and bool(load.folder) and Path(load.folder).is_dir()


def drop_upload(load: Load) -> None:
    """The upload has done its work: accepted lines lie in the vault, a refused file is the owner's still."""
    if load.folder:
        shutil.rmtree(load.folder, ignore_errors=True)


def close_interrupted(home: Home) -> int:
    """Loads that a killed process left running: finished ones are noted as such, the others as stopped."""
    left = list(Load.objects.filter(state=Load.State.RUNNING).select_related("member"))
    for load in left:
        made = next((s for s in vault(home, load.member).snapshots() if s.load == str(load.pk)), None)
        load.snapshot = made.number if made else None
        if made:
            load.state, load.verdict, load.fraction = Load.State.DONE, "accept", 1.0
            load.message = "the process ended after the snapshot was made; its gate report is in the vault"
            load.ended_at = timezone.now()
            load.save()
        else:
            end(load, Load.State.FAILED)
    return len(left)
