// Locks after ten minutes without a touch; warns half a minute before. The turf's end is looked at as well.
import { button, h, say } from "./dom.js";
import { route } from "./main.js";
import { LOCK_AFTER_MS, WARN_BEFORE_MS, end, lock, open, over } from "./session.js";
import * as store from "./store.js";
import { t } from "./words.js";

let touched = Date.now(), warning = null;

export function watchTouch() {
  for (const kind of ["pointerdown", "keydown", "scroll"]) addEventListener(kind, () => { touched = Date.now(); unwarn(); }, { capture: true, passive: true });
  document.addEventListener("visibilitychange", look);
  setInterval(look, 5_000);
  touched = Date.now();
}

async function look() {
  if (!open.key) return;
  const still = Date.now() - touched;
  if (still >= LOCK_AFTER_MS) { unwarn(); lock(); await route(); return; }
  if (still >= LOCK_AFTER_MS - WARN_BEFORE_MS) warn();
  const sender = await store.get("sender");
  if (sender && await over(sender)) { await end("expired"); await route(); }
}

function warn() {
  if (warning) return;
  warning = h("div", { class: "warning" }, t("locks_soon"), button(t("stay"), unwarn));
  document.body.append(warning);
  say(t("locks_soon"));
}

function unwarn() {
  warning?.remove();
  warning = null;
}
