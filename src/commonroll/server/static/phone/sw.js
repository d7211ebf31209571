// Keeps the shell, by its version, and nothing else: no answer of the server, no turf (those lie sealed in the page's
// database, which no new shell deletes). VERSION and SHELL stand before this line (server/pages/field.py).
const CACHE = `shell-${VERSION}`, KEPT = new Set(SHELL);

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOlder()));
self.addEventListener("message", (event) => { if (event.data === "now") self.skipWaiting(); });
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || !KEPT.has(url.pathname)) return;
  event.respondWith(caches.open(CACHE)
    .then((shell) => shell.match(url.pathname, { ignoreVary: true }))
    .then((kept) => kept ?? fetch(event.request)));
});

async function keep() {
  const shell = await caches.open(CACHE);
  await Promise.all(SHELL.map(async (path) => {
    const answer = await fetch(path, { cache: "reload", credentials: "omit" });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    await shell.put(path, answer);
  }));
}

async function forgetOlder() {
  for (const name of await caches.keys()) if (name.startsWith("shell-") && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
}
