"""Whether a recipient finds the marked rows by its own copies: ten exports under three models.

Rates, biases and embeddings are the product's; a value that hardly moves keeps its mark, as
`insight/shared_scores.sql` says. Two new models change most values by some points or less, loads between them
few. The guesser is given what no recipient has: which rows of one half are marked.
It learns from these and is measured on the other half. A guess worth nothing has an AUC of 0.5.
"""

from __future__ import annotations

import numpy as np
from bench.leak_world import Flags, Floats, Ints, point, tenth

from commonroll.tracing import marks

MODELS = (4, 7)
"""Exports before which a new model scored everybody."""
EXPORTS, REFRESHED, LATER, SPREADS = 10, 0.8, 0.02, (3, 10, 20, 30)
"""Share of values that a new model changes, that other loads change, and by how many tenths (deviation)."""
HARDLY = 50
"""Tenths: a value that moves by less keeps its mark."""


def auc(figure: Floats, marked: Flags) -> float:
    """How often a marked row has the greater figure than another."""
    _, place, count = np.unique(figure, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    first = int(marked.sum())
    over = ranks[marked].sum() - first * (first + 1) / 2
    return float(over / (first * (len(figure) - first)))


def copies(draw: np.random.Generator, rows: int, spread: float) -> tuple[Ints, dict[str, Flags]]:
    """A recipient's values (exports x rows, tenths) and which rows are marked in the last, by layer."""
    p = marks.biases(draw.integers(0, 2**63, rows, np.uint64) * np.uint64(2)) / 2**32
    rate = marks.rates(1_000_000)
    truth = np.rint(draw.beta(2, 2, rows) * 1000).astype(np.int64)
    anchor, shift = truth, np.zeros(rows, np.int64)
    chosen: dict[str, Flags] = {one: np.zeros(rows, bool) for one in marks.LAYERS}
    made = []
    for export in range(EXPORTS):
        share = 1.0 if export == 0 else REFRESHED if export in MODELS else LATER
        new = draw.random(rows) < share
        moved = np.rint(draw.normal(0, spread, rows)).astype(np.int64) if export else 0
        after = np.clip(truth + moved, 0, 1000)
        after = np.where(new, after, truth)
        # a value that stays or hardly moves keeps its version, and with it its mark
        odd = anchor // 10 % 2
        fits = (after >= 10 * odd) & (after <= 990 + 10 * odd)
        new = (after != truth) & ((np.abs(after - truth) >= HARDLY) | ~fits) | (export == 0)
        truth = after
        anchor = np.where(new, truth, anchor)
        bit = (draw.random(rows) < p).astype(np.int64)
        points, tenths = draw.random(rows) < rate.point / 1e6, draw.random(rows) < rate.tenth / 1e6
        tenths &= ~points
        afresh = np.where(points, point(truth, bit), np.where(tenths, tenth(truth, bit), truth))
        shift = np.where(new, afresh - truth, shift)
        for layer, now in ((marks.POINT, points), (marks.TENTH, tenths)):
            chosen[layer] = np.where(new, now, chosen[layer])
        made.append(truth + shift)
    return np.vstack(made), chosen


def figures(seen: Ints) -> dict[str, Ints]:
    """What a script can tell of each row, each as a number of a class."""
    first, second, last = seen[0], seen[MODELS[0]], seen[-1]
    parities = sum((one % 2) << n for n, one in enumerate((first, second, last)))
    points = sum((one // 10 % 2) << n for n, one in enumerate((first, second, last)))
    return {
        "the value": last,
        "its digits": last % 100,
        "parities of digits over the models": np.asarray(parities),
        "parities of points over the models": np.asarray(points),
        "how far the last model moved it": np.clip(last - second, -150, 150),
        "how far the model before moved it": np.clip(second - first, -150, 150),
        "how far it came back": np.clip(np.abs(last - second) - np.abs(last - first), -150, 150),
        "how often it changed": (np.diff(seen, axis=0) != 0).sum(axis=0),
        "how often its digit's parity changed": (np.diff(seen % 2, axis=0) != 0).sum(axis=0),
    }


def odds(classes: Ints, marked: Flags, learnt: Flags) -> Floats:
    """Of each row the logarithm of how much likelier its class is among marked rows, learnt from some."""
    _, place = np.unique(classes, return_inverse=True)
    size = int(place.max()) + 1
    at = [np.bincount(place[learnt & of], minlength=size) + 1.0 for of in (marked, ~marked)]
    return np.asarray(np.log(at[0] / at[0].sum()) - np.log(at[1] / at[1].sum()))[place]


def given_away(rows: int = 1_000_000, spread: float = SPREADS[-1], seed: int = 4) -> dict[str, float]:
    """Layer -> the AUC of all figures together, of rows that were not learnt from."""
    draw = np.random.default_rng(seed)
    seen, chosen = copies(draw, rows, spread)
    learnt = draw.random(rows) < 0.5
    said = figures(seen)
    found = {}
    for layer, marked in chosen.items():
        every = sum(odds(one, marked, learnt) for one in said.values())
        found[layer] = auc(np.asarray(every)[~learnt], marked[~learnt])
    return found
