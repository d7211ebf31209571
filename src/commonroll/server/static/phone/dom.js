// Elements, what is said aloud, and where the focus goes.

/** `h("button", { class: "main", onclick: f }, "Not home")`; false and null are left out. */
export function h(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  fill(node, ...children);
  return node;
}

/** What a node holds, anew. */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
}

export const button = (label, onclick, properties = {}) => h("button", { type: "button", onclick, ...properties }, label);

export const seen = (sign) => h("span", { "aria-hidden": "true", class: "sign" }, sign);

/** A labelled field; `input` is the element, `label` its words, `hint` what helps. */
export function field(label, input, hint = null) {
  input.id ||= `f${Math.random().toString(36).slice(2)}`;
  const told = hint && h("small", { id: `${input.id}-hint` }, hint);
  if (told) input.setAttribute("aria-describedby", told.id);
  return h("div", { class: "field" }, h("label", { for: input.id }, label), told, input);
}

/** `work` with all that was collected until the next frame: once, however many calls came. */
export function framed(work) {
  let collected = null;
  return (more = []) => {
    if (collected) { for (const one of more) collected.add(one); return; }
    collected = new Set(more);
    requestAnimationFrame(() => { const all = collected; collected = null; work(all); });
  };
}

let shown = null;

/** Shows a screen: its nodes, the focus on its heading. `leave` is called when another one comes. */
export function show(nodes, { leave = null, focus = true } = {}) {
  shown?.();
  shown = leave;
  const above = document.querySelector(".undo"), app = document.getElementById("app");
  app.replaceChildren(...[nodes].flat());
  if (above) app.querySelector(".places")?.append(above);
  scrollTo(0, 0);
  const head = app.querySelector("h1");
  if (focus && head) { head.tabIndex = -1; head.focus({ preventScroll: true }); }
}

/** Says it to whoever hears the page; the same words twice are said twice. */
export function say(words) {
  const said = document.getElementById("said");
  said.textContent = said.textContent === words ? `${words}\u00a0` : words;
}

/** Asks in a dialog that closes with Escape; null when it was left. `choices` are [value, label, class?]. */
export function ask(title, choices, { text = null, body = null, leave } = {}) {
  return new Promise((answer) => {
    const dialog = h("dialog", { "aria-labelledby": "asked" });
    const close = (value) => { dialog.close(); dialog.remove(); answer(value); };
    const form = h("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); close(choices[0][0]); } },
      h("h2", { id: "asked" }, title), text && h("p", {}, text), body,
      h("div", { class: "choices" },
        choices.map(([value, label, kind], i) => h("button", { type: i || !body ? "button" : "submit", class: kind ?? null,
          onclick: i || !body ? () => close(value) : null }, label)),
        button(leave, () => close(null), { class: "plain" })));
    dialog.append(form);
    dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(null); });
    document.body.append(dialog);
    dialog.showModal();
  });
}
