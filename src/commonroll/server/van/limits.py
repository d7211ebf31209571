"""How fast a key may ask: a bucket of requests for each key, told in headers, and a short wait before a no.

Parsons gives up at the first refusal; so a request early by at most WAIT seconds is held, not refused.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from math import ceil

from commonroll.server.buckets import Buckets, Empty
from commonroll.server.van.errors import Declined

SUSTAINED = float(os.environ.get("COMMONROLL_VAN_RATE", "50"))
"""Requests a second of one key, in the long run."""

BURST = int(os.environ.get("COMMONROLL_VAN_BURST", "200"))
"""Requests of one key at once."""

WAIT = 2.0
"""Seconds that a request is held at most."""

A_MINUTE = ceil(60 * SUSTAINED) + BURST
"""Requests of one key in a minute, counted over all processes of the site."""

LOOPBACK = ("127.0.0.1", "::1", "")
"""From the machine itself nobody is held."""


@dataclass(frozen=True)
class Left:
    """What a key has left: requests at once, and seconds until all of them are there again."""

    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(BURST),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


class TooFast(Declined):
    """HTTP 429: come again in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            429, "This key asks too often.", hint=f"{SUSTAINED:g} requests a second, {BURST} at once"
        )
        self.headers = {
            "Retry-After": str(max(1, ceil(seconds))),
            **Left(0, ceil(BURST / SUSTAINED)).headers(),
        }


_buckets = Buckets(SUSTAINED, BURST, wait=WAIT)


def held(key: str, address: str | None) -> Left:
    """Wait until the key's request may go on; what is left. Raises TooFast."""
    if (address or "") in LOOPBACK:
        return Left(BURST, 0)
    try:
        wait, holds = _buckets.take(key, time.monotonic())
    except Empty as none:
        raise TooFast(none.seconds) from None
    if wait:
        time.sleep(wait)
    return Left(max(0, int(holds)), ceil((BURST - holds) / SUSTAINED))
