// The walking order of a turf on the phone: the same moves in the same order with the same numbers as
// field/order/ on the server, so that both find the same order (tests/field/test_order_twice.py). No imports, so that
// it runs in a worker as it is. What the steps are for stands there; here only what reads otherwise.

const STARTS = 5, NEAR = 16, CARRIED = 3, STRETCH = 60, SLACK = 30, AGAIN = 50, FEW = 10;
export const ROUNDS = 200;

/**
 * The stops in the order to walk them, each once, the start first.
 * @param {number[][]} m symmetric, in whole centimetres
 * @param {{sides?: number[][], start?: number|null, end?: number|"start"|"anywhere", stops?: number[]|null,
 *   rounds?: number, seed?: number}} how as in field/order/order.py
 * @returns {number[]}
 */
export function order(m, { sides = [], start = null, end = "start", stops = null, rounds = ROUNDS, seed = 1 } = {}) {
  let last = typeof end === "number" ? end : null;
  if (start !== null && start === last) [end, last] = ["start", null];
  const alone = [start, last].filter((stop) => stop !== null);
  const runs = runsOf(stops ?? m.map((_, i) => i), sides, alone);
  if (!runs.length) return [];
  const ends = runs.flatMap((run) => (run.length > 1 ? [run[0], run[run.length - 1]] : run));
  const owner = runs.flatMap((run, i) => (run.length > 1 ? [i, i] : [i]));
  let tour;
  if (end === "start") {
    const [together, forced] = keptTogether(m, ends, owner, null);
    tour = shortest(together, rounds, seed, forced);
    if (runs[0].length > 1 && tour[1] !== 1) tour = [tour[0], ...tour.slice(1).reverse()];
  } else {
    const [together, forced] = keptTogether(m, ends, owner, alone);
    tour = shortest(together, rounds, seed, forced).slice(1).map((stop) => stop - 1);
    const first = ends[tour[0]];
    if (start === null ? last === first : first !== start) tour.reverse();
  }
  return unrolled(tour, runs, ends, owner);
}

function runsOf(stops, sides, alone) {
  const runs = alone.map((stop) => [stop]), left = new Set([...stops].sort((a, b) => a - b));
  for (const stop of alone) left.delete(stop);
  for (const side of sides) {
    const run = side.filter((stop) => left.has(stop));
    for (const stop of run) left.delete(stop);
    if (run.length) runs.push(run);
  }
  return runs.concat([...left].map((stop) => [stop]));
}

function keptTogether(m, ends, owner, openAt) {
  const dear = 1 + ends.reduce((sum, p) => sum + Math.max(...ends.map((q) => m[p][q])), 0);
  const pairs = owner.filter((run, i) => i > 0 && run === owner[i - 1]).length;
  const apart = pairs ? dear : 0;
  const rows = ends.map((p, i) => ends.map((q, j) => (owner[i] === owner[j] ? 0 : apart + m[p][q])));
  if (!openAt) return [rows, apart * (ends.length - pairs)];
  const beside = ends.map((p) => apart + (!openAt.length || openAt.includes(p) ? 0 : dear));
  const extra = openAt.length === 1 ? dear : 0;
  return [[[0, ...beside], ...rows.map((row, i) => [beside[i], ...row])], apart * (ends.length + 1 - pairs) + extra];
}

function unrolled(tour, runs, ends, owner) {
  const walked = [], seen = new Set();
  for (const i of tour) {
    if (seen.has(owner[i])) continue;
    seen.add(owner[i]);
    const run = runs[owner[i]];
    walked.push(...(ends[i] === run[0] ? run : [...run].reverse()));
  }
  return walked;
}

/** Of the closed tour. */
export function length(m, tour) {
  return tour.reduce((sum, stop, i) => sum + m[tour[i ? i - 1 : tour.length - 1]][stop], 0);
}

/** A short closed tour over all stops of `m`, beginning at stop 0. */
export function shortest(m, rounds, seed, forced = 0) {
  const n = m.length;
  if (n <= FEW) return exact(m);
  const draw = randomNumbers(seed), near = nearOf(m), all = m.map((_, i) => i);
  const begins = [0];
  while (begins.length < STARTS) begins.push(draw() % n);
  const tours = begins.map((s) => improved(m, near, nearestNeighbour(m, s), all));
  const lengths = tours.map((t) => length(m, t));
  let least = Math.min(...lengths), best = tours[lengths.indexOf(least)], now = best;
  for (let round = 0; round < rounds; round++) {
    const again = round % AGAIN === 0;
    const [kicked, touched] = kick(again ? best : now, draw);
    const tour = improved(m, near, kicked, touched), walked = length(m, tour);
    if ((walked - least) * SLACK < least - forced) now = tour;
    else if (again) now = best;
    if (walked < least) [least, best] = [walked, tour];
  }
  const at = best.indexOf(0);
  return best.slice(at).concat(best.slice(0, at));
}

function randomNumbers(seed) {
  let x = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x = (x ^ (x << 5)) >>> 0;
    return x;
  };
}

function nearestNeighbour(m, start) {
  const n = m.length, seen = new Uint8Array(n), tour = [start];
  seen[start] = 1;
  while (tour.length < n) {
    const row = m[tour[tour.length - 1]];
    let nearest = -1;
    for (let j = 0; j < n; j++) if (!seen[j] && (nearest < 0 || row[j] < row[nearest])) nearest = j;
    seen[nearest] = 1;
    tour.push(nearest);
  }
  return tour;
}

