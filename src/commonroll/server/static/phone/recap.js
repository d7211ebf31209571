// What came of the walk, what is not sent yet, and handing the turf back.
import { asks } from "./asks.js";
import { ask, button, fill, h, say, show } from "./dom.js";
import { frame, stateLine } from "./frame.js";
import { resultWords, signOf } from "./names.js";
import * as outbox from "./outbox.js";
import { leftovers, overScreen } from "./over.js";
import { places } from "./places.js";
import * as server from "./server.js";
import { end, open } from "./session.js";
import { SIGNS } from "./turf.js";
import { t } from "./words.js";

export function recapScreen() {
  const body = h("div", {});
  const draw = () => open.turf && fill(body, h("p", { class: "stateline" }, stateLine()), leftovers(draw), numbers(),
    h("section", {}, h("h2", {}, t("hand_back")), h("p", { class: "quiet" }, t("hand_back_why")), button(t("hand_back_go"), handBack)));
  const { nodes, leave } = frame("recap", t("place_recap"), [body, asks()], places);
  open.doors.addEventListener("outbox", draw);
  draw();
  show(nodes, { leave: () => { leave(); open.doors.removeEventListener("outbox", draw); } });
}

function numbers() {
  const turf = open.turf, walk = turf.walk(), states = walk.map((id) => turf.of(id));
  const by = Object.keys(SIGNS).map((result) => [result, states.filter((state) => state.result === result).length]).filter(([, n]) => n);
  const line = (sign, words, n) => h("tr", {}, h("th", { scope: "row" }, h("span", { "aria-hidden": "true", class: "sign" }, sign), ` ${words}`), h("td", {}, n.toLocaleString()));
  const notes = [...turf.events.values()].flat().filter((event) => ["note", "building_note"].includes(event.kind) && !turf.undone.has(event.id)).length;
  return h("table", { class: "recap" }, h("tbody", {}, line("•", t("knocked"), states.filter(({ result }) => result).length), by.map(([result, n]) => line(signOf(result), resultWords(result), n)),
    line("?", t("answers"), states.reduce((sum, { answers }) => sum + answers, 0)), line("i", t("notes"), notes), line(" ", t("not_reached"), walk.filter((id) => !turf.done(id)).length)));
}

/** Only when everything is sent: until then it offers to send, or the file. */
async function handBack() {
  await outbox.flush();
  await outbox.count();
  const { waiting, rejected } = outbox.state;
  if (waiting || rejected.length) { await ask(t("not_yet_back"), [], { text: t(waiting ? "not_yet_back_why" : "rejected_why"), leave: t("close") }); return; }
  const left = open.turf.walk().filter((id) => !open.turf.done(id)).length;
  if (!await ask(t("hand_back_ask"), [[true, t("hand_back_go"), "main"]], { text: t("hand_back_left", { n: left }), leave: t("cancel") })) return;
  try {
    await server.ask("return", open.claim.token, {});
  } catch (refused) {
    if (!refused.do?.length) { await ask(t("not_yet_back"), [], { text: refused.status ? [refused.error, refused.next].filter(Boolean).join(" ") : t("no_network"), leave: t("close") }); return; }
  }
  await end("returned");
  say(t("over_returned"));
  await overScreen();
}
