"""The decoys of owners: in the recipient's view alone, the same in its counts, screens, lists and extracts.

Whoever calls on people, calls them or writes to them never gets one, nor does the owner, list hygiene, or
anybody where the owner's law refuses them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq

from commonroll.agreements.law import LawPack, LawRule
from commonroll.agreements.profile import CARRIERS
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault.vault import OwnerTables
from commonroll.server.marking import is_committed
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
    folder = register.parent / "given" / viewer / hashlib.sha256(said.encode()).hexdigest()[:20]
    return decoys.given_to(register, key, viewer, own, folder), key


def key_of(vault: Path) -> MarkKey | None:
    """The key behind an owner's decoys; None where there are none, or it was shown."""
    register = register_of(vault)
    found = _key(vault, register, register.stat().st_mtime_ns) if register else None
    # read anew: it may have been shown since
    return None if found is None or MarkKeys(vault).is_burnt(found.name) else found


@cache
def _key(vault: Path, register: Path, _: int) -> MarkKey | None:
    name = pq.read_table(register, columns=["key"])["key"][0].as_py()
    return next((key for key in MarkKeys(vault).every() if key.name == name), None)


def joined(files: Mapping[str, tuple[str, ...]], of_decoys: Files) -> dict[str, tuple[str, ...]]:
    """An owner's files with those of decoys after them."""
    return {name: (*held, *of_decoys.get(name, ())) for name, held in files.items()}
