// What every page shares: command bar, dialogs, walking lists by keyboard, tables, theme.
import { send } from "./stays.js";
import { startTables } from "./tables.js";

const SILENT = "The site does not answer. What you typed is still here; try again.";
const typing = (element) => element?.matches("input, textarea, select, [contenteditable]");

function open(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.querySelector("[autofocus], input:not([type=hidden]), textarea")?.focus();
}

// A table's rows stop at their first link, any other list at each.
const stopsOf = (list) =>
  list.rows ? [...list.rows].map((row) => row.querySelector("a[href]")) : [...list.querySelectorAll("a[href], [data-stop]")];

// One step down or up among the links of the list that holds the focus, or of the page's first list.
function walk(step) {
  const dialog = document.querySelector("dialog[open]");
  const lists = [...(dialog || document).querySelectorAll("[data-walk]")];
  const list = lists.find((l) => l.contains(document.activeElement)) || lists[0];
  if (!list) return false;
  const stops = stopsOf(list).filter((e) => e?.offsetParent);
  if (!stops.length) return false;
  const at = stops.findIndex((e) => e === document.activeElement || e.closest("tr")?.contains(document.activeElement));
  const next = at < 0 ? (step > 0 ? 0 : stops.length - 1) : Math.min(Math.max(at + step, 0), stops.length - 1);
  stops[next].focus();
  return true;
}

function onKey(event) {
  if (event.altKey || event.metaKey) return;
  const inCommand = event.target.closest?.("#command");
  if (event.ctrlKey) {
    if (event.key === "k") { event.preventDefault(); open("command"); }
    return;
  }
  if ((inCommand || event.target.closest?.("[data-arrows], [data-slash]")) && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    if (walk(event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
    return;
  }
  if (inCommand && event.key === "Enter" && typing(event.target)) {
    document.querySelector("#hits a, #hits [data-stop]")?.click();
    return;
  }
  if (typing(event.target)) return;
  const steps = { j: 1, k: -1 };
  if (event.key in steps && walk(steps[event.key])) event.preventDefault();
  else if (event.key === "/") {
    const field = document.querySelector("[data-slash]");
    event.preventDefault();
    if (field) { field.focus(); field.select(); } else open("command");
  }
  else if (event.key === "?") open("keys");
}

function onClick(event) {
  const opener = event.target.closest("[data-opens]");
  if (opener) open(opener.dataset.opens);
  if (event.target.closest("[data-back]")) history.back();
  if (event.target.closest("[data-theme-switch]")) window.switchTheme();
  if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
  if (event.target.matches("dialog[open]")) event.target.close();
}

// A form that says so is sent as soon as a choice in it changes.
function onChange(event) {
  if (event.target.form?.hasAttribute("data-sends-itself")) event.target.form.requestSubmit();
}

// What cannot be undone is sent once, however often the button is pressed.
function onSubmit(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
  const stays = form.hasAttribute("data-stays");
  if (form.dataset.sent || stays) event.preventDefault();
  if (form.dataset.sent) return;
  // a file that is sent leaves the page where it is: the form may be sent again
  if (!form.hasAttribute("data-leaves")) form.dataset.sent = "1";
  if (stays) send(form, event.submitter).catch(() => say(SILENT));
}

function say(words) {
  const note = document.createElement("div");
  note.className = "note warn toast";
  note.role = "alert";
  note.textContent = words;
  document.querySelector(".toast")?.remove();
  document.body.append(note);
  setTimeout(() => note.remove(), 8000);
}

document.addEventListener("submit", onSubmit);
addEventListener("pageshow", () => document.querySelectorAll("[data-sent]").forEach((form) => delete form.dataset.sent));
document.addEventListener("htmx:sendError", () => say(SILENT));
document.addEventListener("htmx:responseError", () => say("That did not work. What you typed is still here; try again."));
document.addEventListener("keydown", onKey);
document.addEventListener("click", onClick);
document.addEventListener("change", onChange);
startTables();

// Times in the reader's own zone; the one of the server stays to be read by hovering.
function localTimes(within) {
  const words = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const zone = (at) => new Intl.DateTimeFormat("en-US", { timeZoneName: "short" }).formatToParts(at).find((part) => part.type === "timeZoneName").value;
  for (const time of within.querySelectorAll?.("time[data-moment]:not([title])") ?? []) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.valueOf())) continue;
    time.title = time.textContent.trim();
    time.textContent = `${new Intl.DateTimeFormat("en-GB", words).format(at)} ${zone(at)}`;
  }
}
localTimes(document);
document.addEventListener("htmx:load", (event) => localTimes(event.target));

// What was typed or chosen before htmx listened has told nobody: it is told now.
const altered = (field) =>
  field.matches("select") ? [...field.options].some((o) => o.selected !== o.defaultSelected && (o.defaultSelected || o.index))
    : field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
      : field.value !== field.defaultValue;
document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form[hx-trigger]")) {
    const early = [...form.querySelectorAll("input:not([type=hidden]), textarea, select")].find(altered);
    for (const kind of early ? ["input", "change"] : []) early.dispatchEvent(new Event(kind, { bubbles: true }));
  }
});
