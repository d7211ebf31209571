"""Streets of a public map that a member brings for its own walks: read, kept in its vault, put away."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.field.maps import keep
from commonroll.field.maps.gathered import Told
from commonroll.field.maps.keep import Brought
from commonroll.field.maps.read import LARGEST, gather
from commonroll.insight.import_terms import checked_import
from commonroll.roll.vault import folder_guide
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import uploads
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Member

BASIS = "a public map; nobody is in it"
STAY = datetime.timedelta(days=30)
"""How long streets that were put away can be taken back."""

STUCK = datetime.timedelta(hours=2)
"""A reading that has said nothing for so long died."""


def load(
    *,
    home: Home,
    of: Member,
    paths: Sequence[Path],
    source: str,
    licence: str,
    as_of: datetime.date | str,
    by: Actor,
    told: Told | None = None,
) -> Brought:
    """Read files of streets in this process and keep them.

    Raises Refusal where it is not said where they are from, under which licence and as of when, or where they
    cannot be read; nothing is kept then.
    """
    vault, begun = _begun(home, of, [path.name for path in paths], source, licence, as_of, by)
    try:
        return _read(vault, begun, paths, told)
    except BaseException:
        keep.delete(vault, begun)
        raise


def upload(
    *,
    home: Home,
    of: Member,
    files: Iterable[UploadedFile[bytes]],
    source: str,
    licence: str,
    as_of: str,
    by: Actor,
) -> tuple[Brought, Path]:
    """Keep uploaded files below the home, and note that they are about to be read; the caller queues it."""
    given = list(files)
    if any((one.size or 0) > LARGEST for one in given):
        raise Refusal(
            f"A file of streets has at most {LARGEST >> 30} GiB.",
            next_step="Take the extract of a state or of some counties.",
        )
    vault, begun = _begun(home, of, [one.name or "" for one in given], source, licence, as_of, by)
    folder = home.uploads / begun.id
    try:
        uploads.keep(folder, given)
    except BaseException:
        keep.delete(vault, begun)
        raise
    return begun, folder


def read_uploaded(*, home: Home, of: Member, name: str, by: Actor) -> Brought:
    """Read what was uploaded; the note shows how far it is, and why it was refused."""
    by.require("load", of)
    vault, folder = Vault(home.vaults, of.key), home.uploads / name
    begun = _one(vault, name)

    def told(lines: int) -> None:
        keep.note(vault, replace(begun, read=lines))

    try:
        return _read(vault, begun, sorted(folder.iterdir()), told)
    except Refusal as refusal:
        return keep.note(vault, replace(begun, state=keep.REFUSED, refusal=refusal.as_dict()))
    except BaseException:
        said = Refusal("Reading stopped by a fault of the program.", next_step="Bring the files again.")
        keep.note(vault, replace(begun, state=keep.REFUSED, refusal=said.as_dict()))
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def brought(*, home: Home, of: Member, by: Actor) -> list[Brought]:
    """What the member brought, the newest first; those put away too."""
    by.require("read", of)
    return keep.all_brought(Vault(home.vaults, of.key))


def put_away(*, home: Home, of: Member, name: str, away: bool, by: Actor) -> Brought:
    """Streets that no further cut uses, or (`away` false) uses again; cuts keep those that they have."""
    by.require("load", of)
    vault = Vault(home.vaults, of.key)
    found = _one(vault, name)
    if found.state == keep.READING and timezone.now() - datetime.datetime.fromisoformat(found.at) < STUCK:
        raise Refusal("They are still being read.", next_step="Wait until they are.")
    return keep.note(vault, replace(found, away=timezone.now().isoformat() if away else ""))


def as_dict(found: Brought) -> dict[str, Any]:
    """A bringing as one JSON document."""
    return asdict(found) | {"credit": found.credit}


def _begun(
    home: Home,
    of: Member,
    files: Sequence[str],
    source: str,
    licence: str,
    as_of: datetime.date | str,
    by: Actor,
) -> tuple[Vault, Brought]:
    by.require("load", of)
    if not files:
        raise Refusal("No file came.", next_step="Choose a file of streets.")
    terms = checked_import(
        kind="other", source=source, licence=licence, basis=BASIS, dated_on=as_of, today=timezone.localdate()
    )
    vault, names = Vault(home.vaults, of.key), tuple(_name(one) for one in files)
    vault.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder_guide.write(vault.path, of.key)
    _sweep(vault)
    begun = Brought(
        keep.new_id(), names, terms.source, terms.licence, terms.dated_on.isoformat(), by.label,
        timezone.now().isoformat(timespec="seconds"),
    )  # fmt: skip
    return vault, keep.begin(vault, begun)


def _read(vault: Vault, begun: Brought, paths: Sequence[Path], told: Told | None) -> Brought:
    return keep.keep(vault, begun, gather(list(paths), told=told))


def _name(given: str) -> str:
    """The last part of a file's name, for people to read; never a path."""
    last = given.replace("\\", "/").rpartition("/")[2]
    return "".join(c if c.isprintable() else "_" for c in last)[:120] or "file"


def _one(vault: Vault, name: str) -> Brought:
    """By its id or the first signs of it."""
    found = [each for each in keep.all_brought(vault) if name and each.id.startswith(name)]
    if len(found) != 1:
        raise Unknown("There are no such streets.", next_step="See `commonroll streets list`.")
    return found[0]


def _sweep(vault: Vault) -> None:
    """Delete what was put away long ago."""
    for each in keep.all_brought(vault):
        if each.away and timezone.now() - datetime.datetime.fromisoformat(each.away) > STAY:
            keep.delete(vault, each)
