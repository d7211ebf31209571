// The draft's form: tick a whole class, say beside each heading how much is chosen, undo the last change.
const form = document.getElementById("draft");

function say(box) {
  const said = box.querySelector("[data-chosen]");
  if (!said) return;
  const ticks = [...box.querySelectorAll("input[type=checkbox]")];
  const chosen = ticks.filter((tick) => tick.checked).length;
  const open = ticks[0]?.name.startsWith("row:") && chosen === 0;
  said.textContent = open ? "all" : `${chosen} of ${ticks.length}`;
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-tick]");
  if (!button) return;
  const box = button.closest("details");
  box.querySelectorAll("input[type=checkbox]").forEach((tick) => { tick.checked = button.dataset.tick === "all"; });
  box.querySelector("input[type=checkbox]").dispatchEvent(new Event("change", { bubbles: true }));
});
form.addEventListener("change", (event) => {
  const box = event.target.closest("details");
  if (box) say(box);
});
form.querySelectorAll("details.class").forEach(say);

// What was chosen before each change, kept for this tab: another starting point can be undone too.
const key = `draft:${form.dataset.undoKey}`;
const undo = form.querySelector("[data-undo]");
const MOST = 50;
const fields = () => [...form.elements].filter((e) => e.name && e.type !== "hidden");
const state = () => JSON.stringify(fields().map((e) => (e.type === "checkbox" ? e.checked : e.value)));
const kept = (name) => JSON.parse(sessionStorage.getItem(`${key}:${name}`) ?? "null");
const keep = (name, value) => sessionStorage.setItem(`${key}:${name}`, JSON.stringify(value));
let now = state();

function remember(before) {
  keep("past", [...(kept("past") ?? []), before].slice(-MOST));
  undo.hidden = false;
}

function restore(text) {
  const values = JSON.parse(text);
  if (values.length !== fields().length) return;
  fields().forEach((e, at) => { if (e.type === "checkbox") e.checked = values[at]; else e.value = values[at]; });
  form.querySelectorAll("details.class").forEach(say);
}

form.addEventListener("change", () => {
  const after = state();
  if (after === now) return;
  remember(now);
  now = after;
  keep("last", now);
});
undo.addEventListener("click", () => {
  const past = kept("past") ?? [];
  const before = past.pop();
  keep("past", past);
  undo.hidden = !past.length;
  if (!before) return;
  restore(before);
  now = state();
  keep("last", now);
  form.dispatchEvent(new Event("change"));
});
form.addEventListener("submit", () => ["past", "last"].forEach((name) => sessionStorage.removeItem(`${key}:${name}`)));

const last = kept("last");
if (last && last !== now && JSON.parse(last).length === fields().length) remember(last);
else undo.hidden = !(kept("past") ?? []).length;
keep("last", now);

// Fields that cannot be read are marked, the words stand beside them.
function mark() {
  const wrong = new Set([...form.querySelectorAll("[data-field]")].map((said) => said.dataset.field));
  fields().forEach((e) => { if (wrong.has(e.name)) e.setAttribute("aria-invalid", "true"); else e.removeAttribute("aria-invalid"); });
}
document.body.addEventListener("htmx:afterSettle", mark);
mark();
