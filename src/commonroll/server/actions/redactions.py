"""Protected voters are taken out of what a vault retains; the log says so, with old and new hashes."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone

from commonroll.roll import redaction
from commonroll.roll.redaction import Redaction
from commonroll.server import journal
from commonroll.server.actions.loads import vault
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.transparency import leaves


def redact(*, home: Home, of: Member, by: Actor) -> Redaction:
    """Rewrite what the vault retains of voters protected today; the log commits to old and new hashes."""
    by.require("protect", of)
    done = redaction.redact(vault(home, of), now=timezone.now())
    if done.files:
        said = {
            "redaction": done.id,
            "voters": str(done.voters),
            "files": [
                {"place": f.place, "old": f.old, "new": f.new, "taken": str(f.taken)} for f in done.files
            ],
        }
        salt = secrets.token_bytes(leaves.SALT_BYTES)
        with transaction.atomic():
            journal.record(
                log=of.key,
                type="operator",
                keys={"action": "data.redacted", "detail": leaves.commit(said, salt)},
                owner=of.key,
                sealed_shared=leaves.seal(said, salt, [of.reader]),
            )
    return done
