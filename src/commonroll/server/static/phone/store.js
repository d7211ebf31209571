// The phone's own database. Four stores: `kv`, `outbox` (envelopes that only the server opens), `sent` (those that it
// has, until the turf ends), `diary` (what was recorded here, sealed with the turf's key). A tap counts when its transaction is on the disk, so durability is strict.
const NAME = "field", VERSION = 1;
const done = (request) => new Promise((ok, no) => { request.onsuccess = () => ok(request.result); request.onerror = () => no(request.error); });
let opened = null, gone = false;

function open() {
  return opened ??= (async () => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("kv");
      for (const store of ["outbox", "sent", "diary"]) request.result.createObjectStore(store, { keyPath: "id" });
    };
    const database = await done(request);
    database.onversionchange = () => { database.close(); opened = null; };
    return database;
  })().catch((wrong) => { opened = null; throw wrong; });
}

/** One transaction over `stores`; `work` awaits nothing but its requests. Rejects when it is not on the disk. After
 * `erase` nothing is read or made again, until something new is put. */
async function within(stores, mode, work) {
  if (gone) return undefined;
  const transaction = (await open()).transaction(stores, mode, { durability: "strict" });
  const ended = new Promise((ok, no) => {
    transaction.oncomplete = ok;
    transaction.onerror = transaction.onabort = () => no(transaction.error ?? new DOMException("", "AbortError"));
  });
  ended.catch(() => {});
  const value = await work(...stores.map((store) => transaction.objectStore(store)));
  await ended;
  return value;
}

export const get = (key) => within(["kv"], "readonly", (kv) => done(kv.get(key)));
export function put(key, value) {
  gone = false;
  return within(["kv"], "readwrite", (kv) => { kv.put(value, key); });
}

/** A turf that was claimed, all of it or nothing; the key for asking again is not needed any more. */
export function claimed(parts) {
  gone = false;
  return within(["kv"], "readwrite", (kv) => {
    for (const [key, value] of Object.entries(parts)) kv.put(value, key);
    kv.delete("claiming");
  });
}
export const remove = (...keys) => within(["kv"], "readwrite", (kv) => { for (const key of keys) kv.delete(key); });

/** What was recorded: each event's envelope and its own sealed copy, all or none. */
export const record = (pairs) => within(["outbox", "diary"], "readwrite", (outbox, diary) => {
  for (const { envelope, kept } of pairs) { outbox.add(envelope); diary.add(kept); }
});

export const diary = async () => await within(["diary"], "readonly", (store) => done(store.getAll())) ?? [];

/** Envelopes in the order in which they were recorded (their ids begin with the time), the first `most` of them. */
export const outbox = async (most = undefined) => await within(["outbox"], "readonly", (store) => done(store.getAll(null, most))) ?? [];

/** [envelopes, events of the diary], without reading them. */
export const counts = async () => await within(["outbox", "diary"], "readonly",
  (outbox_, diary_) => Promise.all([done(outbox_.count()), done(diary_.count())])) ?? [0, 0];

/** Takes the server's word on each event: the accepted wait no more, a rejected one stays with its reason. */
export const acknowledge = (gone, rejected) => within(["outbox", "sent"], "readwrite", async (store, sent) => {
  for (const id of gone) {
    const envelope = await done(store.get(id));
    if (envelope) sent.put(envelope);
    store.delete(id);
  }
  for (const { id, reason } of rejected) {
    const envelope = await done(store.get(id));
    if (envelope) store.put({ ...envelope, rejected: reason || "?" });
  }
});

/** The server has lost what it had (it was restored from an older copy): all of it waits once more. */
export const sendAgain = () => within(["outbox", "sent"], "readwrite", async (outbox_, sent) => {
  for (const envelope of await done(sent.getAll())) outbox_.put(envelope);
  sent.clear();
});

/** Rejected events leave, here too: nobody counts them. */
export const letGo = (ids) => within(["outbox", "diary"], "readwrite", (outbox, diary) => {
  for (const id of ids) { outbox.delete(id); diary.delete(id); }
});

/** The turf and its key go; what waits to be sent stays, with what sends it. */
export const forgetTurf = () => within(["kv", "diary"], "readwrite", (kv, diary) => {
  for (const key of ["bundle", "claim", "lock", "route", "withheld"]) kv.delete(key);
  diary.clear();
});

/** The bundle alone goes (its time is over). */
export const forgetBundle = () => remove("bundle", "route");

/** Nothing of the phone's database stays. */
export async function erase() {
  gone = true;
  (await opened?.catch(() => null))?.close();
  opened = null;
  const names = (await indexedDB.databases?.() ?? [{ name: NAME }]).map((database) => database.name);
  await Promise.all(names.map((name) => new Promise((ok) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = request.onerror = request.onblocked = ok;
  })));
}
