// Sends what was recorded, and keeps it until the server has answered for each event by itself. A lost reply costs
// nothing: the same event again is answered "dup".
import { end, open, told, withhold } from "./session.js";
import * as server from "./server.js";
import * as store from "./store.js";

const BATCH = 50, FIRST_MS = 2_000, MOST_MS = 5 * 60_000, BEAT_MS = 60_000;
export const state = { waiting: 0, rejected: [], home: 0, failing: null, said: "" };
let timer = null, delay = FIRST_MS, flushing = null, again = false, heard = 0;

/** Counts anew what waits, without reading it: a tap costs the same however much waits. Whoever shows it is told. */
export async function count() {
  const [all, kept] = await store.counts();
  state.waiting = all - state.rejected.length;
  state.home = Math.max(0, kept - all);
  told("outbox");
}

/** The same, after rejected ones may have come or gone. */
export async function recount() {
  state.rejected = (await store.outbox()).filter((envelope) => envelope.rejected);
  await count();
}

/** Sends now, never twice at a time on this phone; a call during a flush makes it look once more. */
export function flush() {
  if (flushing) { again = true; return flushing; }
  flushing = (navigator.locks ? navigator.locks.request("outbox", run) : run())
    .catch(() => {}).then(() => { flushing = null; if (again) { again = false; return flush(); } });
  return flushing;
}

async function run() {
  clearTimeout(timer);
  const sender = await store.get("sender");
  if (!sender) return;
  try {
    await sendAll(sender);
    Object.assign(state, { failing: null, said: "" });
    delay = FIRST_MS;
    await hear();
  } catch (refused) {
    await failed(refused);
  }
  await count();
  plan();
}

async function sendAll(sender) {
  let sent = new Set(), first = true, orders = [];
  for (;;) {
    const oldest = await store.outbox(BATCH + state.rejected.length + sent.size);
    const batch = oldest.filter((envelope) => !envelope.rejected && !sent.has(envelope.id)).slice(0, BATCH);
    if (!batch.length && !first) break;
    first = false;
    for (const envelope of batch) sent.add(envelope.id);
    const { document: answer, date } = await send(sender, batch);
    if (await taken(answer, date)) sent = new Set();
    orders = orders.concat(answer.do ?? []);
    await count();
  }
  await obey(orders);
  if (state.waiting && !orders.includes("wipe")) throw { status: 0, do: [] };
}

/** A batch that the server cannot take goes event by event: one that is bad holds up no other. */
async function send(sender, batch) {
  const post = (events) => server.ask("events", sender.token, { device: sender.device, events, now: new Date().toISOString() });
  const bare = batch.map(({ id, epk, iv, ct }) => ({ id, epk, iv, ct }));
  try {
    return await post(bare);
  } catch (refused) {
    if (![400, 413, 422].includes(refused.status)) throw refused;
    if (bare.length === 1) return { date: Date.now(), document: { acks: [{ id: bare[0].id, status: "rejected", reason: refused.error }], cursor: null } };
    let date = Date.now(), hides = {};
    const acks = [], orders = [];
    for (const envelope of batch) {
      const one = await send(sender, [envelope]);
      date = one.date;
      acks.push(...one.document.acks ?? []); orders.push(...one.document.do ?? []);
      if (one.document.drop) hides = one.document;
    }
    return { date, document: { ...hides, acks, do: orders, cursor: null } };
  }
}

/** Whether the server has lost what it had: its newest record is older than one that this phone has seen. */
async function taken({ acks = [], drop = null, leave, hide, cursor = null }, date) {
  const gone = acks.filter(({ status }) => ["ok", "dup", "held"].includes(status)).map(({ id }) => id);
  const rejected = acks.filter(({ status }) => status === "rejected");
  await store.acknowledge(gone, rejected);
  if (rejected.length) await recount();
  const sender = await store.get("sender");
  const known = sender?.cursor ?? 0, newest = cursor ?? known, lost = newest < known;
  if (lost) { await store.sendAgain(); heard = 0; }
  if (sender && (newest !== known || Math.abs(date - (sender.seen ?? 0)) > 30_000)) await store.put("sender", { ...sender, cursor: newest, seen: date });
  if (drop && sender && !sender.over) await withhold({ drop, leave, hide });
  return lost;
}

/** What others recorded in the same turf; only while it is open. */
async function hear() {
  if (!open.turf || document.hidden) return;
  const { document: answer } = await server.ask(`events?after=${heard}`, open.claim.token).catch((refused) => {
    if (refused.do.length) throw refused;
    return { document: {} };
  });
  heard = answer.cursor ?? heard;
  const households = open.turf?.hear(answer.events ?? []);
  if (households?.size) told("changed", { households: [...households] });
}

async function obey(orders) {
  if (orders.includes("wipe")) {
    await end("wiped");
    told("over");
  } else if (orders.includes("lock")) told("lock");
  else if (orders.includes("rebundle")) told("rebundle");
}

/** A site that knows this phone no more locks it once: whoever opens it again goes on without. */
async function failed(refused) {
  const orders = (refused.do ?? []).filter((one) => one !== "lock" || state.failing !== refused.status);
  Object.assign(state, { failing: refused.status ?? -1, said: [refused.error, refused.next].filter(Boolean).join(": ") });
  await obey(orders);
  if (refused.after) delay = Math.max(delay, refused.after * 1000);
}

/** Soon after a failure, later after each further one; a beat a minute while somebody looks, for the server's word. */
function plan() {
  clearTimeout(timer);
  if (document.hidden) return;
  if (state.failing === null) { timer = setTimeout(flush, BEAT_MS); return; }
  timer = setTimeout(flush, delay * (0.75 + Math.random() / 2));
  delay = Math.min(delay * 2, MOST_MS);
}

export function start() {
  heard = 0;
  addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => { if (document.hidden) clearTimeout(timer); else flush(); });
  open.doors.addEventListener("recorded", async () => { await count(); flush(); });
}

/** The sealed envelopes as a file: for a lead, or for another phone that has a signal. With the token that may send and reads
 * nothing. */
export async function file() {
  const { device, token } = await store.get("sender") ?? {};
  const events = (await store.outbox()).map(({ id, epk, iv, ct, rejected }) => ({ id, epk, iv, ct, rejected }));
  return new Blob([JSON.stringify({ device, token, events })], { type: "application/json" });
}

/** Rejected events leave after their file was made and somebody said so. */
export async function letGo() {
  const ids = state.rejected.map(({ id }) => id);
  await store.letGo(ids);
  state.rejected = [];
  const households = open.turf?.forget(new Set(ids));
  if (households?.size) told("changed", { households: [...households] });
  await count();
}
