"""Atoms become turfs: METIS gives the first division, a search makes it whole and even.

Each connected part of the graph is cut by itself: METIS does not keep pieces whole where the graph is not.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

import numpy as np
import pymetis
import scipy.sparse as sparse
from scipy.sparse.csgraph import connected_components

from commonroll.field.arrays import Ints
from commonroll.field.atoms import Atoms
from commonroll.field.exchange import exchange
from commonroll.field.search import Search, Window

_UNEVEN = 150
"""METIS's `ufactor`: how far from even a part may be, in thousandths."""


def cut(atoms: Atoms, window: Window | None = None, *, seed: int = 1, locked: Ints | None = None) -> Ints:
    """The turf of each atom, from 0 in the atoms' order; -1 for atoms whose turf would have no door.

    `locked` gives atoms whose turf is to stay its number (-1: to be cut); new turfs get numbers after them.
    """
    if locked is not None:
        free = np.flatnonzero(locked < 0)
        found = cut(atoms.take(free), window, seed=seed)
        turf = locked.copy()
        turf[free] = np.where(found < 0, -1, found + int(locked.max(initial=-1)) + 1)
        return turf
    if not len(atoms):
        return np.empty(0, np.int64)
    window = window or Window()
    search = _search(atoms, by_metis(atoms, window, seed), window)
    search.improve()
    exchange(search)
    return _numbered(np.asarray(search.turf, dtype=np.int64), atoms)


def moved(atoms: Atoms, turf: Ints, chosen: Ints, to: int, window: Window | None = None) -> Ints:
    """`turf` after a person moved the `chosen` atoms into turf `to`; they stay there.

    Only turfs that lost atoms, and `to`, change: what fell off them becomes a turf of its own, and their
    other atoms are evened out.
    """
    found = turf.copy()
    touched = np.unique(np.append(turf[chosen], to))
    found[chosen] = to
    within = np.flatnonzero(np.isin(found, touched[touched >= 0]))
    numbers, local = np.unique(found[within], return_inverse=True)
    place = np.searchsorted(within, chosen)
    search = _search(atoms.take(within), np.asarray(local, np.int64), window or Window(), place.tolist())
    search.break_up()
    search.local(range(len(within)))
    ended = np.asarray(search.turf, np.int64)
    fresh = int(turf.max()) + 1 + np.arange(max(int(ended.max()) + 1 - len(numbers), 0))
    found[within] = np.concatenate([numbers, fresh])[ended]
    return found


def by_metis(atoms: Atoms, window: Window, seed: int) -> Ints:
    """The turf of each atom where each connected part is divided by METIS alone: where the search begins."""
    _, component = connected_components(atoms.near, directed=False)
    order = np.argsort(component, kind="stable")
    bounds = np.flatnonzero(np.diff(component[order], prepend=-1, append=-1))
    found, used = np.zeros(len(atoms), np.int64), 0
    for first, last in pairwise(bounds):
        members = order[first:last]
        turf = _start(atoms, members, window, seed)
        found[members] = used + turf
        used += int(turf.max()) + 1
    return found


def _search(atoms: Atoms, turf: Ints, window: Window, pinned: Collection[int] = ()) -> Search:
    x, y = _from_middle(atoms)
    return Search(atoms.weight.tolist(), x, y, _lists(atoms.near), turf.tolist(), window, pinned)


def _start(atoms: Atoms, members: Ints, window: Window, seed: int) -> Ints:
    """METIS's division of one connected part into turfs of about the target."""
    weight = atoms.weight[members]
    turfs = round(float(weight.sum()) / window.target)
    if turfs < 2 or len(members) < 2:
        return np.zeros(len(members), np.int64)
    near = sparse.csr_array(atoms.near[members][:, members])
    options = pymetis.Options()
    options.ufactor, options.seed, options.contig = _UNEVEN, seed, 1
    found = pymetis.part_graph(
        min(turfs, len(members)),
        pymetis.CSRAdjacency(near.indptr.astype(np.int32), near.indices.astype(np.int32)),
        eweights=np.maximum(np.rint(near.data), 1).astype(np.int32),
        vweights=np.rint(weight).astype(np.int32),
        options=options,
        recursive=False,
    )
    return np.asarray(found[1], dtype=np.int64)


def _from_middle(atoms: Atoms) -> tuple[list[float], list[float]]:
    """Places from the atoms' middle, so that their squares keep their digits."""
    return (atoms.x - atoms.x.mean()).tolist(), (atoms.y - atoms.y.mean()).tolist()


def _lists(near: sparse.csr_array) -> list[list[tuple[int, float]]]:
    pairs = list(zip(near.indices.tolist(), near.data.tolist(), strict=True))
    ends = near.indptr.tolist()
    return [pairs[a:b] for a, b in pairwise(ends)]


def _numbered(turf: Ints, atoms: Atoms) -> Ints:
    """Turfs with doors from 0, in the order of their first atoms."""
    weight = np.bincount(turf, weights=atoms.weight)
    _, first = np.unique(turf, return_index=True)
    kept = turf[np.sort(first)]
    kept = kept[weight[kept] > 0]
    number = np.full(len(weight), -1)
    number[kept] = np.arange(len(kept))
    return number[turf]
