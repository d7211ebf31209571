// The doors as a list: not home is one tap in place, the next door comes up by itself.
import { act, takeBack, undoable } from "./act.js";
import { buildingScreen, bulk } from "./building.js";
import { button, fill, framed, h, seen, show } from "./dom.js";
import { doorScreen } from "./door.js";
import { frame } from "./frame.js";
import { lastWords, lineOf, nameOf, signOf, stateWords, streetOf } from "./names.js";
import { places } from "./places.js";
import { open } from "./session.js";
import { natural } from "./turf.js";
import { t } from "./words.js";

const chosen = { sort: "walk", find: "" };
let rows = new Map(), marked = null;

/** `at`: the household that the list comes back to; else the next one. */
export function listScreen(at = null) {
  rows = new Map();
  const list = h("ol", { class: "doors" });
  const sort = h("select", { id: "sort" }, ["walk", "street", "open"].map((name) => h("option", { value: name, selected: chosen.sort === name }, t(`sort_${name}`))));
  const find = h("input", { type: "search", id: "find", value: chosen.find, autocomplete: "off", enterkeyhint: "search" });
  const none = h("p", { class: "quiet", hidden: true }, t("none_found"));
  sort.addEventListener("change", () => { chosen.sort = sort.value; refill(list); filter(none); mark(); });
  find.addEventListener("input", () => { chosen.find = find.value; filter(none); });
  refill(list);
  const { nodes, leave } = frame("list", open.claim.turf, [
    h("div", { class: "tools" }, h("div", { class: "field" }, h("label", { for: "find" }, t("find")), find),
      h("div", { class: "field" }, h("label", { for: "sort" }, t("sort")), sort)), none, list], places);
  const repaint = framed((ids) => { if (!list.isConnected || !open.turf) return; for (const id of ids) paint(id); mark(); });
  const changed = ({ detail }) => {
    if (detail.dropped) { refill(list); filter(none); }
    repaint(detail.households);
  };
  for (const name of ["recorded", "changed"]) open.doors.addEventListener(name, changed);
  show(nodes, { leave: () => { leave(); for (const name of ["recorded", "changed"]) open.doors.removeEventListener(name, changed); } });
  filter(none);
  mark();
  if (at !== null || open.turf.events.size) toNext(at, false);
}

function refill(list) {
  const turf = open.turf;
  rows.clear();
  if (chosen.sort === "walk") {
    list.replaceChildren(...sides(turf).flatMap(({ stops }) => [heading(stops), ...stops.flatMap(entries)].filter(Boolean)));
    return;
  }
  const stops = [...turf.stops.keys()].filter((stop) => turf.at(stop).length);
  const line = (stop) => turf.households.get(turf.at(stop)[0]).line;
  stops.sort((a, b) => natural(streetOf(line(a)), streetOf(line(b))) || natural(line(a), line(b)));
  const shown = chosen.sort === "open" ? turf.route.filter((stop) => turf.at(stop).some((id) => !turf.done(id))) : stops;
  list.replaceChildren(...shown.flatMap(entries).filter(({ dataset }) => chosen.sort !== "open" || !dataset.household || !turf.done(dataset.household)));
}

/** Runs of stops on one side of a street, in walking order. */
function sides(turf) {
  const found = [];
  for (const stop of turf.route) {
    if (!turf.at(stop).length) continue;
    const { side } = turf.stops.get(stop), last = found.at(-1);
    if (last && last.side === side && side !== null && side !== undefined) last.stops.push(stop);
    else found.push({ side, stops: [stop] });
  }
  return found;
}

function heading(stops) {
  if (stops.length < 2) return null;
  const turf = open.turf, ids = stops.flatMap((stop) => turf.at(stop)), line = (stop) => turf.households.get(turf.at(stop)[0]).line;
  const first = line(stops[0]), last = line(stops.at(-1)), same = streetOf(first) === streetOf(last);
  const words = same ? t("side", { street: streetOf(first), from: first.split(" ")[0], to: last.split(" ")[0] }) : `${first} – ${last}`;
  return h("li", { class: "side" }, h("h2", {}, words), button(t("side_nobody"), () => bulk(ids, words), { class: "plain", "aria-label": `${words}: ${t("side_nobody")}` }));
}

