// The script at the door: one question at a time; each answer is on the disk when it is tapped.
import { asked, left, nextQuestion, questionOf, recorded, said } from "/static/field/script.js";
import { act, withdraw } from "./act.js";
import { ask, button, h, seen, show } from "./dom.js";
import { listScreen } from "./list.js";
import { lineOf, nameOf, resultWords } from "./names.js";
import { open, undo } from "./session.js";
import { language, t } from "./words.js";

export async function talkScreen(household, person, back) {
  const turf = open.turf, { script } = turf.bundle, stop = turf.stopOf.get(household);
  const who = turf.of(household).people.get(person), with_ = { stop, household, person }, name = nameOf(who);
  const talk = { given: new Map(), kept: new Map(), attempt: null };
  const words = (texts) => (texts ? said(script, texts, language()) : "");
  if (!script?.questions?.length) return finish(talk, with_, household, name);

  const screen = (title, ...body) => show([h("main", { class: "screen talk" }, h("p", { class: "quiet" }, `${name} · ${lineOf(household)}`), h("h1", {}, title), body),
    h("nav", { class: "places", "aria-label": t("places") }, button(t("back"), goBack),
      button([seen("⊗"), ` ${t("optout")}`], stopAsking), button(t("done"), () => finish(talk, with_, household, name), { class: "main" }))]);

  const step = () => {
    const id = nextQuestion(script, talk.given);
    if (id === null) return screen(t("thanks"), h("p", { class: "speak" }, words(script.closing) || t("thanks_words")), h("p", { class: "quiet" }, t("done_next")));
    const question = questionOf(script, id), [, most] = left(script, talk.given);
    const chosen = new Set();
    const many = question.kind === "many";
    const answers = question.answers.map((one) => button(words(one.text), (event) => {
      if (!many) return answer(id, [one.answer]);
      if (!chosen.delete(one.answer)) chosen.add(one.answer);
      event.currentTarget.setAttribute("aria-pressed", String(chosen.has(one.answer)));
      return undefined;
    }, { "aria-pressed": many ? "false" : null, class: "answer" }));
    const first = !script.consent && !talk.given.size && script.intro;
    return screen(words(question.text), first && h("p", { class: "speak" }, words(script.intro)), question.of === "household" && h("p", { class: "quiet" }, t("of_household")),
      h("div", { class: "answers" }, answers, many && button(t("go_on"), () => answer(id, [...chosen]), { class: "main" }),
        button(t("no_answer"), () => answer(id, []), { class: "plain" })), h("p", { class: "quiet" }, t("questions_left", { n: most })));
  };

  async function answer(id, chosen) {
    const given = new Map(talk.given).set(id, chosen), value = recorded(script, given).find((one) => one.id === id);
    if (value && !await keep(id, value)) return;
    talk.given = given;
    step();
  }

  async function keep(id, { question, answer: is }) {
    const wanted = [["answer", { ...with_, value: { question, answer: is }, replaces: talk.kept.get(id)?.id ?? null }]];
    if (!talk.attempt) wanted.unshift(["attempt", { ...with_, value: { result: "talked" } }]);
    const made = await act(wanted, t("answer_kept"));
    withdraw();
    if (!made) return false;
    if (!talk.attempt) talk.attempt = made[0];
    talk.kept.set(id, made.at(-1));
    return true;
  }

  function goBack() {
    const way = asked(script, talk.given).filter((id) => talk.given.has(id));
    if (!way.length) return back();
    talk.given.delete(way.at(-1));
    return step();
  }

  async function stopAsking() {
    const channel = await ask(t("optout_ask", { name }), [["all", t("channel_all"), "main"], ["door", t("channel_door")], ["phone", t("channel_phone")], ["text", t("channel_text")]], { text: t("optout_why"), leave: t("cancel") });
    if (channel && await act([["optout", { ...with_, value: { channel } }]], `${name}: ${t("result_optout")}`)) listScreen(household);
  }

  const begin = () => {
    if (!script.consent) return step();
    return screen(t("consent_title"), h("p", { class: "speak" }, words(script.intro)), h("div", { class: "answers" },
      button(t("consent_yes"), step, { class: "main" }),
      button(t("consent_no"), async () => {
        if (await act([["attempt", { ...with_, value: { result: "refused" } }]], `${name}: ${resultWords("refused")}`)) listScreen(household);
      })));
  };
  return begin();
}

/** Talked, and back to the list at once. Answers off the way that was taken in the end are taken back. */
async function finish(talk, with_, household, name) {
  const { script } = open.turf.bundle;
  const standing = script?.questions?.length ? new Set(recorded(script, talk.given).map(({ id }) => id)) : new Set();
  const off = [...talk.kept].filter(([id]) => !standing.has(id)).map(([, event]) => event);
  if (off.length) await undo(off);
  if (!talk.attempt && !await act([["attempt", { ...with_, value: { result: "talked" } }]], `${name}: ${resultWords("talked")}`)) return;
  listScreen(household);
}
