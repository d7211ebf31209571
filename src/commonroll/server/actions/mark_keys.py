"""What an owner knows of its marks: keys by year with their commitments, decoys, what those can do; and a key
that is no secret any more is burnt."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from commonroll.agreements.law import LawRule, packs_for
from commonroll.errors import Refusal
from commonroll.roll.lengths import begins
from commonroll.roll.vault.vault import Vault
from commonroll.server import decoying, journal, marking
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import ROWS_LEFT, Journal, Member
from commonroll.tracing.decoys import MOST_SHARE
from commonroll.tracing.keys import MarkKey, MarkKeys
from commonroll.transparency import leaves


@dataclass(frozen=True)
class KeyLine:
    """A mark key: when the log committed to it (`index` of the leaf, once folded), exports that name it, when
    the log said that it was burnt."""

    key: MarkKey
    logged_at: datetime | None
    index: int | None
    exports: int
    burnt_at: datetime | None = None


@dataclass(frozen=True)
class Marks:
    """`decoys`: how many, None where none were made; `hides`: how many the roll hides at most; `dead`: their
    key was shown, so that they stand in no copy any more; `refused`: rules of law that forbid them;
    `decoy_key`: the name of the key that they were made with."""

    keys: Sequence[KeyLine]
    decoys: int | None
    made_at: datetime | None
    hides: int
    dead: bool
    refused: Sequence[LawRule]
    decoy_key: str = ""


def of(*, home: Home, owner: Member, by: Actor) -> Marks:
    """An owner's marks and decoys, for its leads alone."""
    by.require("protect", owner)
    vault = Vault(home.vaults, owner.key)
    snapshot = vault.current()
    files = vault.files(snapshot, "voters") if snapshot is not None else ()
    made = Journal.objects.filter(log=owner.key, type="decoys").order_by("pk").last()
    register, behind = decoying.register_of(vault.path), decoying.key_of(vault.path)
    return Marks(
        _keys(vault, owner),
        int(json.loads(bytes(made.leaf))["count"]) if made and register else None,
        made.at if made and register else None,
        int((begins(files)[-1] if files else 0) * MOST_SHARE),
        register is not None and behind is None,
        decoying.refusing(packs_for(owner.state)) if owner.state else [],
        behind.name if behind else "",
    )


def burn(*, home: Home, owner: Member, name: str, why: str, by: Actor) -> str:
    """Mark nothing under a key any more; the owner's log says so for everybody, and why for the owner alone.

    Its commitment. What left under it is traced by it as before; decoys that were made with it stand in no
    copy any more. Nothing brings it back; to burn it again changes nothing. Raises Refusal where there is no
    such key.
    """
    by.require("protect", owner)
    keys = MarkKeys(home.vaults / owner.key)
    found = next((key for key in keys.every() if key.name == name), None)
    if found is None:
        known = ", ".join(key.name for key in keys.every()) or "none yet"
        raise Refusal("there is no mark key of this name", where=name[:20], next_step=f"there are: {known}")
    # the file first: whatever dies between, nothing new is marked, and the next try says so in the log
    keys.burn(name)
    if found.commitment not in marking.burnt(owner.key):
        said, salt = {"key": name, "why": why, "by": by.label}, secrets.token_bytes(leaves.SALT_BYTES)
        with transaction.atomic():
            journal.record(
                log=owner.key, type="mark.burnt", owner=owner.key,
                keys={"commitment": found.commitment, "detail": leaves.commit(said, salt)},
                sealed_shared=leaves.seal(said, salt, [owner.reader]),
            )  # fmt: skip
    return found.commitment


def _keys(vault: Vault, owner: Member) -> list[KeyLine]:
    said, over = _entries(owner, "mark.key"), _entries(owner, "mark.burnt")
    exports = Counter(
        mark
        for leaf in Journal.objects.filter(log=owner.key, type__in=ROWS_LEFT).values_list("leaf", flat=True)
        for mark in json.loads(bytes(leaf)).get("marks", ())
    )
    lines = []
    for key in MarkKeys(vault.path).every():
        row, end = said.get(key.commitment), over.get(key.commitment)
        lines.append(
            KeyLine(
                key,
                row.at if row else None,
                row.index if row else None,
                exports[key.commitment],
                end.at if end else None,
            )
        )
    return lines


def _entries(owner: Member, kind: str) -> dict[str, Journal]:
    """The first entry of a type for each commitment."""
    rows = Journal.objects.filter(log=owner.key, type=kind).order_by("-pk")
    return {json.loads(bytes(row.leaf))["commitment"]: row for row in rows}
