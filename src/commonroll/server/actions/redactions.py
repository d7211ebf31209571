"""Protected voters are taken out of what a vault retains; the log says so, with old and new hashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.roll.gate import reports
from commonroll.roll.redaction import ledger, redaction
from commonroll.roll.redaction.ledger import State
from commonroll.roll.redaction.redaction import Prospect, Redaction
from commonroll.roll.vault import suppression
from commonroll.roll.vault.vault import Vault
from commonroll.server import carried, journal, matches
from commonroll.server.actions.loads import vault
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member


def announce(*, home: Home, of: Member, by: Actor) -> None:
    """Note that a redaction is wanted, for a worker that is still to begin; the caller queues the job."""
    by.require("protect", of)
    if vault(home, of).current() is None:
        raise Refusal("there is no roll yet", next_step="load the state's file first")
    ledger.say(reports.folder(vault(home, of)), State())


def redact(*, home: Home, of: Member, by: Actor) -> Redaction:
    """Rewrite what the vault retains of voters protected today; the log commits to old and new hashes."""
    by.require("protect", of)
    held = vault(home, of)
    matches.forget(home, of.key)
    carried.forget_voters(home, of.key, _protected(held))
    try:
        return redaction.redact(held, now=timezone.now(), record=lambda done: _record(of, done))
    except Refusal as refusal:
        ledger.say(reports.folder(held), State(stopped=f"{refusal.what} {refusal.next_step}"))
        raise


def _protected(held: Vault) -> list[str]:
    gone = [row for row in held.suppressed().to_pylist() if row["channel"] == suppression.EVERYTHING]
    return [row["state_voter_id"] for row in gone if row["reason"] in redaction.REASONS]


def _record(of: Member, done: Redaction) -> None:
    said = {
        "redaction": done.id,
        "voters": str(done.voters),
        "files": [{"place": f.place, "old": f.old, "new": f.new, "taken": str(f.taken)} for f in done.files],
    }
    with transaction.atomic():
        journal.operator(of, "data.redacted", said)


@dataclass(frozen=True)
class Standing:
    """What the page says of redactions: what one would be about, how far one is, what the last one did."""

    prospect: Prospect
    state: State | None
    last: Mapping[str, Any] | None


def standing(*, home: Home, of: Member, by: Actor) -> Standing:
    """Where redactions of a member stand; for those who may have one made."""
    by.require("protect", of)
    held = vault(home, of)
    last = max(redaction.kept(held), key=lambda one: str(one["id"]), default=None)
    return Standing(redaction.prospect(held), ledger.state(reports.folder(held)), last)
