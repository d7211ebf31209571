"""How far a sitting of review is, and how fast somebody goes: from the person's own judgements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

SITTING = timedelta(minutes=30)
"""A pause that ends a sitting."""
PAUSE = timedelta(minutes=5)
"""A longer way from one decision to the next was a pause and says nothing of the pace."""
PACE_OF = 20


def sitting(said: Sequence[Mapping[str, Any]], now: datetime) -> tuple[int, float | None]:
    """How many of a person's judgements (oldest first) this sitting has, and seconds from one to the next
    (the middle one of the last 20); None for fewer than four."""
    times = [row["judged_at"] for row in said]
    done, before = 0, now
    for at in reversed(times):
        if before - at > SITTING:
            break
        done, before = done + 1, at
    own = times[len(times) - done :][-PACE_OF - 1 :]
    gaps = sorted(b - a for a, b in pairwise(own) if b - a <= PAUSE)
    return done, gaps[len(gaps) // 2].total_seconds() if len(gaps) >= 3 else None
