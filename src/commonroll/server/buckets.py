"""How fast somebody may ask: a bucket of requests for each, in this process's memory."""

from __future__ import annotations

import threading


class Empty(Exception):
    """The bucket has nothing left; there is something again in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__("asks too often")
        self.seconds = seconds


class Buckets:
    """A bucket for each key: it holds `burst` requests and gets `rate` a second.

    `wait`: a request that comes so many seconds early is answered with how long to hold it. Of more than
    `most` keys all begin anew.
    """

    def __init__(self, rate: float, burst: float, *, wait: float = 0.0, most: int = 20_000) -> None:
        self.rate, self.burst, self.wait, self.most = rate, burst, wait, most
        self._lock = threading.Lock()
        self._of: dict[str, tuple[float, float]] = {}

    def take(self, key: str, now: float, cost: float = 1.0) -> tuple[float, float]:
        """Take `cost` requests; seconds to wait for them, and what the bucket holds then, less than nothing
        where one waits. Raises Empty, and takes nothing, beyond `wait`."""
        with self._lock:
            if key not in self._of and len(self._of) >= self.most:
                self._of.clear()
            had, at = self._of.get(key, (self.burst, now))
            holds = min(self.burst, had + max(0.0, now - at) * self.rate) - cost
            wait = max(0.0, -holds / self.rate)
            if wait > self.wait:
                raise Empty(wait - self.wait)
            self._of[key] = (holds, now)
        return wait, holds
