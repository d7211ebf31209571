"""What a view needs to read one owner, from a warm vault: it opens 50 of them for every question.

The reference is reading one row of an SQLite file, opened anew. Prints one JSON line.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from commonroll.roll.vault.vault import Vault

ROUNDS, BAR_SECONDS = 200, 0.001


def best(work: Callable[[], object]) -> float:
    """Seconds of one call, the best of four rounds."""
    rounds = []
    for _ in range(4):
        begun = time.perf_counter()
        for _ in range(ROUNDS):
            work()
        rounds.append((time.perf_counter() - begun) / ROUNDS)
    return min(rounds)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        vault = Vault(root, "nc")
        vault.publish({}, parent=None, load="bench", state="NC", layouts=["nc/2022-02.registration"])
        vault.suppress(["AA000001"], "protected")

        def reference() -> None:
            with sqlite3.connect(root / "nc" / "catalogue.sqlite3") as db:
                db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            db.close()

        seconds = best(lambda: Vault(root, "nc").owner_tables(statement=True))
        beside = best(reference)
    print(
        json.dumps(
            {
                "name": "vault: one owner's tables, warm",
                "seconds": round(seconds, 6),
                "reference_seconds": round(beside, 6),
                "ratio": round(seconds / beside, 2),
                "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                "bar": "under 1 ms",
                "ok": seconds < BAR_SECONDS,
            }
        )
    )


if __name__ == "__main__":
    main()
