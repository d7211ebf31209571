// The preview of a script as the phone goes through it, with what stands in the open form right now.
// Without this file the same screens are links, made by the server.
import { END, asked, left, nextQuestion, questionOf, said } from "../field/script.js";

const phone = document.querySelector("[data-script-phone]");
const stored = document.getElementById("script-draft");
const NAMES = { en: "English", es: "Español", zh: "中文", vi: "Tiếng Việt", fr: "Français" };

let script = stored ? JSON.parse(stored.textContent) : null;
let language = script?.languages[0];
let given = null, picked = [];

function element(tag, words, kind) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  made.textContent = words;
  return made;
}

function button(words, kind, press) {
  const made = element("button", words, kind);
  made.type = "button";
  made.addEventListener("click", press);
  return made;
}

// A draft may go round in circles or nowhere; the phone never gets such a script.
function sound() {
  const known = new Set(script.questions.map((one) => one.id)), open = new Set(), done = new Set();
  const goes = (id) => {
    if (id === null || id === undefined || id === END || done.has(id)) return true;
    if (!known.has(id) || open.has(id)) return false;
    open.add(id);
    const one = questionOf(script, id);
    const fine = one.answers.length > 0 && [one.next, ...one.answers.map((each) => each.next)].every(goes);
    open.delete(id);
    done.add(id);
    return fine;
  };
  return goes(script.start);
}

function texts(data, name) {
  return Object.fromEntries(script.languages.map((one) => [one, (data.get(`${name}-${one}`) ?? "").trim()]).filter((pair) => pair[1]));
}

function overlaid(form) {
  const data = new FormData(form), part = form.dataset.scriptForm;
  if (part === "words") {
    return { ...script, intro: texts(data, "intro"), closing: texts(data, "closing"), consent: data.has("consent"), start: data.get("start") ?? script.start };
  }
  const several = data.get("kind") === "many", answers = [];
  for (let n = 0; data.has(`a${n}-next`); n += 1) {
    const text = texts(data, `a${n}`), word = data.get(`a${n}-word`) || Object.values(text)[0] || "";
    if (word) answers.push({ answer: word, text, next: several ? null : data.get(`a${n}-next`) || null });
  }
  const changed = { id: part, code: data.get("code"), of: data.get("of"), kind: data.get("kind"), text: texts(data, "text"), answers, next: data.get("next") || null };
  return { ...script, questions: script.questions.map((one) => (one.id === part ? changed : one)) };
}

function foot(screen, back, skip) {
  const line = element("div", "", "phone-foot");
  if (back) line.append(button("Back", "", back));
  if (script.languages.length > 1) {
    const choice = document.createElement("select");
    choice.ariaLabel = "Language";
    for (const one of script.languages) choice.append(new Option(NAMES[one] ?? one, one, false, one === language));
    choice.addEventListener("change", () => { language = choice.value; show(); });
    line.append(choice);
  }
  if (skip) line.append(skip);
  screen.append(line);
}

function put(screen, id) {
  const question = questionOf(script, id), several = question.kind === "many";
  const [, most] = left(script, given);
  const step = `${question.of === "household" ? "The household. " : ""}${most === 1 ? "The last question" : `At most ${most} questions left`}`;
  screen.append(element("p", step, "phone-step"), element("p", said(script, question.text, language), "phone-say"));
  const answers = element("div", "", "phone-answers");
  const record = (chosen) => { given.set(id, chosen); picked = []; show(true); };
  for (const one of question.answers) {
    const made = button(said(script, one.text, language), "phone-answer", () => {
      if (!several) return record([one.answer]);
      picked = picked.includes(one.answer) ? picked.filter((word) => word !== one.answer) : [...picked, one.answer];
      made.ariaPressed = String(picked.includes(one.answer));
    });
    if (several) made.ariaPressed = String(picked.includes(one.answer));
    answers.append(made);
  }
  if (several) answers.append(button("Go on", "phone-answer go", () => record(picked)));
  screen.append(answers);
  const skip = several ? null : button("Skip", "push", () => record([]));
  foot(screen, back, skip);
}

function back() {
  const way = asked(script, given).filter((id) => given.has(id));
  if (way.length) given.delete(way.at(-1));
  else given = null;
  picked = [];
  show(true);
}

function show(focus = false) {
  const screen = element("div", "", "phone-screen");
  screen.lang = language;
  if (!sound()) {
    screen.append(element("p", "It cannot be walked through yet: mend what is marked.", "phone-say muted"));
  } else if (given === null) {
    screen.append(element("p", script.name, "phone-step"), element("p", said(script, script.intro, language) || "No opening words.", "phone-say"));
    const answers = element("div", "", "phone-answers");
    answers.append(button(script.consent ? "May I ask? Yes" : "Begin", "phone-answer go", () => { given = new Map(); show(true); }));
    screen.append(answers);
    foot(screen);
  } else {
    const next = nextQuestion(script, given);
    if (next !== null) put(screen, next);
    else {
      screen.append(element("p", "Done", "phone-step"), element("p", said(script, script.closing, language) || "Nothing more is said.", "phone-say"));
      foot(screen, back, button("From the start", "push", () => { given = null; show(true); }));
    }
  }
  phone.replaceChildren(screen);
  if (focus) phone.querySelector(".phone-answer, .phone-foot button")?.focus({ preventScroll: true });
}

if (phone && script) {
  const form = document.querySelector("[data-script-form]"), part = form?.dataset.scriptForm;
  // the question that is open is the one to see, as soon as it can be come to
  let placed = !part || part === "words";
  const place = () => {
    if (placed || !sound()) return;
    given = wayTo(part);
    placed = true;
  };
  form?.addEventListener("input", () => { script = overlaid(form); place(); show(); });
  place();
  show();
}

// What was typed and not saved is not lost by a link to another question, or by a button of another form.
const editing = document.querySelector("[data-script-form]");
if (editing) {
  const said = () => JSON.stringify([...new FormData(editing)].filter(([name]) => name !== "csrfmiddlewaretoken"));
  const before = said();
  let leaving = false;
  const kept = () => leaving || said() === before;
  editing.addEventListener("submit", () => { leaving = true; });
  addEventListener("beforeunload", (event) => { if (!kept()) event.preventDefault(); });
  document.querySelectorAll('a[href^="?open="]').forEach((link) => link.addEventListener("click", (event) => {
    if (kept() || event.ctrlKey || event.metaKey || !editing.reportValidity()) return;
    event.preventDefault();
    const to = Object.assign(document.createElement("input"), { type: "hidden", name: "then", value: new URL(link.href).searchParams.get("open") });
    editing.append(to);
    editing.requestSubmit();
  }));
}

function wayTo(id) {
  const tried = new Set();
  const from = (at, so_far) => {
    if (at === id) return so_far;
    if (at === null || tried.has(at)) return null;
    tried.add(at);
    const question = questionOf(script, at);
    for (const chosen of [[], ...question.answers.map((one) => [one.answer])]) {
      const taken = new Map(so_far).set(at, chosen), found = from(nextQuestion(script, taken), taken);
      if (found) return found;
    }
    return null;
  };
  return from(script.start, new Map());
}
