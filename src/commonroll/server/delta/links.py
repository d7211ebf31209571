"""Links to files: what they are for is inside the signature, and they live for minutes.

The protocol's clients fetch a file by its link alone, so a link is a secret in an address (ASVS 5.0, 14.2.1,
is not met). It opens one file, for one profile, for 300 seconds, and nothing once the agreement is over.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone

from commonroll.server.delta.declined import Declined

LIVES = 300
"""Seconds."""

SIGNATURE = "X-Amz-Signature"
"""The reader behind the Delta format takes a link as ready to be fetched only where it knows such a name."""


def link(prefix: str, *, name: str, agreement: str, profile: str, expires: int) -> str:
    """The address of a file below `prefix`; `expires` in seconds of Unix time."""
    mac = _mac(_key(0), name, agreement, profile, str(expires))
    asked = urlencode({"a": agreement, "e": expires, "r": profile, SIGNATURE: mac})
    return f"{prefix}/files/{name}.parquet?{asked}"


def check(name: str, asked: Mapping[str, str]) -> tuple[str, str]:
    """The agreement and profile of a link; declines what was not signed here, and what is too old."""
    said = [asked.get(word, "") for word in ("a", "r", "e", SIGNATURE)]
    agreement, profile, expires, mac = said
    right = False
    for day in (0, 1):
        right |= hmac.compare_digest(
            _mac(_key(day), name, agreement, profile, expires).encode(), mac.encode("utf-8", "replace")
        )
    if not right:
        raise Declined(404, "There is no such file.")
    if timezone.now().timestamp() >= int(expires):
        raise Declined(403, "This link is too old; ask for the table again.")
    return agreement, profile


def _mac(key: bytes, name: str, agreement: str, profile: str, expires: str) -> str:
    text = "\n".join(("commonroll link v1", name, agreement, profile, expires))
    return hmac.new(key, text.encode("utf-8", "backslashreplace"), hashlib.sha256).hexdigest()


def _key(days_ago: int) -> bytes:
    """The key of a day (UTC): yesterday's still opens what was signed before midnight."""
    day = (timezone.now() - timedelta(days=days_ago)).date().isoformat()
    secret: str = settings.SECRET_KEY
    return hmac.new(secret.encode(), f"commonroll link key v1\n{day}".encode(), hashlib.sha256).digest()
