// Sends a file that another phone saved. Nothing of it is kept on this one, and nothing of it can be read here: each record
// is sealed to the server, and the file's own token may send and nothing else.
import { button, field, fill, h, say, show } from "./dom.js";
import * as server from "./server.js";
import { t } from "./words.js";

const MOST_BYTES = 16 * 1024 * 1024, BATCH = 50;

export function bringScreen(back) {
  const input = h("input", { type: "file", accept: ".json,application/json" }), alert = h("p", { class: "alert", role: "alert" });
  const came = h("div", {}), go = h("button", { class: "main" }, t("send_now"));
  show(h("main", {}, h("h1", {}, t("bring")), h("p", {}, t("bring_why")),
    h("form", { novalidate: true, onsubmit: async (event) => {
      event.preventDefault();
      alert.textContent = "";
      go.disabled = true;
      try {
        const told = await bring(await read(input.files[0]));
        fill(came, told.map((words) => h("p", {}, words)));
        say(told.join(" "));
      } catch (refused) {
        alert.textContent = refused.words ?? (refused.status ? [refused.error, refused.next].filter(Boolean).join(": ") : t("no_network"));
        if (!input.files.length) input.focus();
      }
      go.disabled = false;
    } }, field(t("bring_file"), input), alert, go, button(t("back"), back, { class: "plain" })), came));
}

async function read(file) {
  if (!file) throw { words: t("bring_none") };
  if (file.size > MOST_BYTES) throw { words: t("bring_other") };
  let said;
  try { said = JSON.parse(await file.text()); } catch { throw { words: t("bring_damaged") }; }
  const { device, token, events } = said ?? {};
  if (typeof device !== "string" || !Array.isArray(events)) throw { words: t("bring_other") };
  if (typeof token !== "string") throw { words: t("bring_no_token") };
  return { device, token, events: events.map((one) => ({ id: one?.id, epk: one?.epk, iv: one?.iv, ct: one?.ct })) };
}

async function bring({ device, token, events }) {
  const acks = [];
  for (let at = 0; at < events.length; at += BATCH)
    acks.push(...await post(device, token, events.slice(at, at + BATCH)));
  const many = (...all) => acks.filter(({ status }) => all.includes(status)).length;
  const reasons = [...new Set(acks.filter(({ status }) => status === "rejected").map(({ reason }) => reason))];
  return [t("bring_done", { n: many("ok", "dup") }), many("held") > 0 && t("bring_held", { n: many("held") }),
    many("rejected") > 0 && `${t("rejected", { n: many("rejected") })}. ${reasons.join(" ")}`].filter(Boolean);
}

/** A batch that the server does not take is halved, until the one record stands alone. */
async function post(device, token, events) {
  try {
    return (await server.ask("events", token, { device, events })).document.acks ?? [];
  } catch (refused) {
    if (![400, 413, 422].includes(refused.status)) throw refused;
    if (events.length === 1) return [{ status: "rejected", reason: refused.error ?? "" }];
    const half = events.length >> 1;
    return [...await post(device, token, events.slice(0, half)), ...await post(device, token, events.slice(half))];
  }
}