const nearOf = (m) => m.map((row, i) =>
  row.map((_, j) => j).filter((j) => j !== i).sort((j, k) => row[j] - row[k] || j - k).slice(0, NEAR));

function kick(tour, draw) {
  const n = tour.length, at = draw() % n, width = Math.min(n - 1, STRETCH) - 1, cuts = new Set();
  while (cuts.size < 3) cuts.add(1 + (draw() % width));
  const [a, b, c] = [...cuts].sort((x, y) => x - y), r = tour.slice(at).concat(tour.slice(0, at));
  const touched = [r[a - 1], r[b], r[c - 1], r[a], r[b - 1], r[c]];
  return [[...r.slice(0, a), ...r.slice(b, c), ...r.slice(a, b), ...r.slice(c)], touched];
}

function improved(m, near, tour, lookedAt) {
  const place = new Array(tour.length);
  tour.forEach((s, i) => (place[s] = i));
  const queue = [...lookedAt], waits = new Uint8Array(tour.length);
  for (const s of queue) waits[s] = 1;
  for (let at = 0; at < queue.length; at++) {
    const s = queue[at];
    waits[s] = 0;
    let touched;
    while ((touched = twoOpt(m, near[s], tour, place, s) || orOpt(m, near[s], tour, place, s))) {
      for (const t of touched) {
        if (waits[t]) continue;
        waits[t] = 1;
        queue.push(t);
      }
    }
  }
  return tour;
}

function twoOpt(m, near, tour, place, a) {
  const n = tour.length, ofA = m[a], at = place[a];
  const after = tour[(at + 1) % n], before = tour[(at + n - 1) % n];
  const beyond = ofA[after], back = ofA[before];
  for (const c of near) {
    const step = ofA[c];
    if (step >= beyond && step >= back) return null;
    const there = place[c];
    if (step < beyond) {
      const d = tour[(there + 1) % n];
      if (step + m[after][d] < beyond + m[c][d]) {
        if (at < there) turn(tour, place, at + 1, there);
        else turn(tour, place, there + 1, at);
        return [a, after, c, d];
      }
    }
    if (step < back) {
      const d = tour[(there + n - 1) % n];
      if (step + m[before][d] < back + m[c][d]) {
        if (at < there) turn(tour, place, at, there - 1);
        else turn(tour, place, there, at - 1);
        return [a, before, c, d];
      }
    }
  }
  return null;
}

function turn(tour, place, i, j) {
  for (let x = i, y = j; x < y; x++, y--) [tour[x], tour[y]] = [tour[y], tour[x]];
  for (let k = i; k <= j; k++) place[tour[k]] = k;
}

function orOpt(m, near, tour, place, a) {
  const n = tour.length, at = place[a], ofA = m[a];
  for (let size = 1; size <= CARRIED; size++) {
    for (const ahead of size > 1 ? [true, false] : [true]) {
      const first = (ahead ? at : at - size + 1 + n) % n;
      const e = tour[(ahead ? at + size - 1 : first) % n];
      const left = tour[(first + n - 1) % n], right = tour[(first + size) % n];
      const [p, q] = ahead ? [left, right] : [right, left];
      const ofE = m[e], saved = ofA[p] + ofE[q] - m[p][q];
      for (const c of near) {
        const step = ofA[c];
        if (step >= saved) break;
        const there = place[c];
        if ((there - first + n) % n < size) continue;
        for (const d of [tour[(there + n - 1) % n], tour[(there + 1) % n]]) {
          if ((place[d] - first + n) % n < size || step + ofE[d] - m[c][d] >= saved) continue;
          carry(tour, place, first, size, c, d, a);
          return [a, e, p, q, c, d];
        }
      }
    }
  }
  return null;
}

function carry(tour, place, first, size, c, d, a) {
  const n = tour.length, r = Array.from({ length: n }, (_, i) => tour[(first + i) % n]);
  const piece = r.slice(0, size), rest = r.slice(size);
  const u = rest.indexOf(c), v = rest.indexOf(d), leads = v === (u + 1) % rest.length;
  if ((piece[0] === a) !== leads) piece.reverse();
  const cut = leads ? u + 1 : v + 1;
  [...rest.slice(0, cut), ...piece, ...rest.slice(cut)].forEach((s, i) => {
    tour[i] = s;
    place[s] = i;
  });
}

function exact(m) {
  const n = m.length - 1;
  if (n < 3) return m.map((_, i) => i);
  const sets = 1 << n, least = new Float64Array(sets * n).fill(Infinity), came = new Int8Array(sets * n).fill(-1);
  for (let j = 0; j < n; j++) least[(1 << j) * n + j] = m[0][j + 1];
  for (let walked = 1; walked < sets; walked++) {
    for (let j = 0; j < n; j++) {
      const here = least[walked * n + j];
      if (!(walked >> j & 1) || here === Infinity) continue;
      for (let k = 0; k < n; k++) {
        if (walked >> k & 1) continue;
        const more = (walked | 1 << k) * n + k, metres = here + m[j + 1][k + 1];
        if (metres < least[more]) [least[more], came[more]] = [metres, j];
      }
    }
  }
  let walked = sets - 1, j = 0;
  const whole = (i) => least[walked * n + i] + m[i + 1][0];
  for (let i = 1; i < n; i++) if (whole(i) < whole(j)) j = i;
  const back = [];
  while (j >= 0) {
    back.push(j + 1);
    [walked, j] = [walked & ~(1 << j), came[walked * n + j]];
  }
  return [0, ...back.reverse()];
}
