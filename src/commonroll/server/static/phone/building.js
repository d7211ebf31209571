// A building with flats: floors from the top, each flat a sign and a word; and many doors recorded at once.
import { act } from "./act.js";
import { ask, button, h, seen, show } from "./dom.js";
import { doorScreen, placeNotes, writeNote } from "./door.js";
import { listScreen } from "./list.js";
import { resultWords, signOf } from "./names.js";
import { open } from "./session.js";
import { t } from "./words.js";

export function buildingScreen(stop) {
  const turf = open.turf, ids = turf.at(stop), line = turf.households.get(ids[0]).line;
  const floors = Map.groupBy ? Map.groupBy(ids, floorOf) : grouped(ids);
  const body = h("div", {});
  const report = () => {
    const found = new Map();
    for (const id of ids) { const { result } = turf.of(id); found.set(result, (found.get(result) ?? 0) + 1); }
    return h("ul", { class: "report" }, [...found].sort(([a], [b]) => Boolean(b) - Boolean(a)).map(([result, n]) =>
      h("li", {}, seen(result ? signOf(result) : "○"), ` ${n} ${result ? resultWords(result) : t("not_yet")}`)));
  };
  const fill = () => body.replaceChildren(report(), placeNotes(stop) || "", ...[...floors].map(([floor, flats]) => h("section", { class: "floor" },
    h("div", { class: "floorhead" }, h("h2", {}, floor === null ? t("no_floor") : t("floor", { floor })),
      button(t("floor_nobody"), () => bulk(flats, floor === null ? line : `${line}, ${t("floor", { floor })}`), { class: "plain" })),
    h("ul", { class: "flats" }, flats.map(flat)))));
  fill();
  for (const name of ["recorded", "changed"]) open.doors.addEventListener(name, fill);
  const result = (kind) => button(t(`all_${kind}`), () => bulk(ids, line, kind));
  show([h("main", { class: "screen building" },
    h("h1", {}, line), h("p", { class: "quiet" }, t("flats", { n: ids.length })),
    body,
    h("div", { class: "choices" }, result("inaccessible"), result("not_home"), button(t("building_note"), () => writeNote(stop)))),
  h("nav", { class: "places" }, button(t("to_list"), () => listScreen(ids.at(-1))))],
  { leave: () => { for (const name of ["recorded", "changed"]) open.doors.removeEventListener(name, fill); } });
}

const floorOf = (id) => open.turf.households.get(id).floor ?? null;

function grouped(ids) {
  const floors = new Map();
  for (const id of ids) floors.set(floorOf(id), [...floors.get(floorOf(id)) ?? [], id]);
  return floors;
}

function flat(id) {
  const { unit, line, last } = open.turf.households.get(id), { result } = open.turf.of(id);
  const before = !result && last?.[0]?.result;
  return h("li", {}, button([h("b", {}, unit || line), result ? h("span", { class: "state" }, seen(signOf(result)), ` ${resultWords(result)}`)
    : before ? h("span", { class: "quiet" }, seen(signOf(before)), ` ${t("before", { result: resultWords(before) })}`) : h("span", { class: "quiet" }, t("not_yet"))],
  () => doorScreen(id, { stop: open.turf.stopOf.get(id) }), { class: result ? "opens done" : "opens", "data-household": id }));
}

/** One attempt for each household that has none yet, in one step; asks once, with the count. */
export async function bulk(ids, where, result = "not_home") {
  const left = ids.filter((id) => !open.turf.done(id));
  if (!left.length) { await ask(t("bulk_none"), [], { leave: t("close") }); return; }
  const words = resultWords(result);
  const yes = await ask(t("bulk_ask", { n: left.length, result: words }), [[true, t("bulk_yes", { n: left.length }), "main"]], { text: where, leave: t("cancel") });
  if (!yes) return;
  await act(left.map((id) => ["attempt", { stop: open.turf.stopOf.get(id), household: id, value: { result } }]), t("bulk_done", { n: left.length, result: words }));
}
