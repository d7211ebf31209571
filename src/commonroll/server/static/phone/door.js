// One household: who is here, what came of it, what the next walker must know.
import { act } from "./act.js";
import { buildingScreen } from "./building.js";
import { ask, button, field, fill, h, say, seen, show } from "./dom.js";
import { MOST_TEXT } from "./events.js";
import { listScreen } from "./list.js";
import { languageName, lineOf, nameOf, resultWords, signOf } from "./names.js";
import { open, undo } from "./session.js";
import { talkScreen } from "./talk.js";
import { clock, day, t } from "./words.js";

const RESULTS = ["refused", "busy", "language", "inaccessible", "vacant", "dangerous"], NOTE_DAYS = 90;
const LANGUAGES = ["en", "es", "zh", "vi", "tl", "ko", "ar", "ru", "fr", "ht", "pt", "hi", "pl"], NOTED = ["lift", "buzzer", "dog", "park", "desk"];

/** `stop`: the building's screen to go back to, instead of the list. */
export function doorScreen(id, { stop = null } = {}) {
  const turf = open.turf, place = turf.stopOf.get(id), household = turf.households.get(id);
  const back = () => (stop === null ? listScreen(id) : buildingScreen(stop));
  const about = (more = {}) => ({ stop: place, household: id, ...more });
  const attempt = async (result) => {
    if (result === "dangerous" && !await ask(t("dangerous_ask"), [[true, t("dangerous_yes"), "main"]], { leave: t("cancel") })) return;
    if (await act([["attempt", about({ value: { result } })]], `${lineOf(id)}: ${resultWords(result)}`)) back();
  };
  const again = () => { if (open.turf) doorScreen(id, { stop }); };
  const body = h("div", {});
  const draw = () => {
    const state = turf.of(id);
    fill(body,
      h("section", { class: "people", "aria-label": t("who_is_here") },
        [...state.people.values()].map((person) => personCard(person, about, id, again)),
        state.added.map((person) => h("div", { class: "person" }, h("h2", {}, person.name), h("p", { class: "quiet" }, t("added")))),
        turf.spares(id) && h("p", { class: "note" }, t("not_everybody")),
        !state.people.size && h("p", { class: "quiet" }, t("nobody_known"))),
      h("section", {}, h("h2", {}, t("no_talk")), h("div", { class: "grid" },
        RESULTS.map((result) => button([seen(signOf(result)), ` ${resultWords(result)}`], () => attempt(result))))),
      h("section", { class: "grid" }, button(t("add_person"), () => addPerson(about)), button(t("note"), () => note(about)),
        button(t("building_note"), () => writeNote(place))),
      history(id));
  };
  draw();
  const changed = ({ detail }) => {
    if (![...detail.households].includes(id) || !open.turf) return;
    if (turf.dropped.has(id)) back(); else { draw(); fill(notes, placeNotes(place)); }
  };
  const notes = h("div", {}, placeNotes(place));
  for (const name of ["recorded", "changed"]) open.doors.addEventListener(name, changed);
  const next = turf.next(id);
  show([h("main", { class: "screen household" },
    h("h1", {}, lineOf(id)),
    household.floor !== null && household.floor !== undefined && h("p", { class: "quiet" }, t("floor", { floor: household.floor })),
    notes,
    (household.last ?? []).length > 0 && h("ul", { class: "last quiet" }, household.last.map((visit) => h("li", {}, seen(signOf(visit.result)), ` ${t("last", { on: day(visit.on), result: resultWords(visit.result) })}`))),
    body),
  h("nav", { class: "places", "aria-label": t("places") }, button(t(stop === null ? "to_list" : "to_building"), back),
    button(t("not_home"), () => attempt("not_home"), { class: "main" }),
    next && button([h("small", {}, t("next")), h("span", {}, lineOf(next))], () => doorScreen(next), { class: "nextdoor" }))],
  { leave: () => { for (const name of ["recorded", "changed"]) open.doors.removeEventListener(name, changed); } });
}

function personCard(person, about, id, again) {
  const name = nameOf(person), with_ = about({ person: person.id });
  const facts = [person.age, person.language && languageName(person.language)].filter(Boolean).join(" · ");
  const gone = ["moved", "deceased", "optout"].includes(person.state);
  const mark = (kind, words, value = {}) => act([[kind, { ...with_, value }]], `${name}: ${words}`);
  const stopAsking = async () => {
    const channel = await ask(t("optout_ask", { name }), [["all", t("channel_all"), "main"], ...["door", "phone", "text", "mail", "email"].map((one) => [one, t(`channel_${one}`)])],
      { text: t("optout_why"), leave: t("cancel") });
    if (channel) await mark("optout", t("result_optout"), { channel });
  };
  const more = async () => {
    const what = await ask(name, [["moved", t("moved_mark")], ["deceased", t("deceased_mark")], ["correct", t("correct")]], { leave: t("cancel") });
    if (what === "correct") await correct(person, name, with_); else if (what) await mark(what, resultWords(what));
  };
  return h("div", { class: gone ? "person gone" : "person" },
    h("h2", {}, name), facts && h("p", { class: "quiet" }, facts),
    person.state && h("p", { class: "state" }, seen(signOf(person.state)), ` ${resultWords(person.state)}`),
    h("div", { class: "row" },
      !gone && button(t("talked"), () => talkScreen(id, person.id, again), { class: "main", "aria-label": `${t("talked")}: ${name}` }),
      person.state !== "optout" && button([seen("⊗"), ` ${t("optout")}`], stopAsking, { "aria-label": `${t("optout")}: ${name}` }),
      !gone && button(t("more"), more, { "aria-label": `${t("more")}: ${name}` })));
}

const unitOf = (household) => open.turf.households.get(household).unit ?? "";

