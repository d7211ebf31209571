// The turf has left this phone: what is still to be sent, and then nothing.
import { button, h, say, show } from "./dom.js";
import { coming, route } from "./main.js";
import * as outbox from "./outbox.js";
import { open } from "./session.js";
import * as server from "./server.js";
import * as store from "./store.js";
import { t } from "./words.js";

let watching = null, ended = null;

export async function overScreen() {
  const sender = await store.get("sender");
  if (!sender) return ended ? undefined : route();
  await outbox.count();
  const { waiting, rejected } = outbox.state;
  if (!waiting && (!rejected.length || sender.over === "wiped")) return finish(sender);
  if (watching) open.doors.removeEventListener("outbox", watching);
  watching = async () => {
    open.doors.removeEventListener("outbox", watching);
    watching = null;
    await overScreen();
  };
  open.doors.addEventListener("outbox", watching, { once: true });
  show(h("main", {}, h("h1", {}, t(`over_${sender.over}`)), h("p", {}, t(`over_${sender.over}_why`)), leftovers(overScreen)), { focus: !document.querySelector("main h1") });
}

/** What waits and what was rejected, with its ways out. */
export function leftovers(changed) {
  const { waiting, rejected, failing, said } = outbox.state;
  return h("section", { class: "leftovers" },
    waiting > 0 && h("p", {}, t("wait", { n: waiting })),
    waiting > 0 && failing !== null && h("p", { class: "quiet" }, said, " ", t("tries_again")),
    rejected.length > 0 && h("div", {}, h("h2", {}, t("rejected", { n: rejected.length })), h("p", {}, t("rejected_why")),
      h("ul", {}, [...new Set(rejected.map((one) => one.rejected))].map((reason) => h("li", {}, reason)))),
    waiting > 0 && button(t("send_now"), async () => { await outbox.flush(); changed(); }, { class: "main" }),
    (waiting > 0 || rejected.length > 0) && button(t("export"), save),
    rejected.length > 0 && button(t("let_go"), async () => { await outbox.letGo(); changed(); }));
}

/** By the phone's own sharing where it has that (also to a phone nearby, without a network), else as a download. */
async function save() {
  const file = new File([await outbox.file()], "answers.json", { type: "application/json" });
  if (navigator.canShare?.({ files: [file] })) {
    try {
      await navigator.share({ files: [file] });
      say(t("exported"));
      return;
    } catch (wrong) {
      if (wrong.name === "AbortError") return;
    }
  }
  const link = h("a", { href: URL.createObjectURL(file), download: "answers.json" });
  document.body.append(link);
  link.click();
  link.remove();
  say(t("exported"));
}

/** Nothing is left to send: the server is told, and all that the page kept goes. */
async function finish(sender) {
  if (ended === sender.device) return;
  ended = sender.device;
  if (sender.over === "wiped") {
    await server.ask("wiped", sender.token, {}).catch(() => {});
    await eraseAll();
    const left = (await indexedDB.databases?.() ?? []).length + (window.caches ? (await caches.keys()).length : 0);
    show(h("main", {}, h("h1", {}, t("wiped")), h("p", {}, t("wiped_why", { n: left }))));
    return;
  }
  await store.erase();
  const code = coming.code;
  show(h("main", {}, h("h1", {}, t(`over_${sender.over}`)), h("p", {}, t(`over_${sender.over}_why`)), h("p", {}, t("all_sent")),
    button(code ? t("use_code") : t("new_code"), route, { class: "main" })));
  say(t("all_sent"));
}

/** Databases, caches, the worker and the choices of the look. */
export async function eraseAll() {
  await store.erase();
  if (window.caches) for (const name of await caches.keys()) await caches.delete(name);
  for (const one of await navigator.serviceWorker?.getRegistrations() ?? []) await one.unregister();
  try { localStorage.clear(); } catch { /* nothing was kept */ }
}
