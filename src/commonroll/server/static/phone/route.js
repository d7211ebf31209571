// The walk from here on, ordered anew on the phone, without a signal, beside the page.
import { fromBase64 } from "./bytes.js";
import { open, reroute } from "./session.js";

const STREETS_LONGER = 1.25, M_PER_DEGREE = 111_320;

/** Metres between stops, in whole centimetres, in the order of `bundle.stops`. */
export function metres({ stops, walk }) {
  const n = stops.length, m = stops.map(() => new Array(n).fill(0));
  const bytes = walk ? fromBase64(walk) : null;
  const given = bytes && bytes.length === n * (n - 1) ? new DataView(bytes.buffer) : null;
  for (let i = 0, at = 0; i < n; i++) for (let j = i + 1; j < n; j++, at += 2)
    m[i][j] = m[j][i] = given ? given.getUint16(at, true) * 100 : Math.round(apart(stops[i], stops[j]) * STREETS_LONGER * 100);
  return m;
}

/** In a straight line. */
export function apart(a, b) {
  return Math.hypot((a.lon - b.lon) * Math.cos(a.lat * Math.PI / 180), a.lat - b.lat) * M_PER_DEGREE;
}

/** Orders what is not done yet, beginning at the stop nearest to `place`, or at the next one. Done stops go last. */
export async function again(place = null) {
  const { bundle, stops } = open.turf, index = new Map(bundle.stops.map((stop, i) => [stop.id, i]));
  const ids = open.turf.route.filter((id) => index.has(id)), left = ids.filter((id) => open.turf.at(id).some((one) => !open.turf.done(one)));
  if (left.length < 2) return left.length;
  const start = place ? left.reduce((best, id) => (apart(stops.get(id), place) < apart(stops.get(best), place) ? id : best)) : left[0];
  const sides = [...new Set(ids.map((id) => stops.get(id).side).filter((side) => side !== null && side !== undefined))]
    .map((side) => bundle.stops.filter((stop) => stop.side === side).map((stop) => index.get(stop.id)));
  const order = await ordered(metres(bundle), { sides, start: index.get(start), end: "anywhere", stops: left.map((id) => index.get(id)) });
  const done = new Set(left);
  await reroute([...order.map((i) => bundle.stops[i].id), ...ids.filter((id) => !done.has(id))]);
  return left.length;
}

function ordered(m, how) {
  return new Promise((ok, no) => {
    const worker = new Worker("/f/order.js", { type: "module" });
    worker.onmessage = ({ data }) => { worker.terminate(); ok(data); };
    worker.onerror = (wrong) => { worker.terminate(); no(wrong); };
    worker.postMessage({ metres: m, how });
  });
}
