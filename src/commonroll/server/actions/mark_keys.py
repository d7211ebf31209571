"""What an owner knows of its marks: keys by year with their commitments, decoys, and what those can do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commonroll.agreements.law import LawRule, packs_for
from commonroll.roll.lengths import begins
from commonroll.roll.vault.vault import Vault
from commonroll.server import decoying
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import ROWS_LEFT, Journal, Member
from commonroll.tracing.decoys import MOST_SHARE
from commonroll.tracing.keys import MarkKey, MarkKeys


@dataclass(frozen=True)
class KeyLine:
    """A mark key: when the log committed to it (`index` of the leaf, once folded), exports that name it."""

    key: MarkKey
    logged_at: datetime | None
    index: int | None
    exports: int


@dataclass(frozen=True)
class Marks:
    """`decoys`: how many, None where none were made; `hides`: how many the roll hides at most; `dead`: their
    key was shown, so that they stand in no copy any more; `refused`: rules of law that forbid them."""

    keys: Sequence[KeyLine]
    decoys: int | None
    made_at: datetime | None
    hides: int
    dead: bool
    refused: Sequence[LawRule]


def of(*, home: Home, owner: Member, by: Actor) -> Marks:
    """An owner's marks and decoys, for its leads alone."""
    by.require("protect", owner)
    vault = Vault(home.vaults, owner.key)
    snapshot = vault.current()
    files = vault.files(snapshot, "voters") if snapshot is not None else ()
    made = Journal.objects.filter(log=owner.key, type="decoys").order_by("pk").last()
    register = decoying.register_of(vault.path)
    return Marks(
        _keys(vault, owner),
        int(json.loads(bytes(made.leaf))["count"]) if made and register else None,
        made.at if made and register else None,
        int((begins(files)[-1] if files else 0) * MOST_SHARE),
        register is not None and decoying.key_of(vault.path) is None,
        decoying.refusing(packs_for(owner.state)) if owner.state else [],
    )


def _keys(vault: Vault, owner: Member) -> list[KeyLine]:
    said = {
        json.loads(bytes(row.leaf))["commitment"]: row
        for row in Journal.objects.filter(log=owner.key, type="mark.key").order_by("-pk")
    }
    exports = Counter(
        mark
        for leaf in Journal.objects.filter(log=owner.key, type__in=ROWS_LEFT).values_list("leaf", flat=True)
        for mark in json.loads(bytes(leaf)).get("marks", ())
    )
    lines = []
    for key in MarkKeys(vault.path).every():
        row = said.get(key.commitment)
        lines.append(
            KeyLine(key, row.at if row else None, row.index if row else None, exports[key.commitment])
        )
    return lines
