"""A list of people comes in: looked at, tried, matched and kept, undone and brought back."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.insight import import_list, import_optouts, import_output, imports
from commonroll.insight.import_list import Import
from commonroll.insight.import_terms import ImportTerms, checked_import
from commonroll.roll.vault.vault import Vault
from commonroll.server import journal
from commonroll.server.actions import stops, uploads
from commonroll.server.actions.loads import require_loader, vault
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import ListImport, Member, Stop
from commonroll.server.reporting import reporter

Progress = Callable[[str, float], None]
STOPPED = "the matching stopped; nothing of the list counts, match it again"


@dataclass(frozen=True)
class Terms:
    """What somebody says of a list, as it came with a form or a command; checked by `checked`."""

    kind: str
    source: str
    licence: str
    basis: str
    dated_on: str

    def checked(self, file_name: str) -> ImportTerms:
        """The terms, whole and plausible; raises Refusal where something is missing."""
        return checked_import(
            kind=self.kind,
            source=self.source,
            licence=self.licence,
            basis=self.basis,
            dated_on=self.dated_on,
            today=timezone.localdate(),
            file_name=file_name,
        )


def upload(
    *, home: Home, to: Member, file: UploadedFile[bytes] | None, terms: Terms, sheet: str = "", by: Actor
) -> ListImport:
    """Keep an uploaded list below the home and note its terms; the caller queues the first look."""
    require_loader(to, by)
    said = terms.checked(file.name or "" if file else "")
    listed = _noted(to, said, sheet=sheet, by=by)
    folder = home.uploads / str(listed.pk)
    (listed.file,) = uploads.keep(folder, [file] if file else [])
    listed.folder = str(folder)
    listed.save()
    return listed


def _noted(to: Member, said: ImportTerms, *, sheet: str, by: Actor) -> ListImport:
    return ListImport(
        member=to, by=by.label, kind=said.kind, source=said.source, licence=said.licence, basis=said.basis,
        dated_on=said.dated_on, sheet=sheet[:120],
    )  # fmt: skip


def go_on(
    *,
    listed: ListImport,
    step: str,
    columns: Mapping[str, str],
    again: bool = False,
    leave_alone: Sequence[str] = (),
    by: Actor,
) -> None:
    """State what columns hold, and which step comes next; the caller queues it."""
    require_loader(listed.member, by)
    if listed.state not in (ListImport.State.HELD, ListImport.State.REFUSED) or not listed.folder:
        raise Refusal("this list does not wait for you", next_step="see what became of it")
    if step not in ListImport.Step.values:
        raise Refusal("there is no such step", next_step="look at the columns, try, or match and keep")
    check_leaving(listed.kind, leave_alone)
    listed.step, listed.columns, listed.again = step, dict(columns), again
    listed.leave_alone = list(leave_alone)
    listed.state, listed.message = ListImport.State.WAITING, ""
    listed.stage, listed.fraction = "", 0.0
    listed.save()


def run(*, home: Home, listed: ListImport, by: Actor, progress: Progress | None = None) -> None:
    """Do the list's step in this process; its row shows progress and what came of it."""
    try:
        require_loader(listed.member, by)
        listed.state, listed.started_at = ListImport.State.RUNNING, timezone.now()
        listed.save()
        with tempfile.TemporaryDirectory(dir=listed.folder, prefix="work-") as work:
            _step(
                home, listed, Path(listed.folder) / listed.file, Path(work), by, progress or reporter(listed)
            )
    except Refusal as refusal:
        _end(listed, ListImport.State.REFUSED, str(refusal))
        raise
    except BaseException:
        _end(listed, ListImport.State.FAILED, STOPPED)
        raise


