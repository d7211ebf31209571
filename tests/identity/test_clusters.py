"""Clusters of records: what sure pairs hold together, and where people's judgements cut them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.identity.clusters import clusters, components
from commonroll.identity.judgements import PAIR
from thorough import dear

Node = tuple[str, str]
Edge = tuple[Node, Node, float, bool]
SURE = pa.schema(
    [*((name, pa.string()) for name in PAIR), ("match_weight", pa.float64()), ("decided", pa.bool_())]
)


def node(text: str) -> Node:
    """`a1` is record 1 of member a."""
    return text[0], text[1:]


def edge(text: str) -> Edge:
    """`a1-b2 9` is a pair of 9 bits; `a1-b2 !` one that people judged the same."""
    names, weight = text.split()
    one, other = (node(name) for name in names.split("-"))
    return one, other, 0.0 if weight == "!" else float(weight), weight == "!"


def fast(
    edges: Iterable[Edge], apart: Iterable[tuple[Node, Node]]
) -> tuple[set[frozenset[Node]], set[frozenset[Node]]]:
    """Clusters, and pairs that were cut, as the program finds them."""
    rows = [
        dict(zip(SURE.names, (*one, *other, None if human else weight, human), strict=True))
        for one, other, weight, human in edges
    ]
    limits = [dict(zip(PAIR, (*one, *other), strict=True)) for one, other in apart]
    found = clusters(
        ibis.memtable(pa.Table.from_pylist(rows, SURE)),
        ibis.memtable(pa.Table.from_pylist(limits, pa.schema(list(SURE)[:4]))),
    )
    groups: dict[int, set[Node]] = {}
    for row in found.records.to_pylist():
        groups.setdefault(row["cluster"], set()).add((row["member"], row["record"]))
    cut = {frozenset((tuple(r.values())[:2], tuple(r.values())[2:])) for r in found.cut.to_pylist()}
    return {frozenset(group) for group in groups.values()}, cut


def slow(edges: Iterable[Edge], apart: Iterable[tuple[Node, Node]]) -> set[frozenset[Node]]:
    """The same, by the rule as it is written: every pair from the strongest, unless it breaks a limit."""
    known = list(edges)
    parts = [{one} for one in {end for one, other, *_ in known for end in (one, other)}]
    foes = [frozenset(pair) for pair in apart]

    def strength(one: Edge) -> tuple[object, ...]:
        low, high = sorted(one[:2])
        return not one[3], not one[3] and low[0] != high[0], -one[2], low, high

    for one, other, _, human in sorted(known, key=strength):
        mine, theirs = (next(part for part in parts if end in part) for end in (one, other))
        if mine is theirs:
            continue
        if any(frozenset(pair) in foes for pair in combinations(sorted(mine | theirs), 2)):
            continue
        if not human and one[0] != other[0] and {m for m, _ in mine} & {m for m, _ in theirs}:
            continue
        parts.remove(theirs)
        mine |= theirs
    return {frozenset(part) for part in parts}


@pytest.mark.parametrize(
    ("pairs", "apart", "wanted"),
    [
        ("a1-a2 9, a2-a3 9", "", "a1 a2 a3"),
        ("a1-a2 9, a2-a3 5", "a1-a3", "a1 a2 | a3"),
        ("a1-a2 5, a2-a3 9", "a1-a3", "a1 | a2 a3"),
        ("a1-a2 9, a2-a3 9", "a1-a3", "a1 a2 | a3"),
        ("a1-a2 9", "a1-a2", "a1 | a2"),
        ("a1-b1 9, b1-c1 9, c1-a2 5", "", "a1 b1 c1 | a2"),
        ("a1-b1 9, b1-c1 9, c1-a2 5, a1-a2 4", "", "a1 a2 b1 c1"),
        ("a1-b1 9, b1-a2 !", "", "a1 | a2 b1"),
        ("a1-b1 !, b1-a2 !", "", "a1 a2 b1"),
        ("a1-b1 !, b1-a2 !", "a1-a2", "a1 b1 | a2"),
        ("a1-a2 !, a2-a3 99", "a1-a3", "a1 a2 | a3"),
    ],
)
def test_cuts_are_made_at_the_weakest_pair(pairs: str, apart: str, wanted: str) -> None:
    edges = [edge(text.strip()) for text in pairs.split(",")]
    limits = [(node(one), node(other)) for one, other in (p.split("-") for p in apart.split())]
    groups = {frozenset(node(name) for name in group.split()) for group in wanted.split("|")}
    found, cut = fast(edges, limits)
    assert found == groups == slow(edges, limits)
    assert cut == {frozenset((a, b)) for a, b, *_ in edges if not any({a, b} <= group for group in groups)}


def test_a_long_chain_is_one_cluster() -> None:
    left = np.arange(5000)
    order = np.random.default_rng(0).permutation(5001)
    assert set(components(5001, order[left], order[left + 1])) == {0}
    assert components(3, np.array([], dtype=np.int64), np.array([], dtype=np.int64)).tolist() == [0, 1, 2]


nodes = st.tuples(st.sampled_from("abc"), st.sampled_from("123"))
pairs = st.tuples(nodes, nodes).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: tuple(sorted(pair)))
worlds = st.tuples(
    st.dictionaries(
        pairs,
        st.tuples(st.sampled_from((4.5, 6.0, 9.0)), st.integers(0, 5).map(lambda n: n == 0)),
        min_size=1,
        max_size=14,
    ),
    st.sets(pairs, max_size=4),
)


@settings(max_examples=dear(60), deadline=None)
@given(worlds, st.randoms())
def test_fast_and_slow_agree_in_any_order(
    world: tuple[dict[tuple[Node, Node], tuple[float, bool]], set[tuple[Node, Node]]], chance: object
) -> None:
    found, apart = world
    edges = [(one, other, 0.0 if human else weight, human) for (one, other), (weight, human) in found.items()]
    wanted = slow(edges, apart)
    chance.shuffle(edges)  # type: ignore[attr-defined]
    turned = [(other, one, weight, human) for one, other, weight, human in edges[::2]] + edges[1::2]
    assert fast(turned, apart)[0] == wanted
