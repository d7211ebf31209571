"""Red-team test of leak tracing: leakers who know the method and no key attack copies in random ways.

Figures: leaks with usable scores that name a leaker, leaks without, innocents accused in any trial, what a
recipient's own exports give away (AUC), and what marks cost 60 exports. `BENCH_TRACING_TRIALS` (1,000) and
`BENCH_TRACING_ROWS` (1,000,000) make it shorter. Keys, positions and bits are the product's; attacks and
their reading are numpy's (`leak_attacks`), which `tests/tracing/test_red_team.py` holds against a trace of
files. That a copy differs in marked cells and decoys alone, and counts, are tests of the server and of views.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import voter_synth
from bench import leak_attacks, leak_cost, leak_decoys, leak_own, leak_world
from bench.leak_attacks import Verdict

HERE = Path(__file__).resolve().parent
TRIALS = int(os.environ.get("BENCH_TRACING_TRIALS", "1000"))
ROWS = int(os.environ.get("BENCH_TRACING_ROWS", "1000000"))
RECIPIENTS, DECOYS = 60, 15_000
ROUNDS = int(os.environ.get("BENCH_TRACING_ROUNDS", "3"))
PERSONS, HIDDEN = 600_000, 10_000
"""People of the roll in which decoys are looked for, and how many."""
FAIR = 0.02
"""How far an AUC may be from 0.5."""


def say(name: str, value: float, bar: str, ok: bool, **more: Any) -> None:
    print(json.dumps({"name": name, "value": float(f"{value:.4g}"), "bar": bar, "ok": ok} | more), flush=True)


def trials(name: str, least: float, done: Callable[[int], Verdict]) -> int:
    """Say what share of trials name a leaker; how many innocents they name."""
    begun = time.process_time()
    found = [done(seed) for seed in range(TRIALS)]
    share = sum(one.caught for one in found) / TRIALS
    took = round(time.process_time() - begun, 1)
    say(name, share, f"{least:g}", share >= least, trials=TRIALS, cpu_seconds=took)
    return sum(one.innocents for one in found)


def attacked() -> None:
    """Points 1 to 3: leaks with and without scores, and files that are none of ours."""
    world = leak_world.make(ROWS, RECIPIENTS, DECOYS)
    wrong = (
        trials("leaks with usable scores that name a leaker", 0.99,
               lambda seed: leak_attacks.with_scores(world, seed)),
        trials("leaks without scores, 15,000 decoys", 0.95,
               lambda seed: leak_attacks.without_scores(world, seed, decoys=DECOYS)),
        trials("one whole copy without scores, 500 decoys", 0.99,
               lambda seed: leak_attacks.without_scores(world, seed, decoys=500, leakers=1, share=1.0)),
        trials("files of others that name nobody", 0.0, lambda seed: leak_attacks.not_ours(world, seed)),
    )  # fmt: skip
    moved = [one.moved(who, ROWS) for one in world.scores for who in range(RECIPIENTS)]
    for what in moved[0]:
        most = max(one[what] for one in moved)
        say(f"what marks move in all rows: {what}", most, "1e-4", most <= 1e-4)
    say("innocents accused in any trial", sum(wrong), "0", sum(wrong) == 0, by_point=wrong)


def looked_for() -> None:
    """Point 4: a recipient looks for marks and decoys in its own exports."""
    for spread in leak_own.SPREADS:
        for layer, found in leak_own.given_away(spread=spread).items():
            name = f"AUC of marked rows in own exports, {layer}, models move scores by {spread / 10:g}"
            say(name, found, "0.52", abs(found - 0.5) <= FAIR)
    people = voter_synth.make(HERE / ".data" / f"voter_synth_{PERSONS}_0", PERSONS)[0]
    with tempfile.TemporaryDirectory() as folder:
        found = leak_decoys.given_away(people, Path(folder), HIDDEN)
    worst = sorted(found, key=lambda one: -abs(found[one] - 0.5))[:5]
    far = abs(found[worst[0]] - 0.5)
    # the owner controls as many phones as do not stand out; with fewer, rows without one are fewer to look at
    say("AUC of decoys by any column", 0.5 + far, "0.52", far <= FAIR,
        worst={one: round(found[one], 3) for one in worst})  # fmt: skip


def main() -> None:
    attacked()
    looked_for()
    with tempfile.TemporaryDirectory() as folder:
        cost = leak_cost.measured(Path(folder), ROWS, ROUNDS)
    say("marks of 60 extracts by writing them", cost.share, "0.20", cost.share <= 0.2,
        **{name: round(value, 3) for name, value in asdict(cost).items()})  # fmt: skip


if __name__ == "__main__":
    main()