def from_file(
    *,
    home: Home,
    to: Member,
    path: Path,
    terms: Terms,
    columns: Mapping[str, str],
    sheet: str | None = None,
    again: bool = False,
    leave_alone: Sequence[str] = (),
    by: Actor,
    progress: Progress | None = None,
) -> ListImport:
    """Match and keep a list that lies on this machine, in this process."""
    require_loader(to, by)
    said = terms.checked(path.name)
    check_leaving(said.kind, leave_alone)
    listed = _noted(to, said, sheet=sheet or "", by=by)
    listed.file, listed.step, listed.state = path.name[-200:], ListImport.Step.KEEP, ListImport.State.RUNNING
    listed.columns, listed.again, listed.leave_alone = dict(columns), again, list(leave_alone)
    listed.started_at = timezone.now()
    listed.save()
    try:
        with tempfile.TemporaryDirectory(dir=home.tmp) as work:
            _step(home, listed, path, Path(work), by, progress or reporter(listed))
    except Refusal as refusal:
        _end(listed, ListImport.State.REFUSED, str(refusal))
        raise
    except BaseException:
        _end(listed, ListImport.State.FAILED, STOPPED)
        raise
    return listed


def of_one(
    *, home: Home, to: Member, cells: Mapping[str, str], terms: Terms, name: str, by: Actor
) -> ListImport:
    """Note a list of one line, to be matched and kept; the caller queues it."""
    require_loader(to, by)
    listed = _noted(to, terms.checked(name), sheet="", by=by)
    listed.file, listed.step, listed.state = name, ListImport.Step.KEEP, ListImport.State.WAITING
    listed.again = True
    folder = home.uploads / str(listed.pk)
    folder.mkdir(parents=True, mode=0o700)
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([list(cells), list(cells.values())])
    listed.folder = str(folder)
    listed.save()
    return listed


