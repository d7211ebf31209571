// Starts the page: what this browser lacks, one tab at a time, then the screen that fits what is kept on the phone.
import { ask, button, h, say, show } from "./dom.js";
import { welcome, unlockScreen } from "./enter.js";
import { listScreen } from "./list.js";
import { watchTouch } from "./lock.js";
import * as outbox from "./outbox.js";
import { overScreen } from "./over.js";
import { end, fetchBundle, lock, open, over } from "./session.js";
import * as store from "./store.js";
import { keepShell } from "./update.js";
import { t } from "./words.js";

export const coming = { code: "" };

function lacks() {
  return [["IndexedDB", window.indexedDB], ["WebCrypto", window.crypto?.subtle]].filter(([, there]) => !there).map(([name]) => name);
}

/** The screen that fits: nothing yet, locked, open, or over. */
export async function route() {
  const sender = await store.get("sender");
  if (sender && !sender.over && await over(sender)) {
    await end("expired");
    return overScreen();
  }
  if (sender?.over) return overScreen();
  if (!sender || !(await store.get("lock"))) {
    coming.code ||= (await store.get("claiming"))?.code ?? "";
    return welcome();
  }
  return open.turf ? listScreen() : unlockScreen();
}

/** Only one tab writes; another one can take over. */
function alone() {
  if (!navigator.locks) return Promise.resolve();
  return new Promise((mine) => {
    const hold = (how) => navigator.locks.request("page", how, (held) => {
      if (!held) { elsewhere(() => hold({ steal: true })); return null; }
      mine();
      return new Promise(() => {});
    }).catch(() => { lock(); elsewhere(() => location.reload()); });
    hold({ ifAvailable: true });
  });
}

function elsewhere(take) {
  show(h("main", {}, h("h1", {}, t("elsewhere")), h("p", {}, t("elsewhere_why")), button(t("use_here"), take, { class: "main" })));
}

async function begin() {
  document.title = t("title");
  coming.code = location.hash.slice(1).trim();
  if (coming.code) history.replaceState(null, "", location.pathname);
  const missing = lacks();
  if (missing.length) {
    show(h("main", {}, h("h1", {}, t("cannot")), h("p", {}, t("lacks", { what: missing.join(", ") })), h("p", {}, t("lacks_next"))));
    return;
  }
  try {
    await store.get("sender");
  } catch {
    show(h("main", {}, h("h1", {}, t("cannot")), h("p", {}, t("no_store")), h("p", {}, t("lacks_next"))));
    return;
  }
  keepShell();
  await alone();
  watchTouch();
  outbox.start();
  open.doors.addEventListener("over", () => { say(t("over_said")); overScreen(); });
  open.doors.addEventListener("lock", () => { if (open.key) { lock(); route(); } });
  open.doors.addEventListener("rebundle", () => { if (open.key) fetchBundle().then(route, () => {}); });
  await outbox.recount();
  await route();
  outbox.flush();
}

addEventListener("hashchange", () => {
  const code = location.hash.slice(1).trim();
  if (!code) return;
  coming.code = code;
  history.replaceState(null, "", location.pathname);
  if (open.turf) ask(t("has_turf"), [], { leave: t("close") }); else route();
});
begin();
