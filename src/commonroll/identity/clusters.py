"""Which records are one person: everything that sure pairs hold together, cut where people know better.

Two records judged different never meet in one cluster, however many pairs lead from one to the other. On each
roll a person stands once: two records of one member meet only over sure pairs within that member, or because
people joined them. Where such a limit is broken, the pairs of that cluster are taken from the strongest to
the weakest, and one that would break it is cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from commonroll.identity.judgements import PAIR

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Clusters:
    """`records`: member, record, cluster (int64), human (whether people joined any of it), for records in
    sure pairs alone: any other stands by itself. `cut`: PAIR of sure pairs whose records ended apart."""

    records: pa.Table
    cut: pa.Table


@dataclass(frozen=True)
class _Edges:
    left: Ints
    right: Ints
    weight: npt.NDArray[np.float64]
    human: Bools

    def take(self, rows: Ints) -> _Edges:
        return _Edges(self.left[rows], self.right[rows], self.weight[rows], self.human[rows])


def clusters(sure: ir.Table, different: ir.Table) -> Clusters:
    """Clusters of the records of `sure`: PAIR, match_weight (null counts as least), decided (people did).

    `different`: PAIR of pairs judged different. Each pair stands once. Neither the order of rows nor which
    side a record stands on matters: cluster numbers follow member and record.
    """
    table = sure.select(*PAIR, "match_weight", "decided").to_pyarrow()
    apart = different.select(*PAIR).to_pyarrow()
    names = _names(table)
    left, right = _numbers(table, names, "l"), _numbers(table, names, "r")
    weight = pc.fill_null(table["match_weight"], float("-inf")).to_numpy()
    edges = _Edges(
        np.minimum(left, right),
        np.maximum(left, right),
        weight,
        pc.fill_null(table["decided"], False).to_numpy(),
    )
    members = pc.dictionary_encode(names["member"]).combine_chunks().indices.to_numpy().astype(np.int64)
    label = _cut(edges, members, _limits(apart, names))
    people = np.zeros(len(members), dtype=bool)
    kept = label[left] == label[right]
    people[label[left[kept & edges.human]]] = True
    records = names.append_column("cluster", pa.array(label)).append_column("human", pa.array(people[label]))
    return Clusters(records, table.select(list(PAIR)).filter(pa.array(~kept)))


def _names(pairs: pa.Table) -> pa.Table:
    """member, record of each record in a pair, once, in order."""
    sides = [pairs.select([f"member_{s}", f"record_{s}"]).rename_columns(["member", "record"]) for s in "lr"]
    found = pa.concat_tables(sides).group_by(["member", "record"]).aggregate([])
    return found.select(["member", "record"]).sort_by([("member", "ascending"), ("record", "ascending")])


def _numbers(pairs: pa.Table, names: pa.Table, side: str) -> Ints:
    """For each pair the place of its record in `names`; -1 where it has none."""
    numbered = names.append_column("at", pa.array(np.arange(names.num_rows)))
    keys = [f"member_{side}", f"record_{side}"]
    placed = pairs.select(keys).append_column("row", pa.array(np.arange(pairs.num_rows)))
    joined = placed.join(numbered, keys=keys, right_keys=["member", "record"]).sort_by("row")
    found: Ints = pc.fill_null(joined["at"], -1).to_numpy().astype(np.int64)
    return found


def _limits(apart: pa.Table, names: pa.Table) -> list[tuple[int, int]]:
    """Pairs judged different whose records both stand in `names`."""
    left, right = _numbers(apart, names, "l"), _numbers(apart, names, "r")
    both = (left >= 0) & (right >= 0)
    return list(zip(left[both].tolist(), right[both].tolist(), strict=True))


def _cut(edges: _Edges, members: Ints, apart: Sequence[tuple[int, int]]) -> Ints:
    """The cluster of each record, by its smallest record."""
    count = len(members)
    label = components(count, edges.left, edges.right)
    inside = edges.human | (members[edges.left] == members[edges.right])
    core = components(count, edges.left[inside], edges.right[inside])
    troubled = _troubled(label, core, members, apart)
    if not troubled.size:
        return label
    rows = np.flatnonzero(np.isin(label[edges.left], troubled))
    rows = rows[np.argsort(label[edges.left[rows]], kind="stable")]
    starts = np.flatnonzero(np.diff(label[edges.left[rows]], prepend=-1))
    for part in np.split(rows, starts[1:]):
        mine = [pair for pair in apart if label[pair[0]] == label[edges.left[part[0]]] == label[pair[1]]]
        for one, home in _from_the_strongest(edges.take(part), members, mine).items():
            label[one] = home
    return label


def _troubled(label: Ints, core: Ints, members: Ints, apart: Sequence[tuple[int, int]]) -> Ints:
    """Clusters that hold a pair judged different, or one member twice without a pair inside that member."""
    parted = [label[one] for one, other in apart if label[one] == label[other]]
    parts = np.unique(np.stack([label, members, core]), axis=1)
    twice = (np.diff(parts[0]) == 0) & (np.diff(parts[1]) == 0)
    return np.unique(np.concatenate([np.array(parted, dtype=np.int64), parts[0][1:][twice]]))


def components(count: int, left: Ints, right: Ints) -> Ints:
    """For each of `count` nodes the smallest node that a chain of edges leads to."""
    label = np.arange(count)
    while True:
        low = np.minimum(label[left], label[right])
        fresh = label.copy()
        np.minimum.at(fresh, label[left], low)
        np.minimum.at(fresh, label[right], low)
        while not np.array_equal(fresh, jumped := fresh[fresh]):
            fresh = jumped
        if np.array_equal(fresh, label):
            return label
        label = fresh


def _from_the_strongest(edges: _Edges, members: Ints, apart: Iterable[tuple[int, int]]) -> dict[int, int]:
    """One troubled cluster taken together again pair by pair; record -> smallest record of its part.

    What people judged comes first, then pairs within a member, then pairs across, each from the strongest,
    ties by record. Only pairs across can bring a member in twice.
    """
    home = {one: one for one in sorted({*edges.left.tolist(), *edges.right.tolist()})}
    parts = {one: {one} for one in home}
    foes: dict[int, set[int]] = {one: set() for one in home}
    for one, other in apart:
        foes[one].add(other)
        foes[other].add(one)
    stands_on = {one: {int(members[one])} for one in home}
    across = ~edges.human & (members[edges.left] != members[edges.right])
    for at in np.lexsort((edges.right, edges.left, -edges.weight, across, ~edges.human)):
        one, other = sorted((home[int(edges.left[at])], home[int(edges.right[at])]))
        if one == other or any(home[foe] == other for mine in parts[one] for foe in foes[mine]):
            continue
        if across[at] and stands_on[one] & stands_on[other]:
            continue
        for moved in parts[other]:
            home[moved] = one
        parts[one] |= parts.pop(other)
        stands_on[one] |= stands_on.pop(other)
    return home
