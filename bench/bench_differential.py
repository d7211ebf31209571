"""Ten million decisions of the product against the second opinion of tests/second, and the test of that test.

Bars: no mismatch in ten million decisions, and each of the named ways to break the product is found. Seeds
are new each time and stand in the figures; `--seed N` asks the same again. One JSON line per figure.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
sys.path.insert(0, str(ROOT / "tests" / "second"))

from compared import Both, Tally  # noqa: E402
from mutations import MUTATIONS, broken  # noqa: E402

from commonroll.views import inside  # noqa: E402

OWNERS, ROWS = 24, 200
SMALL_OWNERS, SMALL_ROWS = 16, 40
QUESTIONS = 8
MOST = 500_000
"""Decisions after which a break that was not found counts as missed."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _compare(Path(folder), arguments.seed, arguments.decisions)
        _break(Path(folder), arguments.seed)
    return 0


def _compare(folder: Path, seed: int, decisions: int) -> None:
    both = Both(folder, seed, owners=OWNERS, rows=ROWS)
    tally = Tally()
    began = time.process_time()
    at = seed * 1_000_000
    while tally.decisions < decisions and not tally.mismatches:
        # by joins and by bits in turn
        inside.LEAST = 0 if at % 4 else 10**9
        both.compare(at, QUESTIONS, tally)
        at += 2
        sys.stderr.write(f"{tally.decisions:,} decisions, {tally.mismatches} mismatches\n")
    bar = f"0 mismatches in {tally.decisions:,} decisions ({tally.shown:,} show something), seed {seed}"
    _print("differential: decisions", time.process_time() - began, bar, not tally.mismatches)
    if tally.first:
        sys.stderr.write(tally.first + "\n")


def _break(folder: Path, seed: int) -> None:
    small = folder / "small"
    small.mkdir()
    both = Both(small, seed + 1, owners=SMALL_OWNERS, rows=SMALL_ROWS)
    missed, began = [], time.process_time()
    for number, name in enumerate(MUTATIONS, 1):
        tally, at = Tally(), (seed + number) * 1_000_000 + 500_000
        with broken(name):
            while tally.decisions < MOST and not tally.mismatches:
                both.compare(at, QUESTIONS, tally, until=1, tell=False)
                at += 2
        if not tally.mismatches:
            missed.append(name)
        sys.stderr.write(
            f"{name}: {'found' if tally.mismatches else 'MISSED'} after {tally.decisions:,} decisions\n"
        )
    bar = f"each of {len(MUTATIONS)} breaks is found, missed: {', '.join(missed) or 'none'}"
    _print("differential: breaks", time.process_time() - began, bar, not missed)


def _print(name: str, took: float, bar: str, ok: bool) -> None:
    figure = {
        "name": name, "seconds": round(took, 1), "reference_seconds": None, "ratio": None,
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), "bar": bar, "ok": ok,
    }  # fmt: skip
    print(json.dumps(figure), flush=True)


if __name__ == "__main__":
    sys.exit(main())
