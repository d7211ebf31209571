// Before the turf: size, contrast and language; the code; the key; and, later, the lock.
import { base64url, random } from "./bytes.js";
import { bringScreen } from "./bring.js";
import { button, field, h, say, show } from "./dom.js";
import * as keys from "./keys.js";
import { listScreen } from "./list.js";
import { looks } from "./looks.js";
import { coming, route } from "./main.js";
import * as outbox from "./outbox.js";
import { leftovers, overScreen } from "./over.js";
import * as server from "./server.js";
import { end, fetchBundle, keep, open, unlock } from "./session.js";
import * as store from "./store.js";
import { forgets, shell } from "./update.js";
import { t } from "./words.js";


export function welcome(trouble = null) {
  const code = h("input", { type: "text", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", value: coming.code || null, required: true });
  const alert = h("p", { class: "alert", role: "alert" }, trouble);
  show(h("main", {},
    h("h1", {}, t("title")),
    h("p", {}, t("welcome")),
    looks(() => welcome(trouble)),
    forgets() && h("div", { class: "note" }, h("h2", {}, t("install")), h("p", {}, t("install_ios")),
      coming.code && h("p", {}, t("install_code"), " ", h("b", { class: "code" }, coming.code))),
    !shell.worker && h("p", { class: "note" }, t("no_worker")),
    h("form", { novalidate: true, onsubmit: (event) => {
      event.preventDefault();
      coming.code = code.value.trim();
      if (!coming.code) { alert.textContent = t("code_needed"); code.focus(); return; }
      chooseKey();
    } },
    field(t("code"), code, t("code_hint")), alert,
    h("button", { class: "main" }, t("go_on")), button(t("bring"), () => bringScreen(() => welcome()), { class: "plain" }))));
}

async function chooseKey() {
  const offered = await keys.passkeysHere();
  const pin = pinInput("new-password"), twice = pinInput("new-password"), alert = h("p", { class: "alert", role: "alert" });
  const claim = async (made) => {
    for (const one of document.querySelectorAll("button")) one.disabled = true;
    alert.textContent = t("fetching");
    await take(made);
  };
  show(h("main", {},
    h("h1", {}, t("key_title")), h("p", {}, t("key_why")),
    offered && h("section", {}, button(t("passkey"), async () => {
      const made = await keys.underPasskey("Commonroll");
      if (made) await claim(made); else { alert.textContent = t("passkey_not"); pin.focus(); }
    }, { class: "main" }), h("p", {}, t("or_pin"))),
    h("form", { novalidate: true, onsubmit: async (event) => {
      event.preventDefault();
      if (keys.weak(pin.value)) { alert.textContent = t("pin_weak"); pin.focus(); return; }
      if (pin.value !== twice.value) { alert.textContent = t("pin_differs"); twice.value = ""; twice.focus(); return; }
      await claim(await keys.underPin(pin.value));
    } },
    field(t("pin_new"), pin, t("pin_hint")), field(t("pin_twice"), twice), alert,
    h("button", { class: offered ? null : "main" }, t("pin_go")),
    button(t("back"), () => welcome(), { class: "plain" }))));
}

const pinInput = (complete) => h("input", { type: "password", inputmode: "numeric", autocomplete: complete, maxlength: "64", required: true });

/** The code is used once: what it gives is on the disk before anything else happens. The key that this phone made for it
 * is there before it asks, so that a reply that is lost can be asked for again. */
async function take(made) {
  try {
    const key = await claimKey(coming.code);
    const { document: claim } = await server.ask("claim", null, { code: coming.code, key, device_name: deviceName() });
    await keep(claim, made);
    coming.code = "";
  } catch (refused) {
    if (FINAL.includes(refused.status)) await store.remove("claiming");
    welcome(refused.status === 0 ? t("no_network_claim") : refused.name === "QuotaExceededError" ? t("full")
      : [refused.error, refused.next].filter(Boolean).join(" ") || t("claim_failed"));
    return;
  }
  await arrive();
}

const FINAL = [404, 410];

async function claimKey(code) {
  const kept = await store.get("claiming");
  if (kept?.code === code) return kept.key;
  const key = base64url(random(32));
  await store.put("claiming", { code, key });
  return key;
}

const deviceName = () => navigator.userAgentData?.platform || navigator.platform || "phone";

/** The turf, fetched where it is not here yet. */
async function arrive() {
  if (!open.turf) {
    try {
      await fetchBundle();
    } catch (refused) {
      if (refused.do?.includes("wipe")) { outbox.flush(); return; }
      show(h("main", {}, h("h1", {}, t("not_here_yet")),
        h("p", {}, refused.name === "QuotaExceededError" ? t("full") : refused.status ? [refused.error, refused.next].filter(Boolean).join(" ") : t("no_network_bundle")),
        button(t("try_again"), arrive, { class: "main" })));
      return;
    }
  }
  await outbox.count();
  outbox.flush();
  listScreen();
  say(t("opened", { n: open.turf.walk().length }));
}

export async function unlockScreen(trouble = null) {
  const { way } = await store.get("lock");
  const alert = h("p", { class: "alert", role: "alert" }, trouble), pin = pinInput("current-password");
  const opened = async (key) => {
    if (!key) {
      const left = await keys.triesLeft();
      alert.textContent = t("pin_wrong", { n: left });
      pin.value = "";
      pin.focus();
      return;
    }
    await unlock(key);
    await arrive();
  };
  const attempt = async (how) => {
    try {
      await opened(await how());
    } catch (wrong) {
      if (wrong.message === "destroyed") {
        await end("destroyed");
        await overScreen();
      } else alert.textContent = t("passkey_failed");
    }
  };
  show(h("main", {},
    h("h1", {}, t("locked")), coming.code && h("p", { class: "note" }, t("has_turf")),
    way === "passkey"
      ? h("div", {}, h("p", {}, t("passkey_open")), alert, button(t("unlock"), () => attempt(keys.openWithPasskey), { class: "main" }))
      : h("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); attempt(() => keys.openWithPin(pin.value)); } },
        field(t("pin"), pin), alert, h("button", { class: "main" }, t("unlock"))),
    outbox.state.waiting || outbox.state.rejected.length ? leftovers(() => unlockScreen()) : h("p", { class: "quiet" }, t("nothing_waits")),
    looks(() => route())), { focus: way === "passkey" });
  if (way !== "passkey") pin.focus();
}
