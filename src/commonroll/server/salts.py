"""Salts of prints: one for each owner, the same each time, made of the home's secret."""

from __future__ import annotations

import hashlib
import hmac

from commonroll.server.home import Home
from commonroll.server.models import Member


def salt(home: Home, owner: Member) -> str:
    """The owner's salt of prints (`roll.lookup.keys`)."""
    said = b"commonroll lookup v1\n" + owner.key.encode()
    return hmac.new(home.reference_secret(), said, hashlib.sha256).hexdigest()[:32]
