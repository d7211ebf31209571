// Chips and text say the same: a chip is added or dropped by writing the text, and the server reads the text back.
import { data } from "./colours.js";

const text = document.getElementById("where");
const add = document.getElementById("add");
const chosen = document.getElementById("add-name");
const op = document.getElementById("add-op");
const place = document.getElementById("add-value");
const offers = data("offers");

const OPS = {
  text: [["=", "is"], ["<>", "is not"], ["LIKE", "looks like"], ["IS NULL", "is missing"], ["IS NOT NULL", "is there"]],
  closed: [["=", "is"], ["<>", "is not"], ["IS NULL", "is missing"], ["IS NOT NULL", "is there"]],
  number: [["=", "is"], ["<", "below"], ["<=", "at most"], [">", "above"], [">=", "at least"], ["IS NULL", "is missing"]],
  date: [[">=", "on or after"], ["<=", "on or before"], ["=", "on"], ["IS NULL", "is missing"]],
  "yes or no": [["= TRUE", "yes"], ["= FALSE", "no"]],
  call: [["", "yes"], ["NOT", "no"]],
};

function kindOf(offer) {
  if (offer.kind.startsWith("call")) return "call";
  return offer.kind === "text" && offer.values.length ? "closed" : offer.kind;
}

function valueBox(offer) {
  const kind = offer.kind.replace("call ", "");
  const box = document.createElement(offer.values.length ? "select" : "input");
  box.className = offer.values.length ? "form-select" : "form-control";
  box.setAttribute("aria-label", "Value");
  offer.values.forEach(([value, words]) => box.add?.(new Option(words, value)));
  if (!offer.values.length) {
    box.type = kind === "date" ? "date" : kind === "number" ? "number" : "text";
    box.required = true;
  }
  return box;
}

function offerRest() {
  const offer = offers[chosen.value];
  add.querySelector(".add-rest").hidden = !offer;
  if (!offer) return;
  // a function that needs nothing in its parentheses
  place.hidden = offer.kind === "call without";
  op.replaceChildren(...OPS[kindOf(offer)].map(([value, words]) => new Option(words, value)));
  place.replaceChildren(valueBox(offer));
  showValue();
}

function showValue() {
  const bare = place.hidden || /NULL|TRUE|FALSE/.test(op.value);
  const box = place.firstElementChild;
  if (!box) return;
  box.hidden = bare;
  box.required = !bare && box.tagName === "INPUT";
}

const quoted = (value) => `'${value.replaceAll("'", "''")}'`;

function condition() {
  const offer = offers[chosen.value];
  const value = place.firstElementChild.value;
  if (kindOf(offer) === "call") {
    const argument = place.hidden ? "" : offer.kind === "call number" ? value : quoted(value);
    const call = chosen.value.replace("()", `(${argument})`);
    return op.value ? `NOT ${call}` : call;
  }
  if (/NULL|TRUE|FALSE/.test(op.value)) return `${chosen.value} ${op.value}`;
  return `${chosen.value} ${op.value} ${offer.kind === "number" ? value : quoted(value)}`;
}

const held = () => [...document.querySelectorAll("#chips .chip")].map((chip) => chip.dataset.text);

function write(parts) {
  text.value = parts.join(" AND ");
  htmx.trigger("#ask", "ask");
}

// The next steps carry the question as it stands.
function carry() {
  const form = new FormData(document.getElementById("ask"));
  const query = new URLSearchParams([...form].filter(([, value]) => value));
  for (const id of ["to-extract", "to-rows"]) {
    const link = document.getElementById(id);
    if (link) link.href = `${link.dataset.base}?${query}`;
  }
  document.querySelector("#save-form [name=where]").value = text.value;
}

chosen.addEventListener("change", offerRest);
op.addEventListener("change", showValue);
add.addEventListener("submit", (event) => {
  event.preventDefault();
  // a text that cannot be read yet has no chips: it stays, and the condition goes behind it
  const broken = text.getAttribute("aria-invalid") === "true";
  write([...(broken ? [text.value.trim()] : held()), condition()]);
  chosen.value = "";
  offerRest();
  chosen.focus();
});
document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-drop]")?.closest(".chip");
  if (!chip) return;
  write([...document.querySelectorAll("#chips .chip")].filter((one) => one !== chip).map((one) => one.dataset.text));
  text.focus();
});
// One sentence is read aloud, not the whole answer.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "answer") return;
  const said = event.target.querySelector(".big, .problem h2");
  const spoken = document.getElementById("spoken");
  spoken.textContent = said?.textContent.trim().replace(/\s+/g, " ") || "";
  const broken = Boolean(event.target.querySelector(".problem"));
  spoken.classList.toggle("broken", broken);
  text.setAttribute("aria-invalid", String(broken));
  document.getElementById("chips").classList.toggle("stale", broken);
});
document.getElementById("ask").addEventListener("htmx:configRequest", carry);
