// The turf drawn from its own streets: no tiles, no signal. The place is asked for only here, and only while this shows.
import { act } from "./act.js";
import { button, h, say, show } from "./dom.js";
import { buildingScreen } from "./building.js";
import { doorScreen } from "./door.js";
import { frame } from "./frame.js";
import { lineOf, signOf } from "./names.js";
import { places } from "./places.js";
import { again, apart } from "./route.js";
import { open } from "./session.js";
import { t } from "./words.js";

const WIDTHS = { street: 7, main: 11, barrier: 3 };
const NEAR_PX = 28, LOWEST = 1, HIGHEST = 40, MARGIN_PX = 40;

export function mapScreen() {
  const turf = open.turf, canvas = h("canvas", { class: "drawn", tabindex: "0", role: "application", "aria-label": t("map_label") });
  const card = h("div", { class: "card", hidden: true });
  const view = { x: 0, y: 0, scale: 1 }, pointers = new Map();
  const stops = turf.bundle.stops.filter((stop) => turf.at(stop.id).length && Number.isFinite(stop.lon));
  const scale = Math.cos((stops[0]?.lat ?? 0) * Math.PI / 180);
  const flat = ([lon, lat]) => [lon * scale * 1e5, -lat * 1e5];
  const points = new Map(stops.map((stop) => [stop.id, flat([stop.lon, stop.lat])]));
  const streets = (turf.bundle.streets?.features ?? []).map(({ properties, geometry: { type, coordinates } }) => ({
    kind: properties?.kind, name: properties?.name ?? "",
    lines: (type === "MultiLineString" ? coordinates : type === "LineString" ? [coordinates] : []).map((line) => line.map(flat)),
  }));
  let chosen = turf.next() === null ? stops[0]?.id : turf.stopOf.get(turf.next()), me = null, watch = null, asked = false;

  const fit = () => {
    const all = [...points.values()], xs = all.map(([x]) => x), ys = all.map(([, y]) => y);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    view.scale = Math.min((canvas.clientWidth - MARGIN_PX * 2) / Math.max(right - left, 1), (canvas.clientHeight - MARGIN_PX * 2) / Math.max(bottom - top, 1), 8);
    view.base = view.scale;
    view.x = (left + right) / 2;
    view.y = (top + bottom) / 2;
  };
  const toPage = ([x, y]) => [(x - view.x) * view.scale + canvas.clientWidth / 2, (y - view.y) * view.scale + canvas.clientHeight / 2];
  const redraw = () => { if (!asked) { asked = true; requestAnimationFrame(() => { asked = false; if (canvas.isConnected) draw(); }); } };
  const zoom = (by, [x, y] = [canvas.clientWidth / 2, canvas.clientHeight / 2]) => {
    const before = view.scale;
    view.scale = Math.max(view.base * LOWEST / 4, Math.min(view.base * HIGHEST, view.scale * by));
    const moved = 1 / before - 1 / view.scale;
    view.x += (x - canvas.clientWidth / 2) * moved;
    view.y += (y - canvas.clientHeight / 2) * moved;
    redraw();
  };

  function draw() {
    const ratio = devicePixelRatio || 1, style = getComputedStyle(document.documentElement), ink = (name) => style.getPropertyValue(name);
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = canvas.clientHeight * ratio;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const path = (line) => { pen.beginPath(); line.forEach((point, i) => pen[i ? "lineTo" : "moveTo"](...toPage(point))); pen.stroke(); };
    Object.assign(pen, { lineCap: "round", lineJoin: "round" });
    for (const { kind, lines } of streets) {
      Object.assign(pen, { lineWidth: WIDTHS[kind] ?? WIDTHS.street, strokeStyle: ink(kind === "barrier" ? "--ink-2" : "--street") });
      pen.setLineDash(kind === "barrier" ? [2, 7] : []);
      lines.forEach(path);
    }
    pen.setLineDash([]);
    names(pen, ink);
    Object.assign(pen, { lineWidth: 2, strokeStyle: ink("--accent") });
    pen.setLineDash([6, 5]);
    path(turf.route.filter((id) => points.has(id) && left(id)).map((id) => points.get(id)));
    pen.setLineDash([]);
    Object.assign(pen, { textAlign: "center", textBaseline: "middle", font: `600 13px ${ink("--sans")}` });
    const taken = [], shown = [chosen, ...points.keys()].filter((id, i) => points.has(id) && (i === 0 || id !== chosen));
    const bare = shown.filter((id) => !room(pen, id, taken));
    for (const id of bare) dot(pen, id, ink, false);
    for (const id of shown) if (!bare.includes(id)) dot(pen, id, ink, true);
    if (me) { pen.beginPath(); pen.arc(...toPage(flat([me.lon, me.lat])), 8, 0, 7); Object.assign(pen, { fillStyle: ink("--accent"), strokeStyle: ink("--paper"), lineWidth: 3 }); pen.fill(); pen.stroke(); }
  }

  /** Each street's name along the longest stretch of it that shows, where there is room. */
  function names(pen, ink) {
    Object.assign(pen, { textAlign: "center", textBaseline: "middle", font: `12px ${ink("--sans")}`, fillStyle: ink("--ink-2"), strokeStyle: ink("--paper"), lineWidth: 3 });
    const seen = ([x, y]) => x > 0 && y > 0 && x < canvas.clientWidth && y < canvas.clientHeight;
    for (const { name, lines } of streets.filter((one) => one.name)) {
      let best = null, most = pen.measureText(name).width + 12;
      for (const line of lines) for (let i = 1; i < line.length; i++) {
        const a = toPage(line[i - 1]), b = toPage(line[i]), long = Math.hypot(b[0] - a[0], b[1] - a[1]);
        const middle = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
        if (long > most && seen(middle)) [best, most] = [{ a, b, middle }, long];
      }
      if (!best) continue;
      const turn = Math.atan2(best.b[1] - best.a[1], best.b[0] - best.a[0]);
      pen.save();
      pen.translate(...best.middle);
      pen.rotate(Math.abs(turn) > Math.PI / 2 ? turn + Math.PI : turn);
      pen.strokeText(name, 0, 0);
      pen.fillText(name, 0, 0);
      pen.restore();
    }
  }

  const wordsOf = (id) => (left(id) ? turf.households.get(turf.at(id)[0]).line.split(" ")[0] : signOf(turf.of(turf.at(id)[0]).result));
  const widthOf = (pen, id) => Math.max(24, pen.measureText(wordsOf(id)).width + 12);

  /** Whether a door's number has room beside those that are `taken`, which it then joins. */
  function room(pen, id, taken) {
    const [x, y] = toPage(points.get(id)), wide = widthOf(pen, id);
    if (taken.some(([otherX, otherY, other]) => Math.abs(otherX - x) < (wide + other) / 2 + 2 && Math.abs(otherY - y) < 26)) return false;
    return taken.push([x, y, wide]);
  }

  /** A door with its number or sign; a bare dot where a number stands already. */
  function dot(pen, id, ink, named) {
    const [x, y] = toPage(points.get(id)), wide = widthOf(pen, id), open_ = left(id);
    pen.beginPath();
    if (named) pen.roundRect(x - wide / 2, y - 12, wide, 24, open_ ? 4 : 12); else pen.arc(x, y, 5, 0, 7);
    Object.assign(pen, { fillStyle: open_ ? ink("--paper") : ink("--done"), strokeStyle: id === chosen ? ink("--accent") : ink("--ink-2"), lineWidth: id === chosen ? 4 : 1.5 });
    pen.fill();
    pen.stroke();
    pen.fillStyle = ink("--ink");
    if (named) pen.fillText(wordsOf(id), x, y);
  }

  async function nobody(stop, household) {
    const words = `${lineOf(household)}: ${t("result_not_home")}`;
    if (!await act([["attempt", { stop, household, value: { result: "not_home" } }]], words)) return;
    const next = turf.next(household);
    choose(turf.at(stop).some((one) => !turf.done(one)) || next === null ? stop : turf.stopOf.get(next), words);
    (card.querySelector(".nothome") ?? card.querySelector("button")).focus({ preventScroll: true });
  }

  const left = (id) => turf.at(id).some((one) => !turf.done(one));
  function choose(id, before = "") {
    chosen = id;
    const ids = turf.at(id), words = ids.length > 1 ? `${turf.households.get(ids[0]).line}, ${t("flats", { n: ids.length })}` : lineOf(ids[0]);
    card.hidden = false;
    card.replaceChildren(h("b", {}, words), h("div", { class: "row" }, turf.building(id)
      ? button(t("open_building"), () => buildingScreen(id), { class: "main" })
      : ids.map((one) => [button(ids.length > 1 ? lineOf(one) : t("open_door"), () => doorScreen(one), { class: "main" }),
        !turf.done(one) && button(t("not_home"), () => nobody(id, one), { class: "nothome", "aria-label": `${t("not_home")}: ${lineOf(one)}` })]).flat().filter(Boolean)));
    say([before, words].filter(Boolean).join(". "));
    redraw();
  }

  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY, moved: 0 }); });
  canvas.addEventListener("pointermove", (event) => {
    const was = pointers.get(event.pointerId);
    if (!was) return;
    const now = { x: event.offsetX, y: event.offsetY, moved: was.moved + Math.hypot(event.offsetX - was.x, event.offsetY - was.y) };
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) zoom(Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(was.x - other.x, was.y - other.y)), [(now.x + other.x) / 2, (now.y + other.y) / 2]);
    else { view.x -= (now.x - was.x) / view.scale; view.y -= (now.y - was.y) / view.scale; redraw(); }
    pointers.set(event.pointerId, now);
  });
  canvas.addEventListener("pointerup", (event) => {
    const was = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    if (!was || was.moved > 8) return;
    const away = (id) => { const [x, y] = toPage(points.get(id)); return Math.hypot(x - event.offsetX, y - event.offsetY); };
    const nearest = [...points.keys()].reduce((best, id) => (best === null || away(id) < away(best) ? id : best), null);
    if (nearest !== null && away(nearest) < NEAR_PX) choose(nearest);
  });
  canvas.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
  canvas.addEventListener("wheel", (event) => { event.preventDefault(); zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, [event.offsetX, event.offsetY]); }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const walk = turf.route.filter((id) => points.has(id)), by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (by) choose(walk[(walk.indexOf(chosen) + by + walk.length) % walk.length]);
    else if (event.key === "Enter") card.querySelector("button")?.click();
    else if (event.key === "+" || event.key === "-") zoom(event.key === "+" ? 1.4 : 1 / 1.4);
    else return;
    event.preventDefault();
  });

  const locate = () => {
    if (watch !== null || !navigator.geolocation) { say(t("no_place")); return; }
    watch = navigator.geolocation.watchPosition(({ coords }) => { me = { lon: coords.longitude, lat: coords.latitude }; redraw(); }, () => say(t("no_place")), { maximumAge: 15_000, enableHighAccuracy: false });
  };
  const reorder = async () => {
    const near = me && stops.some((stop) => apart(stop, me) < 5_000) ? me : null;
    say(t("ordered", { n: await again(near) }));
    redraw();
  };
  const { nodes, leave } = frame("map", open.claim.turf, [canvas, h("div", { class: "row tools" },
    button("+", () => zoom(1.4), { "aria-label": t("closer") }), button("−", () => zoom(1 / 1.4), { "aria-label": t("farther") }),
    button(t("whole"), () => { fit(); redraw(); }), button(t("where_am_i"), locate), button(t("order_again"), reorder)),
  card, h("p", { class: "quiet" }, streets.length > 0 && turf.bundle.streets.credit)], places);
  const sized = new ResizeObserver(() => { if (!view.base) fit(); redraw(); });
  const changed = () => redraw();
  for (const name of ["recorded", "changed"]) open.doors.addEventListener(name, changed);
  show(nodes, { leave: () => {
    leave();
    sized.disconnect();
    if (watch !== null) navigator.geolocation.clearWatch(watch);
    for (const name of ["recorded", "changed"]) open.doors.removeEventListener(name, changed);
  } });
  sized.observe(canvas);
  if (stops.length) choose(chosen); else card.replaceChildren(t("no_places"));
}
