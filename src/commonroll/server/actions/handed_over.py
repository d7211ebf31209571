"""What a gatherer made of its own, as it stands on the way to an owner: the thing, its state and its day."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from django.utils import timezone

from commonroll.insight.facts import attribute_code
from commonroll.insight.import_list import imports_of, withdraw
from commonroll.roll.schema import IMPORTS
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault
from commonroll.server.home import Home
from commonroll.server.models import CameHome, Member
from commonroll.views.score_words import CREDIT

LONGEST = 64
"""Characters of a code."""
_WORDS = 30
"""Characters of a name in it."""


@dataclass(frozen=True)
class Thing:
    """One state of one thing: `source` and `version` are its numbers with the gatherer, `code` what the
    owner's questions will call it, `of_day` the day of which it is."""

    kind: str
    source: str
    code: str
    name: str
    version: str
    of_day: date


@dataclass(frozen=True)
class Maker:
    """How one kind goes home.

    `things`: every state of a gatherer's for an owner, the oldest first; `rows`: of how many of the owner's
    voters; `stand` (instead of the state before, "" for none) and `fall` (by whom, why) let it count with the
    owner or not, and may be called again; `gone`: the gatherer took it back.
    """

    things: Callable[[Member, str], Iterator[Thing]]
    rows: Callable[[Home, Thing, str], int]
    stand: Callable[[Home, CameHome, str], None]
    fall: Callable[[Home, CameHome, str, str], None]
    gone: Callable[[CameHome], bool]
    read: Callable[[Thing, str], list[str]] = lambda thing, owner: []
    """Columns of the owner's by which its voters were chosen."""


@dataclass(frozen=True)
class Place:
    """In whose vault a thing stands, by which code, in which words, by whom; `key` is its import there."""

    owner: str
    code: str
    key: str
    source: str
    licence: str
    basis: str
    by: str


def key_of(thing: str) -> str:
    """The import that a thing is in a vault."""
    return hashlib.sha256(thing.encode()).hexdigest()[:32]


def credited(gatherer: str, code: str, number: int) -> str:
    """What the owner's questions call a thing that came home."""
    name = f"{gatherer}{CREDIT}{code}"
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 12]}-{number}"


def named(gatherer: str, name: str, number: int) -> str:
    """The same for a thing that has a name and no code: its words and its number with the gatherer."""
    words = attribute_code(name)[:_WORDS]
    return credited(gatherer, f"{words}_{number}".lstrip("_"), number)


def place_of(row: CameHome, what: str, key: str, basis: str) -> Place:
    """Where a thing of a row stands; `what` it is, its `key` there, and on whose word (`basis`)."""
    by = row.member.name
    return Place(
        row.owner.key, row.code, key_of(f"{key} for {row.owner.key}"), f"{what} of {by}: {row.name}",
        f"released under agreement {row.agreement or ''}".strip(), basis, by,
    )  # fmt: skip


def added(place: Place, file: str, digest: str, rows: int) -> pa.Table:
    """The event by which a thing counts, for a vault's imports."""
    now = timezone.now()
    row = {
        "event_id": hashlib.sha256(f"{place.key}|added|{now.isoformat()}".encode()).hexdigest(),
        "import_id": place.key, "action": "added", "kind": "other", "source": place.source,
        "licence": place.licence, "basis": place.basis, "dated_on": timezone.localdate(),
        "file_name": file, "file_hash": digest, "rows": rows, "by": place.by, "reason": None, "at": now,
    }  # fmt: skip
    return pa.Table.from_pylist([row], arrow_schema(IMPORTS))


def left_out(vault: Vault) -> pa.Array:
    """Ids of the owner's voters who are left out of every read."""
    gone = vault.suppressed()
    return gone.filter(pc.equal(gone["channel"], ""))["state_voter_id"].combine_chunks()


def let_stand(vault: Vault, event: pa.Table, place: Place, before: str, why: str) -> None:
    """Let an import count that does not yet, by its event, and the one `before` no more. Idempotent."""
    standing = {one.import_id for one in imports_of(vault) if one.stands}
    if place.key not in standing:
        vault.append_events(IMPORTS.name, event)
    if before in standing and before != place.key:
        withdraw(vault, before, by=place.by, reason=why, now=timezone.now())


def let_fall(vault: Vault, key: str, by: str, why: str) -> None:
    """Let an import count no more. Idempotent."""
    if any(one.import_id == key and one.stands for one in imports_of(vault)):
        withdraw(vault, key, by=by, reason=why, now=timezone.now())
