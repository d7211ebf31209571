"""Turfs of a bench walked: whether one has a gap, and the metres of its round."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import numpy as np
from scipy.sparse.csgraph import minimum_spanning_tree

from commonroll.field.arrays import Ints, by_group
from commonroll.field.doors import Doors
from commonroll.field.order.distances import Pavements, stops_of, whole_centimetres
from commonroll.field.order.order import order
from commonroll.field.order.search import length
from commonroll.field.streets import Streets

GAP = 200.0
ROUNDS = 25


@dataclass(frozen=True)
class Walked:
    """The share of turfs whose shortest net of walking distances (PENALTY metres added for each crossing) has
    no way over GAP; metres for each door of the round found with that penalty, without it and with it."""

    no_gap: float
    metres: float
    penalised: float


def walked(streets: Streets, doors: Doors, turf: Ints, some: int | None = None) -> Walked:
    """All turfs, or about `some` of them, at even steps."""
    pavements, bare = Pavements(streets), Pavements(streets, 0.0)
    groups = [rows for rows in by_group(turf, int(turf.max()) + 1) if len(rows)]
    groups = groups[:: max(1, len(groups) // some)] if some else groups
    whole, metres, penalised = [], 0.0, 0.0
    for rows in groups:
        stops, _ = stops_of(doors.take(rows))
        matrix = pavements.distances(stops)
        whole.append(float(minimum_spanning_tree(matrix).data.max(initial=0.0)) <= GAP)
        centimetres = whole_centimetres(matrix)
        tour = order(centimetres, rounds=ROUNDS)
        penalised += length(centimetres, tour) / 100
        metres += length(whole_centimetres(bare.distances(stops)), tour) / 100
    count = sum(len(rows) for rows in groups)
    return Walked(float(np.mean(whole)), metres / count, penalised / count)


def in_window(turf: Ints) -> float:
    """The share of turfs with 40 to 60 doors."""
    sizes = np.bincount(turf)
    return float(np.mean((sizes >= 40) & (sizes <= 60)))
