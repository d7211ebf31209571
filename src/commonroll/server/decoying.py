"""The decoys of owners: in the recipient's view alone, the same in its counts, screens, lists and extracts.

Whoever calls on people, calls them or writes to them never gets one, nor does the owner, list hygiene, or
anybody where the owner's law refuses them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from commonroll.agreements.law import LawPack, LawRule
from commonroll.agreements.profile import CARRIERS
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault.vault import OwnerTables
from commonroll.server import wall
from commonroll.server.home import Home
from commonroll.server.marking import is_committed
from commonroll.server.models import Member
from commonroll.tracing import decoys, reach
from commonroll.tracing.keys import FOLDER, MarkKey, MarkKeys
from commonroll.views.question import Question

Files = Mapping[str, tuple[str, ...]]
HYGIENE = "hygiene"


def register_path(vault: Path) -> Path:
    """Where the register of an owner's decoys lies."""
    return vault / FOLDER / "decoys" / "register.parquet"


def register_of(vault: Path) -> Path | None:
    """The register of an owner's decoys; None where it made none."""
    path = register_path(vault)
    return path if path.exists() else None


def changed_at(vault: Path) -> tuple[int, ...]:
    """When an owner's decoys, and what stands on them, last changed, or their key was burnt; empty where it
    has none."""
    register = register_of(vault)
    if register is None:
        return ()
    found = _key(vault, register, register.stat().st_mtime_ns)
    files = [register, reach.path_of(register), *([MarkKeys(vault).burnt_at(found.name)] if found else [])]
    return tuple(file.stat().st_mtime_ns for file in files if file.exists())


def refused(law: Sequence[LawPack]) -> bool:
    """Whether the law lets no invented voter stand in a copy."""
    return bool(refusing(law))


def refusing(law: Sequence[LawPack]) -> list[LawRule]:
    """The rules that let no invented voter stand in a copy."""
    return [rule for pack in law for rule in pack.rules if rule.does == "refuse_decoys"]


def in_view(question: Question) -> bool:
    """Whether a question's rows are looked at or leave as they are; else somebody would meet a decoy."""
    return question.mode != "contact" and question.purpose not in (*CARRIERS, HYGIENE)


def of_copy(vaults: Path, tables: OwnerTables, viewer: str) -> tuple[Files, MarkKey | None]:
    """Files of the decoys in a viewer's copy, made where they are not there yet, and the key behind them.

    None where the owner has no decoys, or their key was shown or is not in the log.
    """
    vault = vaults / tables.member
    register, key = register_of(vault), key_of(vault)
    if register is None or key is None or not is_committed(tables.member, key.commitment):
        return {}, None
    own = {name: tables.files.get(name, ()) for name in (VOTERS.name, *decoys.SHADOWED)}
    said = json.dumps([changed_at(vault), sorted(own.items())])
    folder = _copies(vaults, tables.member) / viewer / hashlib.sha256(said.encode()).hexdigest()[:20]
    fresh = not folder.exists()
    files = decoys.given_to(register, key, viewer, own, folder)
    if fresh:
        _sweep(folder.parent, KEPT)
    return files, key


KEPT = 2
"""Copies of one recipient's decoys that stay: today's, and the one before, which somebody may be reading."""


def _copies(vaults: Path, owner: str) -> Path:
    """Where the decoys of an owner's copies stand: apart from its vault, in no backup and no package of it.

    A trace needs none of them: it reads the register and the keys.
    """
    folder = vaults.parent / "copies"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / owner


def _sweep(folder: Path, kept: int) -> None:
    for old in sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)[kept:]:
        shutil.rmtree(old, ignore_errors=True)


@wall.node()
def tidy(home: Home) -> None:
    """Before anybody reads: of each copy the newest stays; none of owners without decoys or whose key was
    burnt, none for members that left. Older homes have them in the vault: there they go."""
    here = set(Member.objects.filter(left_at=None).values_list("key", flat=True))
    for earlier in home.vaults.glob("*/marks/decoys/given"):
        shutil.rmtree(earlier, ignore_errors=True)
    for folder in home.copies.glob("*/*"):
        if folder.name in here and key_of(home.vaults / folder.parent.name) is not None:
            _sweep(folder, 1)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def forget(home: Home, member: str) -> None:
    """Delete the copies of a member that left, and those that it had of others."""
    for folder in (home.copies / member, *home.copies.glob(f"*/{member}")):
        shutil.rmtree(folder, ignore_errors=True)


def key_of(vault: Path) -> MarkKey | None:
    """The key behind an owner's decoys; None where there are none, or it was shown."""
    register = register_of(vault)
    found = _key(vault, register, register.stat().st_mtime_ns) if register else None
    # read anew: it may have been shown since
    return None if found is None or MarkKeys(vault).is_burnt(found.name) else found


@cache
def _key(vault: Path, register: Path, _: int) -> MarkKey | None:
    name = decoys.read(register)["key"][0].as_py()
    return next((key for key in MarkKeys(vault).every() if key.name == name), None)


def joined(files: Mapping[str, tuple[str, ...]], of_decoys: Files) -> dict[str, tuple[str, ...]]:
    """An owner's files with those of decoys after them."""
    return {name: (*held, *of_decoys.get(name, ())) for name, held in files.items()}
