// What is recorded at a door: immutable, with an id of its own, in the words of field/events.py.
import { random } from "./bytes.js";

export const MOST_TEXT = 500;

/** Version 7 of RFC 9562: sorted by when it was made, on one phone strictly so. */
let last = 0, count = 0;
export function uuid7(now = Date.now()) {
  count = now > last ? 0 : count + 1;
  last = Math.max(now, last);
  const bytes = random(16);
  new DataView(bytes.buffer).setUint32(0, Math.floor(last / 65536));
  new DataView(bytes.buffer).setUint16(4, last % 65536);
  bytes[6] = 0x70 | (count >> 8 & 15);
  bytes[7] = count & 255;
  bytes[8] = 0x80 | bytes[8] & 63;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Local time with its zone. */
export function stamp(when = new Date()) {
  const off = -when.getTimezoneOffset(), two = (n) => String(Math.trunc(Math.abs(n))).padStart(2, "0");
  const local = new Date(when.getTime() + off * 60_000).toISOString().slice(0, 19);
  return `${local}${off < 0 ? "-" : "+"}${two(off / 60)}:${two(off % 60)}`;
}

/** An event of one kind; `seq` counts this device's events. */
export function event({ turf, rev, seq }, kind, { stop = null, household = null, person = null, value = {}, replaces = null } = {}) {
  return { id: uuid7(), turf, rev, seq, at: stamp(), mono: Math.round(performance.now()), kind, stop, household, person,
    value: trimmed(value), replaces };
}

const trimmed = (value) => Object.fromEntries(Object.entries(value)
  .map(([name, text]) => [name, String(text).replaceAll("\0", "").trim().slice(0, MOST_TEXT)]).filter(([, text]) => text));
