"""What a decision adds to a request, beside the same bytes written; an hour of 100,000 closed; one shown.

A request decides three to ten times; the bar leaves the look at one voter (25 ms) what it had. Writers at
once: two, as the site has.
"""

from __future__ import annotations

import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src")]
from commonroll.transparency import decisions  # noqa: E402

TIMES, HOUR, WRITERS = 5_000, 100_000, 2
ADDED_BAR, CLOSE_BAR, SHOW_BAR = 0.0005, 10.0, 2.0


def line() -> bytes:
    return decisions.record(at="2026-12-02T14:03:11Z", act="view", actor="0" * 16, as_="analyst", member="ga")


def median(act: Callable[[], object], times: int) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def write(folder: str, times: int) -> float:
    return median(lambda: decisions.append(Path(folder), line()), times)


def say(name: str, seconds: float, reference: float, bar: float) -> bool:
    ok = seconds <= bar
    print(json.dumps({
        "name": name, "seconds": seconds, "reference_seconds": reference, "ratio": seconds / reference,
        "bar": f"{bar:g} s", "ok": ok,
    }))  # fmt: skip
    return ok


def main() -> int:
    with tempfile.TemporaryDirectory(dir=ROOT) as place:
        folder, some = Path(place) / "ga", line()
        with (Path(place) / "plain").open("ab", buffering=0) as plain:
            bare = median(lambda: plain.write(some), TIMES)
        with multiprocessing.get_context("fork").Pool(WRITERS) as pool:
            took = max(pool.starmap(write, [(str(folder), TIMES)] * WRITERS))
        done = [say("a decision recorded, two writers", took, bare, ADDED_BAR)]
        (folder / decisions.OPEN).write_bytes(b"\n".join(line() for _ in range(HOUR)))
        began = time.perf_counter()
        (folder / decisions.OPEN).read_bytes()
        read = time.perf_counter() - began
        began = time.perf_counter()
        decisions.close(folder, lambda root, count: None)
        done.append(say(f"an hour of {HOUR:,} closed", time.perf_counter() - began, read, CLOSE_BAR))
        began = time.perf_counter()
        decisions.show(decisions.lines(decisions.kept(folder)[0]), HOUR // 2, "")
        done.append(say("one of them shown", time.perf_counter() - began, read, SHOW_BAR))
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