function entries(stop) {
  const turf = open.turf, ids = turf.at(stop);
  if (!turf.building(stop)) return ids.map((id) => { const row = h("li", { class: "door", "data-household": id }); rows.set(id, row); paint(id); return row; });
  const row = h("li", { class: "door block", "data-stop": stop });
  for (const id of ids) rows.set(id, row);
  paint(ids[0]);
  return [row];
}

function paint(id) {
  const row = rows.get(id), turf = open.turf;
  if (!row || !turf) return;
  const focused = row.contains(document.activeElement) && document.activeElement.className;
  if (row.dataset.stop) paintBlock(row, Number(row.dataset.stop));
  else {
    const household = turf.households.get(id), state = turf.of(id), recorded = state.result;
    row.classList.toggle("done", Boolean(recorded));
    fill(row,
      button([h("b", {}, lineOf(id)), h("span", { class: "who" }, [...state.people.values()].map(nameOf).join(", ") || t("nobody_known")),
        recorded ? h("span", { class: "state" }, seen(signOf(recorded)), ` ${stateWords(state)}`) : h("span", { class: "quiet" }, lastWords(household))],
      () => doorScreen(id), { class: "opens" }),
      undoable.households.has(id) ? button(t("undo"), takeBack, { class: "undoes", "aria-label": `${t("undo")}: ${lineOf(id)}` })
        : !recorded && button(t("not_home"), () => nobody(id), { class: "nothome", "aria-label": `${t("not_home")}: ${lineOf(id)}` }));
  }
  if (focused) (row.querySelector(`.${focused}`) ?? row.querySelector("button")).focus({ preventScroll: true });
}

function paintBlock(row, stop) {
  const turf = open.turf, ids = turf.at(stop), done = ids.filter((id) => turf.done(id)).length;
  row.classList.toggle("done", done === ids.length);
  row.replaceChildren(button([h("b", {}, turf.households.get(ids[0]).line), h("span", { class: "who" }, t("flats", { n: ids.length })),
    h("span", { class: "state" }, t("far", { done, n: ids.length }))], () => buildingScreen(stop), { class: "opens" }));
}

async function nobody(id) {
  const stop = open.turf.stopOf.get(id);
  if (await act([["attempt", { stop, household: id, value: { result: "not_home" } }]], `${lineOf(id)}: ${t("result_not_home")}`)) toNext(id);
}

/** Brings the recorded door to the top with the next one below it, and the focus there. */
function toNext(id, focus = true) {
  const next = open.turf.next(id), row = rows.get(id) ?? rows.get(next);
  if (!row) return;
  const beside = rows.get(next) === row.nextElementSibling || rows.get(next)?.previousElementSibling?.previousElementSibling === row;
  (id !== null && !beside && rows.get(next) || row).scrollIntoView({ block: "start" });
  if (focus) (rows.get(next)?.querySelector(".nothome") ?? rows.get(next)?.querySelector("button"))?.focus({ preventScroll: true });
}

function mark() {
  const next = open.turf && rows.get(open.turf.next());
  if (marked === next) return;
  marked?.classList.remove("next");
  next?.classList.add("next");
  marked = next;
}

function filter(none) {
  const words = chosen.find.trim().toLocaleLowerCase(), turf = open.turf;
  let found = 0;
  for (const [id, row] of rows) {
    const fits = !words || `${lineOf(id)} ${[...turf.of(id).people.values()].map(nameOf).join(" ")}`.toLocaleLowerCase().includes(words);
    if (row.dataset.stop && turf.at(Number(row.dataset.stop))[0] !== id) { if (fits) row.hidden = false; } else row.hidden = !fits;
    found += fits;
  }
  for (const side of document.querySelectorAll("li.side")) side.hidden = Boolean(words);
  none.hidden = found > 0;
}
