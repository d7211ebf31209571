"""Leaked files that come with a form: kept until they are traced, then deleted; the report stays."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import replace
from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.identity.lists.unpacked import CAPS
from commonroll.roll.vault import folder_guide
from commonroll.roll.vault.vault import Vault
from commonroll.server import trace_notes
from commonroll.server.actions import traces, uploads
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.server.trace_notes import Note


def begin(
    *, home: Home, owner: Member, file: UploadedFile[bytes] | None, seen_on: str = "", by: Actor
) -> Note:
    """Keep a file below the home and note that it is about to be traced; the caller queues it.

    `seen_on`: a day as ISO 8601, or nothing. Raises Refusal where it is none, no file came, it is too large,
    or another one is being traced.
    """
    by.require("raw", owner)
    if file is None:
        raise Refusal("No file came.", next_step="Choose the leaked file.")
    if (file.size or 0) > CAPS.total:
        raise Refusal(
            f"A leaked file has at most {CAPS.total >> 20:,} MiB.",
            next_step="Trace it with `commonroll trace`, or a part of its rows here.",
        )
    day = _day(seen_on)
    vault, now = Vault(home.vaults, owner.key), timezone.now()
    if any(one.state == trace_notes.TRACING and not one.stuck(now) for one in trace_notes.every(vault)):
        raise Refusal("Another file is being traced.", next_step="Wait for its result, then bring this one.")
    vault.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder_guide.write(vault.path, owner.key)
    name = uuid.uuid4()
    kept = uploads.keep(home.uploads / name.hex, [file])
    at = now.isoformat(timespec="seconds")
    return trace_notes.write(vault, Note(str(name), kept[0], by.label, at, seen_on=day))


def _day(text: str) -> str:
    """The day as it is kept; raises Refusal for what is none, or has not come."""
    try:
        day = date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        day = date.max
    if day is not None and day > timezone.localdate():
        raise Refusal("This is no day that has come.", next_step="Write it as 2026-11-28, or leave it out.")
    return day.isoformat() if day else ""


def run(*, home: Home, owner: Member, name: str, by: Actor) -> Note:
    """Trace what was uploaded; the note says what became of it, and the file is gone afterwards."""
    by.require("raw", owner)
    vault = Vault(home.vaults, owner.key)
    note, folder = one(home=home, owner=owner, name=name, by=by), home.uploads / uuid.UUID(name).hex
    try:
        seen_on = date.fromisoformat(note.seen_on) if note.seen_on else None
        made = traces.make(home=home, owner=owner, file=folder / note.file, seen_on=seen_on, by=by)
        trace_notes.keep_report(vault, note, made.content)
        return trace_notes.write(vault, replace(note, state=trace_notes.DONE, sha256=made.sha256))
    except Refusal as refusal:
        return _refused(vault, note, refusal)
    except BaseException:
        said = Refusal("Tracing stopped by a fault of the program.", next_step="Bring the file again.")
        _refused(vault, note, said)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def one(*, home: Home, owner: Member, name: str, by: Actor) -> Note:
    """An asking of this owner's; raises Unknown for any other."""
    by.require("raw", owner)
    found = trace_notes.one(Vault(home.vaults, owner.key), name)
    if found is None:
        raise Unknown("There is no such trace.", next_step="See the page Trace a leak.")
    return found


def _refused(vault: Vault, note: Note, refusal: Refusal) -> Note:
    said = replace(note, state=trace_notes.REFUSED, refusal=refusal.as_dict())
    return trace_notes.write(vault, said)