def dry_run(
    *,
    home: Home,
    to: Member,
    path: Path,
    terms: Terms,
    columns: Mapping[str, str],
    sheet: str | None = None,
    again: bool = False,
    by: Actor,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """What a matching would find; keeps nothing and writes nothing to the log."""
    require_loader(to, by)
    said, held = terms.checked(path.name), vault(home, to)
    with tempfile.TemporaryDirectory(dir=home.tmp) as work:
        looked = imports.first_look(
            held, path, said, folder=Path(work), import_id="0" * 32, columns=columns, sheet=sheet, again=again
        )
        return imports.find(held, looked, progress=progress).report.as_dict()


def _step(home: Home, listed: ListImport, path: Path, work: Path, by: Actor, progress: Progress) -> None:
    held = vault(home, listed.member)
    terms = Terms(
        listed.kind, listed.source, listed.licence, listed.basis, listed.dated_on.isoformat()
    ).checked(listed.file)
    looked = imports.first_look(
        held, path, terms, folder=work, import_id=listed.pk.hex, columns=listed.columns,
        sheet=listed.sheet or None, name=listed.file,
        again=listed.again or listed.step == ListImport.Step.LOOK,
    )  # fmt: skip
    if listed.step == ListImport.Step.LOOK:
        listed.report = looked.as_dict()
        _end(listed, ListImport.State.HELD, "")
        return
    found = imports.find(held, looked, progress=progress)
    listed.report = found.report.as_dict()
    if listed.step == ListImport.Step.TRY:
        _end(listed, ListImport.State.HELD, "")
        return
    listed.brought = imports.keep(held, found, by=by.label, now=timezone.now(), again=listed.again)
    if listed.leave_alone:
        listed.brought["left_alone"] = _leave_alone(held, listed, found.matched)
    _record(listed.member, "list.imported", listed.pk.hex, {"rows": str(found.report.rows)})
    _bind(home, listed.member, listed.pk.hex, by)
    _end(listed, ListImport.State.DONE, "")
    if listed.folder:
        shutil.rmtree(listed.folder, ignore_errors=True)
        ListImport.objects.filter(pk=listed.pk).update(folder="")


def check_leaving(kind: str, channels: Sequence[str]) -> None:
    """Raise Refusal where people of another list than one for hygiene are to be left alone, or nowhere."""
    if channels and kind != imports.HYGIENE:
        raise Refusal("only people of a list for hygiene are left alone", next_step="name its kind: hygiene")
    import_output.check_channels(channels)


def _leave_alone(held: Vault, listed: ListImport, matched: Path) -> int:
    return import_output.leave_alone(held, listed.pk.hex, matched, listed.leave_alone)


def _end(listed: ListImport, state: str, message: str) -> None:
    listed.state, listed.message, listed.ended_at = ListImport.State(state), message, timezone.now()
    listed.fraction, listed.stage = 1.0, "done"
    listed.save()


def import_of(*, member: Member, pk: str, by: Actor) -> ListImport:
    """A list of the member one acts for; nobody else's exists."""
    by.require("raw", member)
    found = ListImport.objects.filter(pk=pk, member=member).first()
    if found is None:
        raise Unknown("there is no such list", next_step="see the lists that came in")
    return found


def standing(*, home: Home, of: Member, by: Actor) -> list[Import]:
    """Imports as the member's vault has them, the newest first, the undone ones among them."""
    by.require("raw", of)
    return import_list.imports_of(vault(home, of))


def drop(*, listed: ListImport, by: Actor) -> None:
    """Forget a list that was looked at or tried and not kept; its file goes."""
    require_loader(listed.member, by)
    if listed.state not in (ListImport.State.HELD, ListImport.State.REFUSED, ListImport.State.FAILED):
        raise Refusal("this list is not waiting for you", next_step="undo it instead")
    if listed.folder:
        shutil.rmtree(listed.folder, ignore_errors=True)
    listed.delete()


# Undone and brought back


def undo(*, home: Home, of: Member, import_id: str, reason: str, by: Actor) -> Import:
    """From now on nothing of the import counts; who was left alone by it alone is not any more."""
    by.require("load", of)
    held = vault(home, of)
    done = import_list.withdraw(held, import_key(import_id), by=by.label, reason=reason, now=timezone.now())
    import_output.take_back(held, done.import_id)
    if found := stops.of_list(of, done.import_id):
        stops.take_back(home=home, found=found, reason=reason.strip(), by=by)
    _record(of, "list.undone", done.import_id, {"reason": reason.strip()})
    return done


def restore(*, home: Home, of: Member, import_id: str, reason: str, by: Actor) -> Import:
    """What an import brought counts again."""
    by.require("load", of)
    held = vault(home, of)
    done = imports.restore(held, import_key(import_id), by=by.label, reason=reason, now=timezone.now())
    import_output.again(held, done.import_id)
    _bind(home, of, done.import_id, by)
    _record(of, "list.restored", done.import_id, {"reason": reason.strip()})
    return done


def _bind(home: Home, of: Member, import_id: str, by: Actor) -> None:
    """Whoever on the list asks to be left alone asks every member."""
    held = vault(home, of)
    rows = import_optouts.told(held, held.path / imports.KEPT / import_id)
    if rows and not stops.of_list(of, import_id):
        stops.hear(
            home=home, asked=stops.events_of(rows), source=Stop.Source.IMPORT, heard_by=of, by=by,
            file=rows[0]["source_file"], file_hash=import_id,
        )  # fmt: skip


def import_key(import_id: str) -> str:
    """An import's id however it is written, with hyphens or without."""
    return import_id.replace("-", "").lower()


def _record(of: Member, action: str, import_id: str, said: Mapping[str, str]) -> None:
    """One leaf in the owner's log; what it commits to is sealed for the owner."""
    with transaction.atomic():
        journal.operator(of, action, {"import": import_id, **said})


def close_interrupted() -> int:
    """Lists that a killed process left running brought nothing that counts; they are noted as stopped."""
    running = ListImport.objects.filter(state=ListImport.State.RUNNING)
    for listed in running:
        # what was looked at or tried can be gone on with
        state = ListImport.State.HELD if listed.folder and listed.report else ListImport.State.FAILED
        _end(listed, state, STOPPED)
    return len(running)
