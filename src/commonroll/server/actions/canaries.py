"""Canaries that speak: a decoy was rung up or written to, and is traced to the extracts that had it.

Whose copy has a decoy is drawn by the mark key, so one that speaks clears about half of all recipients, and
some clear nearly all. Nobody is named by it: a contact may be one's own volunteer with a lawful file.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.roll.vault.vault import Vault
from commonroll.server import decoying, duties, heard, journal, members
from commonroll.server.actions import decoy_reach
from commonroll.server.actor import Actor
from commonroll.server.heard import Heard, Held
from commonroll.server.home import Home
from commonroll.server.models import Journal, Lent, Member
from commonroll.tracing import code, decoys, reach
from commonroll.tracing.keys import MarkKey, MarkKeys
from commonroll.tracing.marks import DECOY
from commonroll.views import lent

COLUMN = {reach.PHONE: "phone", reach.EMAIL: "email", reach.MAIL: "mail_line1"}
"""The column of a file by which a decoy is reached."""
LONGEST = 300
"""Characters of what the owner writes of a contact."""


def report(*, home: Home, owner: Member, contacted: str, on: date, said: str = "", by: Actor) -> Heard:
    """Note that a phone, e-mail or mailbox of a decoy was contacted on a day, and who holds the decoy.

    The owner's log has it first, without a word of what was contacted; its webhooks are told. Raises Refusal
    for what never stood on a decoy, and for a day that has not come.
    """
    by.require("protect", owner)
    vault = Vault(home.vaults, owner.key)
    if on > timezone.localdate():
        raise Refusal("This day has not come.", next_step="Write the day on which it was contacted.")
    if len(said) > LONGEST or not said.isprintable():
        raise Refusal(f"What came is no line of at most {LONGEST} characters.", next_step="Say it shorter.")
    row = _row(vault, contacted)
    one = _heard(home, owner, row, on, said.strip(), by)
    digest = hashlib.sha256(heard.content(one)).hexdigest()
    with transaction.atomic():
        journal.operator(owner, "canary.heard", {"report": digest, "on": one.on, "by": by.label})
    heard.keep(vault.path, one)
    return one


def _row(vault: Vault, contacted: str) -> Mapping[str, Any]:
    register = decoying.register_of(vault.path)
    rows = decoy_reach.found(register, contacted) if register else []
    if not rows:
        raise Refusal(
            "Nothing like it ever stood on an invented voter.",
            next_step="Write the phone, e-mail or address that was contacted, as you entered it.",
        )
    return rows[-1]


def _heard(home: Home, owner: Member, row: Mapping[str, Any], on: date, said: str, by: Actor) -> Heard:
    vault = home.vaults / owner.key
    decoy, kind = str(row["state_voter_id"]), str(row["kind"])
    key, chance = _key(vault, decoy)
    out = _extracts(home, owner, decoy, kind, on)
    given = Journal.objects.filter(owner=owner.key).exclude(recipient="").order_by()
    ever = set(given.values_list("recipient", flat=True).distinct()) & members.every().keys()
    there = [who for who in sorted(ever - {owner.key}) if code.bit(key.secret, who, DECOY, decoy)]
    return Heard(
        id=secrets.token_hex(8), decoy=decoy, kind=kind, reached=_text(row), on=on.isoformat(), said=said,
        by=by.label, at=timezone.now().isoformat(timespec="seconds"), chance=chance,
        held=tuple(Held(who, out.get(who, [])) for who in there),
    )  # fmt: skip


def _text(row: Mapping[str, Any]) -> str:
    return reach.Reach(*(str(row[name]) for name in ("kind", "value", "city", "region", "zip"))).text


def _key(vault: Path, decoy: str) -> tuple[MarkKey, float]:
    """The key that drew the decoy, burnt or not, and the probability that a copy has it."""
    rows = decoys.read(decoying.register_path(vault)).select(["state_voter_id", "key", "bias"])
    (one,) = rows.filter(pc.equal(rows["state_voter_id"], decoy)).to_pylist()
    return next(key for key in MarkKeys(vault).every() if key.name == one["key"]), one["bias"] / 2**32


def _extracts(
    home: Home, owner: Member, decoy: str, kind: str, on: date
) -> dict[str, list[Mapping[str, Any]]]:
    """By recipient the extracts that left by a day with this decoy and a column to reach it."""
    until = datetime.combine(on, time.max, UTC)
    out = [
        one
        for one in Lent.objects.filter(agreement__owner=owner, begun__lte=until)
        .select_related("agreement__owner", "agreement__recipient")
        .order_by("at", "pk")
        if COLUMN[kind] in one.columns
    ]
    asked = pa.table({"state_voter_id": [decoy], "channel": [""], "since": [until.isoformat()]})
    there = {one.path for one in lent.look_up(asked, [duties.record(home, one) for one in out])}
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in out:
        if lent.record_of(home.vaults, owner.key, str(one.extract)) in there:
            told = {"id": str(one.extract), "on": f"{one.at:%Y-%m-%d}", "rows": one.rows,
                    "purpose": one.purpose, "signed": one.received_at is not None}  # fmt: skip
            found.setdefault(one.agreement.recipient.key, []).append(told)
    return found


RECENT = timedelta(days=30)


def recent(*, home: Home, owner: Member, by: Actor) -> int:
    """How many contacts of the last days were reported; 0 for whoever may not know of decoys."""
    if not by.may("protect", owner):
        return 0
    since = (timezone.localdate() - RECENT).isoformat()
    return sum(one.on >= since for one in heard.every(home.vaults / owner.key))


@dataclass(frozen=True)
class Together:
    """All that was heard, of different decoys: how many, who holds every one of them, and that a copy has
    all of them by chance once in how many."""

    decoys: int
    holders: Sequence[str]
    one_in: int


def every(*, home: Home, owner: Member, by: Actor) -> list[Heard]:
    """What was heard, the newest first."""
    by.require("protect", owner)
    return heard.every(home.vaults / owner.key)


def together(notes: Sequence[Heard]) -> Together:
    """What notes say taken together: a leak of one copy is of somebody who holds every decoy that spoke."""
    decoys = {one.decoy: one for one in notes}
    holders: set[str] = set()
    for at, one in enumerate(decoys.values()):
        there = {held.recipient for held in one.held}
        holders = holders & there if at else there
    chance = math.prod(one.chance for one in decoys.values())
    return Together(len(decoys), sorted(holders), math.floor(1 / chance) if chance else 0)
