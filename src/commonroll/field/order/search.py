"""A short tour over a few dozen stops: the best of five nearest-neighbour tours, then a search by kicks.

`static/field/order.js` makes the same moves in the same order with the same numbers, so that a phone finds
the tour that the server found. Distances are whole numbers: sums are exact, and the same in both languages.

2-opt: Croes 1958. Or-opt: Or 1976. Neighbour lists and a queue of stops to look at: Bentley, "Fast algorithms
for geometric traveling salesman problems", 1992. The kick is the double bridge of Martin, Otto and Felten
1991, kept to a stretch of the tour. Few stops: Held and Karp 1962, which is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Matrix = Sequence[Sequence[int]]
"""Symmetric, zeros on the diagonal."""

STARTS = 5
NEAR = 16
"""Nearest stops that a stop is tried beside: more than one run of doors, or no other side is seen."""
CARRIED = 3
"""Most stops that Or-opt carries together."""
STRETCH = 60
"""Stops of a tour that one kick may touch."""
SLACK = 30
"""A tour longer than the shortest by less than one part in so many is kicked on from."""
AGAIN = 50
"""Rounds after which the search begins again from the shortest tour."""
FEW = 10
"""Up to so many stops the shortest tour is found exactly."""


def length(m: Matrix, tour: Sequence[int]) -> int:
    """Of the closed tour."""
    return sum(m[tour[i - 1]][tour[i]] for i in range(len(tour)))


def shortest(m: Matrix, rounds: int, seed: int, forced: int = 0) -> list[int]:
    """A short closed tour over all stops of `m`, beginning at stop 0; the same for the same seed.

    One round is one kick. Up to FEW stops no tour is shorter; beyond, none that always goes to the nearest.
    `forced`: what of a tour's length is no walking, but keeps stops together.
    """
    n = len(m)
    if n <= FEW:
        return _exact(m)
    draw = random_numbers(seed)
    near = _near(m)
    begins = [nearest_neighbour(m, s) for s in [0, *(draw() % n for _ in range(STARTS - 1))]]
    tours = [_improved(m, near, t, range(n)) for t in begins]
    lengths = [length(m, t) for t in tours]
    least = min(lengths)
    best = now = tours[lengths.index(least)]
    for round_ in range(rounds):
        kicked, touched = _kicked(best if round_ % AGAIN == 0 else now, draw)
        tour = _improved(m, near, kicked, touched)
        walked = length(m, tour)
        if (walked - least) * SLACK < least - forced:
            now = tour
        elif round_ % AGAIN == 0:
            now = best
        if walked < least:
            least, best = walked, tour
    at = best.index(0)
    return best[at:] + best[:at]


def random_numbers(seed: int) -> Callable[[], int]:
    """Whole numbers from 1 to 2**32 - 1: xorshift32, Marsaglia 2003."""
    x = (seed * 0x9E3779B1 & 0xFFFFFFFF) or 1

    def draw() -> int:
        nonlocal x
        x ^= x << 13 & 0xFFFFFFFF
        x ^= x >> 17
        x ^= x << 5 & 0xFFFFFFFF
        return x

    return draw


def nearest_neighbour(m: Matrix, start: int) -> list[int]:
    """The tour that always goes on to the nearest stop left; of equals, to the lowest."""
    tour, left = [start], [i for i in range(len(m)) if i != start]
    while left:
        nearest = min(left, key=m[tour[-1]].__getitem__)
        tour.append(nearest)
        left.remove(nearest)
    return tour


def _near(m: Matrix) -> list[list[int]]:
    """Per stop the others from near to far, at most NEAR; of equals, the lowest first."""
    return [
        sorted((j for j in range(len(m)) if j != i), key=row.__getitem__)[:NEAR] for i, row in enumerate(m)
    ]


def _kicked(tour: list[int], draw: Callable[[], int]) -> tuple[list[int], list[int]]:
    """Two neighbouring stretches of the tour change places; and the stops that have a new neighbour."""
    n = len(tour)
    at, width = draw() % n, min(n - 1, STRETCH) - 1
    cuts: set[int] = set()
    while len(cuts) < 3:
        cuts.add(1 + draw() % width)
    a, b, c = sorted(cuts)
    r = tour[at:] + tour[:at]
    touched = [r[a - 1], r[b], r[c - 1], r[a], r[b - 1], r[c]]
    return r[:a] + r[b:c] + r[a:b] + r[c:], touched


def _improved(m: Matrix, near: list[list[int]], tour: list[int], looked_at: Sequence[int]) -> list[int]:
    """The tour after 2-opt and Or-opt around the stops looked at, and around those that a move touches."""
    place = [0] * len(tour)
    for i, s in enumerate(tour):
        place[s] = i
    queue = list(looked_at)
    waits = [False] * len(tour)
    for s in queue:
        waits[s] = True
    for s in queue:  # grows while it is walked
        waits[s] = False
        while touched := _two_opt(m, near[s], tour, place, s) or _or_opt(m, near[s], tour, place, s):
            for t in touched:
                if not waits[t]:
                    waits[t] = True
                    queue.append(t)
    return tour


def _two_opt(m: Matrix, near: list[int], tour: list[int], place: list[int], a: int) -> tuple[int, ...] | None:
    """Join `a` to a near stop by turning the stretch between them round, where that is shorter."""
    n, of_a, at = len(tour), m[a], place[a]
    after, before = tour[at + 1 - n], tour[at - 1]
    beyond, back = of_a[after], of_a[before]
    for c in near:
        step = of_a[c]
        if step >= beyond and step >= back:
            return None
        there = place[c]
        if step < beyond:
            d = tour[there + 1 - n]
            if step + m[after][d] < beyond + m[c][d]:
                _turn(tour, place, at + 1, there) if at < there else _turn(tour, place, there + 1, at)
                return a, after, c, d
        if step < back:
            d = tour[there - 1]
            if step + m[before][d] < back + m[c][d]:
                _turn(tour, place, at, there - 1) if at < there else _turn(tour, place, there, at - 1)
                return a, before, c, d
    return None


def _turn(tour: list[int], place: list[int], i: int, j: int) -> None:
    """Turn the places i to j (both of them) round."""
    tour[i : j + 1] = tour[i : j + 1][::-1]
    for k in range(i, j + 1):
        place[tour[k]] = k


def _or_opt(m: Matrix, near: list[int], tour: list[int], place: list[int], a: int) -> tuple[int, ...] | None:
    """Carry `a`, and up to two stops on one side of it, to beside a near stop, where that is shorter."""
    n, at, of_a = len(tour), place[a], m[a]
    for size in range(1, CARRIED + 1):
        for ahead in (True, False) if size > 1 else (True,):
            first = (at if ahead else at - size + 1) % n
            e = tour[(at + size - 1) % n if ahead else first]
            p, q = tour[first - 1], tour[(first + size) % n]
            if not ahead:
                p, q = q, p
            of_e = m[e]
            saved = of_a[p] + of_e[q] - m[p][q]
            for c in near:
                step = of_a[c]
                if step >= saved:
                    break
                there = place[c]
                if (there - first) % n < size:
                    continue
                for d in (tour[there - 1], tour[there + 1 - n]):
                    if (place[d] - first) % n >= size and step + of_e[d] - m[c][d] < saved:
                        _carry(tour, place, first, size, c, d, a)
                        return a, e, p, q, c, d
    return None


def _carry(tour: list[int], place: list[int], first: int, size: int, c: int, d: int, a: int) -> None:
    """Put the `size` stops from place `first` on between `c` and `d`, `a` beside `c`."""
    r = tour[first:] + tour[:first]
    piece, rest = r[:size], r[size:]
    u, v = rest.index(c), rest.index(d)
    leads = v == (u + 1) % len(rest)
    if (piece[0] == a) != leads:
        piece.reverse()
    cut = u + 1 if leads else v + 1
    tour[:] = rest[:cut] + piece + rest[cut:]
    for i, s in enumerate(tour):
        place[s] = i


def _exact(m: Matrix) -> list[int]:
    """The shortest tour: `least[set][last]` walks from stop 0 over a set of stops to its last one."""
    n = len(m) - 1
    if n < 3:
        return list(range(n + 1))
    far = sum(map(sum, m)) + 1
    least = [[far] * n for _ in range(1 << n)]
    came = [[-1] * n for _ in range(1 << n)]
    for j in range(n):
        least[1 << j][j] = m[0][j + 1]
    for walked in range(1, 1 << n):
        row = least[walked]
        for j in range(n):
            if not walked >> j & 1 or row[j] == far:
                continue
            of_j = m[j + 1]
            for k in range(n):
                if walked >> k & 1:
                    continue
                more = walked | 1 << k
                if row[j] + of_j[k + 1] < least[more][k]:
                    least[more][k] = row[j] + of_j[k + 1]
                    came[more][k] = j
    walked = (1 << n) - 1
    ends = [least[walked][j] + m[j + 1][0] for j in range(n)]
    j = ends.index(min(ends))
    back = []
    while j >= 0:
        back.append(j + 1)
        walked, j = walked & ~(1 << j), came[walked][j]
    return [0, *reversed(back)]
