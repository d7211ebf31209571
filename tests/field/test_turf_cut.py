"""Turf: every door in exactly one, each in one piece, of the size asked for; the same seed, the same cut."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from commonroll.field.arrays import Ints
from commonroll.field.atoms import GAP, Atoms, along_streets
from commonroll.field.city import City, city
from commonroll.field.cut import cut, moved
from commonroll.field.doors import Doors
from commonroll.field.exchange import exchange, redivided
from commonroll.field.minutes import cut_by_minutes
from commonroll.field.order.distances import Pavements, stops_of
from commonroll.field.points import Points, around_points
from commonroll.field.runs import MOST
from commonroll.field.search import BORDER, Search, Window
from commonroll.field.streets import Streets


def atoms_of(of: City) -> Atoms:
    return along_streets(of.streets, of.doors)


def weights(atoms: Atoms, turf: Ints) -> np.ndarray:
    return np.bincount(turf[turf >= 0], weights=atoms.weight[turf >= 0])


def in_one_piece(atoms: Atoms, turf: Ints) -> bool:
    near = [row.indices.tolist() for row in (atoms.near[[at]] for at in range(len(atoms)))]
    for number in range(int(turf.max()) + 1):
        rest = set(np.flatnonzero(turf == number).tolist())
        stack = [rest.pop()]
        while stack:
            for other in near[stack.pop()]:
                if other in rest:
                    rest.discard(other)
                    stack.append(other)
        if rest:
            return False
    return True


@pytest.fixture(scope="module")
def town() -> Atoms:
    return atoms_of(city(6_000))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("coverage", [1.0, 0.35])
def test_every_door_is_in_one_turf_of_the_size_asked_for(seed: int, coverage: float) -> None:
    found = city(6_000, seed=seed, coverage=coverage)
    atoms = atoms_of(found)
    turf = cut(atoms, seed=seed)
    of_door = turf[atoms.of_door]
    assert of_door.min() >= 0 and len(of_door) == len(found.doors)
    sizes = np.bincount(of_door)
    assert (sizes > 0).all() and (sizes == weights(atoms, turf)).all()
    assert np.mean((sizes >= 40) & (sizes <= 60)) >= 0.95
    assert in_one_piece(atoms, turf)
    assert (cut(atoms, seed=seed) == turf).all()


def longest_way(of: City, doors: Ints) -> float:
    """Metres of the longest way in the shortest net over some doors."""
    stops, _ = stops_of(of.doors.take(doors))
    net = minimum_spanning_tree(Pavements(of.streets).distances(stops))
    return float(net.data.max(initial=0.0))


@pytest.mark.parametrize("coverage", [1.0, 0.35])
def test_a_turf_has_no_gap_where_its_atoms_touch_without_one(coverage: float) -> None:
    """Whether atoms touch is worked out for all at once; here each turf is walked by itself."""
    found = city(6_000, coverage=coverage)
    atoms = along_streets(found.streets, found.doors)
    turf = cut(atoms)[atoms.of_door]
    gaps = [longest_way(found, turf == number) > GAP + 0.01 for number in range(int(turf.max()) + 1)]
    assert np.mean(gaps) <= 0.03
    assert connected_components(atoms.near, directed=False)[0] <= 3


def row_of_houses(*offsets: float) -> Atoms:
    """Houses on one side of one street of three kilometres."""
    at, none = np.array(offsets), np.zeros(1, np.int64)
    ends = np.array([0.0, 3_000.0])
    street = Streets(ends, np.zeros(2), none, none + 1, np.array([3_000.0]), none, none)
    face = np.zeros(len(at), np.int64)
    return along_streets(street, Doors(face, at, np.arange(len(at)), at, np.zeros(len(at))))


def test_houses_far_apart_are_pieces_and_a_light_one_is_tied_within_a_walk() -> None:
    near = [*np.arange(0, 500, 10.0)]
    assert len(row_of_houses()) == 0
    assert connected_components(row_of_houses(*near, 690).near)[0] == 1
    assert connected_components(row_of_houses(*near, 850).near)[0] == 1
    assert connected_components(row_of_houses(*near, 900).near)[0] == 2
    far = row_of_houses(*near, *np.arange(800, 1300, 10.0))
    assert connected_components(far.near)[0] == 2
    assert len(np.unique(cut(far))) == 2


def test_a_run_holds_few_doors_and_whole_buildings(town: Atoms) -> None:
    doors = city(6_000).doors
    run_of = dict(zip(doors.building.tolist(), town.of_door.tolist(), strict=True))
    assert [run_of[b] for b in doors.building.tolist()] == town.of_door.tolist()
    homes = Counter(doors.building.tolist())
    for atom in np.flatnonzero(town.weight > MOST):
        buildings = {b for b, run in run_of.items() if run == atom}
        assert max(homes[b] for b in buildings) > MOST // 2
    assert (town.near != town.near.T).nnz == 0


NOBODY = np.empty(0)


@pytest.mark.parametrize(
    ("places", "turfs"),
    [
        ([], 0),
        ([(0.0, 0.0)], 1),
        ([(0.0, 0.0)] * 500, 1),
        ([(at * 20.0, 0.0) for at in range(30)] + [(at * 20.0, 9_000.0) for at in range(30)], 2),
    ],
    ids=["nobody", "one door", "one building of 500", "two islands"],
)
def test_small_places(places: list[tuple[float, float]], turfs: int) -> None:
    x, y = (np.array([place[at] for place in places], float) for at in (0, 1))
    building = np.array([sorted(set(places)).index(place) for place in places], np.int64)
    points = Points(x, y, building, np.array([round(b) for b in y], np.int64), building * 2)
    for turf, of_door in (by_doors(points), by_minutes(points)):
        assert turf == turfs and (np.bincount(of_door, minlength=turfs) > 0).all()
        assert len(of_door) == len(points)


def by_doors(points: Points) -> tuple[int, Ints]:
    atoms = around_points(points)
    turf = cut(atoms)
    return int(turf.max(initial=-1)) + 1, turf[atoms.of_door]


def by_minutes(points: Points) -> tuple[int, Ints]:
    found = cut_by_minutes(points)
    return len(found.minutes), found.of_door


def test_a_moved_block_changes_two_turfs_and_stays(town: Atoms) -> None:
    turf = cut(town)
    border = next(
        (at, int(turf[other]))
        for at in range(len(town))
        for other in town.near[[at]].indices
        if town.weight[at] > 5 and turf[at] >= 0 and turf[other] >= 0 and turf[other] != turf[at]
    )
    chosen, to = np.array([border[0]]), border[1]
    after = moved(town, turf, chosen, to)
    changed = set(turf[after != turf].tolist()) | set(after[after != turf].tolist())
    assert after[chosen[0]] == to
    assert changed - {int(turf[chosen[0]]), to} <= set(range(int(turf.max()) + 1, len(turf)))
    assert weights(town, after).sum() == town.weight.sum()
    assert in_one_piece(town, after)


def test_locked_turfs_stay(town: Atoms) -> None:
    turf = cut(town)
    locked = np.where(turf == 3, 0, -1)
    again = cut(town, locked=locked)
    assert ((again == 0) == (turf == 3)).all()
    assert weights(town, again).sum() == town.weight.sum()


def test_the_country_is_cut_by_time() -> None:
    """Hamlets of nine houses 350 m apart: by doors a turf would take half a day."""
    rng = np.random.default_rng(5)
    middle = rng.uniform(0, 20_000, (90, 2))
    place = (middle[:, None] + rng.uniform(-300, 300, (90, 9, 2))).reshape(-1, 2)
    every = np.arange(len(place))
    found = cut_by_minutes(Points(*place.T, every, every // 9, every % 9 * 2))
    assert np.bincount(found.of_door).sum() == len(place)
    assert found.minutes.max() <= 180
    assert np.mean((found.minutes >= 90) & (found.minutes <= 150)) >= 0.9
    assert found.car.mean() > 0.5


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_search_keeps_turfs_whole_and_loses_nothing(data: st.DataObject) -> None:
    """Any connected graph and weights: each atom has a turf, each turf is whole, the cost never grows."""
    count = data.draw(st.integers(2, 14))
    weight = data.draw(st.lists(st.integers(0, 40), min_size=count, max_size=count))
    near: list[dict[int, float]] = [{} for _ in range(count)]
    links = [(at, data.draw(st.integers(0, at - 1))) for at in range(1, count)]
    links += data.draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=9))
    for one, other in links:
        if one != other:
            near[one][other] = near[other][one] = float(data.draw(st.integers(1, 100)))
    x = data.draw(st.lists(st.integers(0, 900), min_size=count, max_size=count))
    turf = data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
    listed = [sorted(each.items()) for each in near]
    search = Search([*map(float, weight)], [*map(float, x)], [0.0] * count, listed, turf, Window())
    search.break_up()
    before = total(search, near)
    search.local(range(count))
    assert total(search, near) <= before + 1e-6
    search.repair()
    before = total(search, near)
    search.pass_on()
    assert total(search, near) <= before + 1e-6
    before = total(search, near)
    exchange(search)
    assert total(search, near) <= before + 1e-6
    for members in search.members:
        assert len(search.pieces(members)) <= 1
    assert sorted(atom for members in search.members for atom in members) == list(range(count))
    for number, members in enumerate(search.members):
        assert search.sums[number][0] == pytest.approx(sum(weight[atom] for atom in members))


def test_a_turf_passes_a_door_on_over_a_full_neighbour() -> None:
    weight = [30.0, 30.0, 1.0, 1.0, 58.0, 1.0, 30.0, 20.0]
    near = [[(other, 50.0) for other in (at - 1, at + 1) if 0 <= other < len(weight)] for at in range(8)]
    turf = [0, 0, 0, 1, 1, 1, 2, 2]
    search = Search(weight, [10.0 * at for at in range(8)], [0.0] * 8, near, turf, Window())
    search.local(range(8))
    assert [sums[0] for sums in search.sums] == [61, 60, 50]
    search.pass_on()
    assert [sums[0] for sums in search.sums] == [60, 60, 51]


def test_two_turfs_are_divided_anew_where_no_single_move_gains() -> None:
    weight = [20.0, 20.0, 25.0, 25.0]
    near = [[((at + 1) % 4, 50.0), ((at + 3) % 4, 50.0)] for at in range(4)]
    search = Search(weight, [0.0] * 4, [0.0] * 4, near, [0, 0, 1, 1], Window(42, 48, 45))
    search.local(range(4))
    assert [sums[0] for sums in search.sums] == [40, 50]
    assert redivided(search, 0, 1, 60)
    assert sorted(sums[0] for sums in search.sums) == [45, 45]
    assert not redivided(search, 0, 1, 60)


def total(search: Search, near: list[dict[int, float]]) -> float:
    """The cost of a division, from nothing but its atoms."""
    sizes = sum(search.cost(sums) for sums in search.sums)
    borders = sum(
        worth
        for one, others in enumerate(near)
        for other, worth in others.items()
        if one < other and search.turf[one] != search.turf[other]
    )
    return sizes + BORDER * borders
