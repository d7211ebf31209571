// Around the list, the map, the recap and the settings: how far, what waits, and the four places below the thumb.
import { button, framed, h } from "./dom.js";
import * as outbox from "./outbox.js";
import { open } from "./session.js";
import { t } from "./words.js";

/** A screen between head and places; `leave` ends what the frame listens to. */
export function frame(here, title, body, places) {
  const badge = button("", () => places.recap(), { class: "badge" }), far = h("p", { class: "far" });
  const told = () => { badge.replaceChildren(...stateLine()); };
  const count = () => { const walk = open.turf?.walk() ?? []; far.textContent = t("far", { done: walk.filter((id) => open.turf.done(id)).length, n: walk.length }); };
  const framedCount = framed(count), counted = () => framedCount();
  told();
  count();
  for (const name of ["recorded", "changed"]) open.doors.addEventListener(name, counted);
  open.doors.addEventListener("outbox", told);
  const leave = () => {
    for (const name of ["recorded", "changed"]) open.doors.removeEventListener(name, counted);
    open.doors.removeEventListener("outbox", told);
  };
  const place = (name) => button(t(`place_${name}`), () => places[name](), { "aria-current": here === name ? "page" : null });
  return { leave, nodes: [
    h("header", { class: "head" }, h("div", {}, h("h1", {}, title), far), badge),
    h("main", { class: `screen ${here}` }, body),
    h("nav", { class: "places", "aria-label": t("places") }, ["list", "map", "recap", "menu"].map(place)),
  ] };
}

/** "3 answers wait for a signal · 40 sent", with a sign that differs in shape. */
export function stateLine() {
  const { waiting, home, failing, rejected } = outbox.state;
  const parts = [];
  if (rejected.length) parts.push(t("rejected", { n: rejected.length }));
  if (waiting) parts.push(t(failing === null ? "safe" : "wait", { n: waiting }));
  parts.push(t("home", { n: home }));
  return [h("span", { "aria-hidden": "true", class: "sign" }, rejected.length ? "!" : waiting ? "○" : "●"), ` ${parts.join(" · ")}`];
}
