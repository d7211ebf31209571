// The open turf: its key in memory, what is recorded goes through here. Locked again after ten minutes without a touch.
import { event } from "./events.js";
import * as keys from "./keys.js";
import { envelope } from "./sealing.js";
import * as server from "./server.js";
import * as store from "./store.js";
import { Turf } from "./turf.js";

export const LOCK_AFTER_MS = 10 * 60_000, WARN_BEFORE_MS = 30_000;
export const open = { key: null, server: null, claim: null, turf: null, seq: 0, doors: new EventTarget() };

const about = {
  claim: (sender) => `claim|${sender.device}`,
  bundle: ({ turf, rev }) => `bundle|${turf}|${rev}`,
  diary: ({ turf, rev, id }) => `diary|${turf}|${rev}|${id}`,
};
export const told = (name, detail) => open.doors.dispatchEvent(new CustomEvent(name, { detail }));

/** What sends and what ends the turf lies open, so that both work while it is locked; the rest is sealed. */
export async function keep(claim, { lock, key }) {
  const { device, token, send_token, server_key, ends_at } = claim;
  const sender = { device, token: send_token ?? token, server_key, expires_at: ends_at, seen: Date.now(), over: null };
  await store.claimed({ lock, claim: await keys.seal(key, about.claim(sender), { ...claim }), sender });
  Object.assign(open, { key, claim, server: server_key });
}

/** Fetches the turf and seals it. */
export async function fetchBundle() {
  const { document: bundle, date } = await server.ask("bundle", open.claim.token, {});
  const { turf, rev } = bundle;
  await store.put("bundle", { turf, rev, ...await keys.seal(open.key, about.bundle({ turf, rev }), bundle) });
  const sender = await store.get("sender");
  await store.put("sender", { ...sender, expires_at: bundle.expires_at ?? sender.expires_at, seen: date });
  await build(bundle);
}

/** Opens what is kept with the key; null in `turf` where the bundle has not come yet. */
export async function unlock(key) {
  const [sender, claim, bundle] = await Promise.all(["sender", "claim", "bundle"].map(store.get));
  open.claim = await keys.unseal(key, about.claim(sender), claim);
  Object.assign(open, { key, server: sender.server_key });
  if (bundle) await build(await keys.unseal(key, about.bundle(bundle), bundle));
}

async function build(bundle) {
  const kept = await store.diary();
  const events = await Promise.all(kept.map((record) => keys.unseal(open.key, about.diary(record), record)));
  events.sort((a, b) => (a.id < b.id ? -1 : 1));
  open.seq = events.reduce((most, { seq }) => Math.max(most, seq + 1), 0);
  open.turf = new Turf(bundle, events);
  const route = await store.get("route");
  if (route) open.turf.route = route;
  const withheld = await store.get("withheld");
  if (withheld) open.turf.withhold(withheld);
}

/** What the server hides of the turf is kept, locked or not: a phone without a signal shows it no more either. Random
 * keys of the bundle, which say nothing elsewhere. */
export async function withhold({ drop = [], leave = {}, hide = [] }) {
  const wanted = { drop, leave, hide }, known = await store.get("withheld");
  if (JSON.stringify(known ?? { drop: [], leave: {}, hide: [] }) === JSON.stringify(wanted)) return;
  await store.put("withheld", wanted);
  const households = open.turf?.withhold(wanted);
  if (households) told("changed", { households, dropped: true });
}

export function lock() {
  Object.assign(open, { key: null, server: null, claim: null, turf: null, seq: 0 });
}

/** The same route after the page was closed; random stop numbers of the bundle, which say nothing elsewhere. */
export async function reroute(route) {
  open.turf.route = route;
  await store.put("route", route);
}

/** Puts events on the disk, sealed twice, and only then into what is shown. `wanted`: [kind, {household, …}] each. */
export async function record(wanted) {
  if (!open.key) throw new DOMException("", "InvalidStateError");
  const { key, server: theirs, turf: opened } = open, { turf, rev } = opened.bundle;
  const made = wanted.map(([kind, what]) => event({ turf, rev, seq: open.seq++ }, kind, what));
  const pairs = await Promise.all(made.map(async (one) => ({
    envelope: await envelope(theirs, one),
    kept: { id: one.id, turf, rev, ...await keys.seal(key, about.diary({ turf, rev, id: one.id }), one) },
  })));
  await store.record(pairs);
  told("recorded", { events: made, households: opened.add(made) });
  return made;
}

/** Takes events back, in one step. */
export const undo = (events) => record(events.map((one) =>
  ["undo", { household: one.household, person: one.person, stop: one.stop, replaces: one.id }]));

/** The clock, never earlier than it has been seen: set back, it does not give a turf more time. */
export async function over(sender) {
  const now = Math.max(Date.now(), sender.seen ?? 0);
  if (now - (sender.seen ?? 0) > 60_000) await store.put("sender", { ...sender, seen: now });
  return Boolean(sender.expires_at) && now >= Date.parse(sender.expires_at);
}

/** The turf and its key are destroyed; answers not sent yet stay, sealed to the server, with what sends them. */
export async function end(reason) {
  lock();
  await store.forgetTurf();
  const sender = await store.get("sender");
  if (sender) await store.put("sender", { ...sender, over: reason });
}
