"""`decoys`: an owner has voters invented that stand in others' copies of its roll."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from commonroll import at_rest
from commonroll.agreements.law import packs_for
from commonroll.errors import Refusal
from commonroll.roll.vault.vault import Vault
from commonroll.server import decoying, journal
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.marking import ready_key
from commonroll.server.models import Member
from commonroll.tracing import decoys
from commonroll.tracing.decoys import Register


def make(*, home: Home, owner: Member, number: int, by: Actor) -> Register:
    """Invent voters for the owner's roll; its log commits to all of them before a copy holds one.

    Once made they stay, so that no recipient sees them come and go. Raises Refusal where the law refuses
    them, where there are some already, and where the roll is too small.
    """
    by.require("protect", owner)
    if decoying.refused(packs_for(owner.state)):
        raise Refusal("the law of this state lets no invented voter stand in a copy", where=owner.state)
    vault = Vault(home.vaults, owner.key)
    snapshot = vault.current()
    if snapshot is None:
        raise Refusal("no roll was loaded", next_step="load a delivery first")
    if decoying.register_of(vault.path) is not None:
        raise Refusal("decoys were made already", next_step="they stay as long as their mark key is secret")
    today = timezone.localdate()
    key = ready_key(home, owner.key, str(today.year))
    part, place = vault.path / "marks" / "decoys" / "made.parquet", decoying.register_path(vault.path)
    with vault.lock(wait=20, doing="inventing decoys"), vault.lease(snapshot):
        made = decoys.make(
            vault.files(snapshot, "voters"), number, key, part, today=today,
            hidden=vault.suppressed().select(["state_voter_id"]),
        )  # fmt: skip
    with transaction.atomic():
        journal.record(
            log=owner.key, type="decoys", owner=owner.key,
            keys={"commitment": made.commitment, "count": str(made.count)},
        )  # fmt: skip
    # in the journal first: a copy may hold them from here on
    at_rest.put(place, at_rest.read(part))
    part.unlink()
    return replace(made, path=place)
