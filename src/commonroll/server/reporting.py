"""How far a piece of work is, written to its row a few times a second at most."""

from __future__ import annotations

import time
from collections.abc import Callable

from commonroll.server.models.work import Progress

EVERY_SECONDS = 0.4


def reporter(work: Progress) -> Callable[[str, float], None]:
    """Takes stage and fraction and writes them to the row of the work."""
    last = 0.0

    def report(stage: str, fraction: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < EVERY_SECONDS and fraction < 1 and stage == work.stage:
            return
        last = now
        work.stage, work.fraction = stage[:120], fraction
        type(work)._default_manager.filter(pk=work.pk).update(stage=work.stage, fraction=fraction)

    return report
