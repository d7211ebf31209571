"""What an owner puts on its decoys: phones, e-mails and mailing addresses that it controls."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from commonroll.errors import Refusal
from commonroll.insight.stops import normal
from commonroll.roll.vault.vault import Vault
from commonroll.server import decoying, journal
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.tracing import reach
from commonroll.tracing.reach import Reach

_AREA = re.compile(
    r"(?P<value>.+?)\s*,\s*(?P<city>[^,]+?)\s*,?\s+(?P<region>[A-Za-z]{2})\s*,?\s+(?P<zip>\d{5})"
)
LONGEST = 120


@dataclass(frozen=True)
class Given:
    """How many stand, how many of them are new, how many were taken back."""

    standing: int
    new: int
    ended: int


def give(*, home: Home, owner: Member, lines: str, by: Actor) -> Given:
    """Have exactly these stand on the owner's decoys: a phone, an e-mail or an address on each line.

    Raises Refusal, with the line's number and nothing changed, for a line that is none of them, where there
    are no decoys, and for what would stand out or is a voter's own (`reach.give`).
    """
    by.require("protect", owner)
    vault, register = _register(home, owner)
    snapshot = vault.current()
    if snapshot is None:
        raise Refusal("no roll was loaded", next_step="load a delivery first")
    voters = vault.files(snapshot, "voters")
    with vault.lock(wait=20, doing="putting addresses on decoys"), vault.lease(snapshot):
        wanted = reach.as_written(voters, read(lines))
        new, ended = reach.give(register, voters, wanted)
    with transaction.atomic():
        said = {"decoys": f"{len(wanted)} reached, {new} new, {ended} taken back", "by": by.label}
        journal.operator(owner, "settings.changed", said)
    return Given(len(wanted), new, ended)


def given(*, home: Home, owner: Member, by: Actor) -> list[Reach]:
    """What stands on the owner's decoys now."""
    by.require("protect", owner)
    register = decoying.register_of(home.vaults / owner.key)
    return reach.entered(reach.standing(register)) if register else []


def most(*, home: Home, owner: Member, number: int, by: Actor) -> Mapping[str, int]:
    """How many of `number` decoys may have each kind without standing out; empty without a roll."""
    by.require("protect", owner)
    vault = Vault(home.vaults, owner.key)
    snapshot = vault.current()
    return {} if snapshot is None else reach.allowed(vault.files(snapshot, "voters"), number)


def _register(home: Home, owner: Member) -> tuple[Vault, Path]:
    vault = Vault(home.vaults, owner.key)
    register = decoying.register_of(vault.path)
    if register is None:
        raise Refusal("no decoys were made", next_step="have voters invented first")
    return vault, register


def read(lines: str) -> list[Reach]:
    """One on each line, as people write them; empty lines are left out."""
    texts = [(at, text.strip()) for at, text in enumerate(lines.splitlines(), 1) if text.strip()]
    if len(texts) > reach.MOST:
        raise Refusal(
            f"{len(texts)} lines are too many: {reach.MOST} is the most.", next_step="Keep the best."
        )
    found = [(at, _read(text)) for at, text in texts]
    wrong = [str(at) for at, one in found if one is None]
    if wrong:
        raise Refusal(
            "These lines are no phone, no e-mail and no address.",
            where=f"line {', '.join(wrong)}",
            next_step="Write an address as: PO Box 1, Columbus, OH 43215.",
        )
    return [one for _, one in found if one is not None]


def _read(text: str) -> Reach | None:
    if len(text) > LONGEST:
        return None
    if address := _AREA.fullmatch(text):
        said = address.groupdict()
        return Reach(reach.MAIL, **(said | {"region": said["region"].upper()}))
    kind = reach.EMAIL if "@" in text else reach.PHONE
    (value,) = normal(kind, [text])
    return Reach(kind, value) if value else None


def found(register: Path, text: str) -> Sequence[Mapping[str, object]]:
    """Rows of `reach.REACH`, also ones that were taken back, that are what somebody wrote to or rang up."""
    wanted = _read(text.strip())
    rows: list[Mapping[str, object]] = reach.table(register).to_pylist() if wanted else []
    return [row for row in rows if wanted and _same(row, wanted)]


def _same(row: Mapping[str, object], wanted: Reach) -> bool:
    if row["kind"] != wanted.kind or str(row["value"]).upper() != wanted.value.upper():
        return False
    return wanted.kind != reach.MAIL or row["zip"] == wanted.zip