const REACHED = ["phone", "email"];

/** What somebody says is otherwise: each as a record of its own, told and not written into any roll. */
async function correct(person, name, with_) {
  const words = name.split(/\s+/), was = { first_name: words[0], last_name: words.slice(1).join(" "), unit: unitOf(with_.household), language: person.language ?? "" };
  const line = (name_, most = "100", more = {}) => h("input", { type: "text", value: was[name_] || null, autocomplete: "off", maxlength: most, ...more });
  const tongues = [["", t("as_it_is")], ...LANGUAGES.map((code) => [code, languageName(code)])];
  const inputs = { first_name: line("first_name"), middle_name: line("middle_name"), last_name: line("last_name"), suffix: line("suffix", "10"),
    preferred_name: line("preferred_name"), unit: line("unit", "20"),
    language: h("select", {}, tongues.map(([code, said]) => h("option", { value: code, selected: code === was.language }, said))),
    phone: line("phone", "30", { type: "tel" }), email: line("email", "100", { type: "email" }) };
  const consent = h("input", { type: "checkbox", id: "consent" }), tick = h("div", { class: "tick" }, consent, h("label", { for: "consent" }, t("consent_contact")));
  const fields = Object.entries(inputs).map(([name_, input]) => name_ === "phone" ? [tick, field(t("phone"), input, t("consent_hint"))]
    : field(t(name_), input, name_ === "email" && t("consent_hint")));
  if (!await ask(t("correct"), [[true, t("keep"), "main"]], { body: h("div", {}, fields), text: t("correct_why"), leave: t("cancel") })) return;
  const wanted = Object.entries(inputs).map(([name_, input]) => [name_, input.value.trim()])
    .filter(([name_, is]) => is && is !== was[name_] && (!REACHED.includes(name_) || consent.checked && inputs[name_].validity.valid))
    .map(([name_, is]) => ["correction", { ...with_, value: REACHED.includes(name_) ? { field: name_, is, consent: "yes" } : { field: name_, is } }]);
  if (wanted.length) await act(wanted, t("corrected"));
  if (!inputs.email.validity.valid) say(t("email_not"));
}

async function addPerson(about) {
  const name = h("input", { type: "text", autocomplete: "off", maxlength: "100" }), unit = h("input", { type: "text", autocomplete: "off", maxlength: "20" });
  const phone = h("input", { type: "tel", autocomplete: "off", maxlength: "30" }), email = h("input", { type: "email", autocomplete: "off", maxlength: "100" });
  const consent = h("input", { type: "checkbox", id: "consent" });
  const yes = await ask(t("add_person"), [[true, t("keep"), "main"]], { leave: t("cancel"), body: h("div", {},
    field(t("name"), name), field(t("unit"), unit),
    h("div", { class: "tick" }, consent, h("label", { for: "consent" }, t("consent_contact"))), field(t("phone"), phone, t("consent_hint")), field(t("email"), email)) });
  if (!yes || !name.value.trim()) return;
  const contact = consent.checked ? { phone: phone.value, email: email.value, consent: "yes" } : {};
  await act([["person_added", about({ value: { name: name.value, unit: unit.value, ...contact } })]], t("person_added"));
}

async function note(about) {
  const text = h("textarea", { rows: "4", maxlength: String(MOST_TEXT) });
  const yes = await ask(t("note"), [[true, t("keep"), "main"]], { body: field(t("note_label"), text, t("note_hint")), leave: t("cancel") });
  if (yes && text.value.trim()) await act([["note", about({ value: { text: text.value } })]], t("note_kept"));
}

export async function writeNote(stop) {
  const text = h("textarea", { rows: "3", maxlength: "200" });
  const add = (words) => { text.value = [text.value.trim(), words].filter(Boolean).join(". "); text.focus(); };
  const chips = h("div", { class: "grid" }, NOTED.map((name) => button(t(`noted_${name}`), () => add(t(`noted_${name}`)))));
  const yes = await ask(t("building_note"), [[true, t("keep"), "main"]], { body: h("div", {}, field(t("building_note_label"), text, t("building_note_hint")), chips), leave: t("cancel") });
  const [household] = open.turf.at(stop);
  if (yes && text.value.trim()) await act([["building_note", { stop, household, value: { text: text.value } }]], t("note_kept"));
}

/** What is known of the place: the bundle's note and those written here, none older than ninety days. */
export function placeNotes(stop) {
  const { stops, notes, undone, hidden } = open.turf, since = Date.now() - NOTE_DAYS * 86_400_000;
  const here = (notes.get(stop) ?? []).filter((event) => !undone.has(event.id) && Date.parse(event.at) > since);
  const known = [...stops.get(stop)?.notes ?? [], ...here.map(({ id, value }) => ({ id, text: value.text }))];
  const all = [...new Map(known.map((one) => [one.id, one])).values()].filter(({ id }) => !hidden.has(id));
  return all.length > 0 && h("ul", { class: "placenotes" }, all.map(({ text, on }) => h("li", {}, seen("i"), ` ${text}`, on && h("small", {}, ` ${day(on)}`))));
}

function history(id) {
  const events = open.turf.standing(id);
  if (!events.length) return null;
  const words = (event) => event.kind === "attempt" ? resultWords(event.value.result) : t(`kind_${event.kind}`);
  return h("section", { class: "history" }, h("h2", {}, t("recorded_here")), h("ul", {}, events.map((event) => h("li", {},
    h("span", {}, `${clock(event.at)} ${words(event)}`),
    event.kind === "optout" ? h("small", {}, t("lead_alone")) : button(t("take_back"), async () => { await undo([event]); say(t("taken_back")); }, { "aria-label": `${t("take_back")}: ${words(event)}` })))));
}
