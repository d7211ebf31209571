// What the lead asks about this walk, in plain words, with room for an answer. Nothing follows from it by itself.
import { button, field, fill, h, say } from "./dom.js";
import { MOST_TEXT } from "./events.js";
import { mayBe, sentenceOf } from "./flags.js";
import * as server from "./server.js";
import { open } from "./session.js";
import { t } from "./words.js";

/** A section that is empty until the server has something to ask. */
export function asks() {
  const place = h("section", { hidden: true });
  load(place).catch(() => {});
  return place;
}

async function load(place) {
  const { document: { flags = [] } } = await server.ask("flags", open.claim.token);
  place.hidden = !flags.length;
  fill(place, h("h2", {}, t("lead_asks")), h("p", { class: "quiet" }, t("lead_asks_why")), flags.map((flag) => asked(flag, place)));
}

function asked(flag, place) {
  const text = h("textarea", { rows: "3", maxlength: String(MOST_TEXT) });
  return h("div", { class: "person" }, h("p", {}, sentenceOf(flag)), flag.may_be && h("p", { class: "quiet" }, mayBe(flag)),
    flag.words.map((word) => h("p", {}, h("b", {}, `${t(word.mine ? "by_you" : "by_lead")}: `), word.text)),
    flag.settled ? h("p", { class: "quiet" }, t("settled")) : h("div", {}, field(t("your_answer"), text), button(t("send_answer"), async () => {
      if (!text.value.trim()) { text.focus(); return; }
      try {
        await server.ask("reply", open.claim.token, { flag: flag.id, text: text.value.trim() });
        say(t("answer_sent"));
        await load(place);
      } catch (refused) {
        say(refused.error ?? t("no_network"));
      }
    })));
}
