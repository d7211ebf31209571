// A map without outside tiles: outlines of states or counties, coloured in the steps the server chose.
// Hover and keyboard both select; the table behind the map holds the same figures.
import { colour, onTheme, steps } from "./colours.js";

const atlases = new Map();

async function shapes(url, level, ids) {
  if (!atlases.has(url)) atlases.set(url, fetch(url).then((answer) => answer.json()));
  const atlas = await atlases.get(url);
  const all = topojson.feature(atlas, atlas.objects[level]).features;
  return all.filter((f) => ids(String(f.id)));
}

function bounds(features) {
  const box = [180, 90, -180, -90];
  const visit = (part) => {
    if (typeof part[0] !== "number") return part.forEach(visit);
    box[0] = Math.min(box[0], part[0]); box[1] = Math.min(box[1], part[1]);
    box[2] = Math.max(box[2], part[0]); box[3] = Math.max(box[3], part[1]);
  };
  features.forEach((f) => visit(f.geometry.coordinates));
  return [[box[0], box[1]], [box[2], box[3]]];
}

class Picture {
  constructor(frame) {
    this.frame = frame;
    this.level = frame.dataset.level;
    this.said = frame.querySelector(".said");
    this.values = JSON.parse(frame.dataset.values);
    this.at = null;
    this.start();
  }

  // States: the lower 48 as a ground. Counties: those of the states in the answer.
  wanted(id) {
    if (this.level === "states") return !["02", "15", "60", "66", "69", "72", "78"].includes(id);
    return this.inStates.has(id.slice(0, 2));
  }

  async start() {
    this.inStates = new Set(Object.keys(this.values).map((id) => id.slice(0, 2)));
    const found = await shapes(this.frame.dataset.atlas, this.level, (id) => this.wanted(id));
    this.features = found.map((f) => ({
      type: "Feature", id: Number(f.id), geometry: f.geometry,
      properties: { fips: String(f.id), name: f.properties.name, ...(this.values[f.id] || { step: -1 }) },
    }));
    this.order = this.features.filter((f) => f.properties.step >= 0).sort((a, b) => a.properties.fips.localeCompare(b.properties.fips));
    maplibregl.setWorkerUrl(this.frame.dataset.worker);
    try { this.open(); } catch { this.frame.classList.add("no-map"); this.tell(null, "This browser draws no maps; the table below holds the figures."); return; }
    onTheme(() => this.paint());
    this.listen();
  }

  open() {
    this.map = new maplibregl.Map({
      container: this.frame.querySelector(".canvas"), attributionControl: false, keyboard: false, scrollZoom: false,
      dragRotate: false, pitchWithRotate: false, renderWorldCopies: false, fadeDuration: 0, maxZoom: 11,
      style: { version: 8, sources: {}, layers: [] },
      bounds: bounds(this.features), fitBoundsOptions: { padding: 20 },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
    this.map.getCanvas().tabIndex = -1;
    this.map.on("load", () => this.fill());
  }

  fill() {
    this.map.addSource("shapes", { type: "geojson", data: { type: "FeatureCollection", features: this.features }, tolerance: 0.2 });
    this.map.addLayer({ id: "fill", type: "fill", source: "shapes", paint: {} });
    this.map.addLayer({ id: "edge", type: "line", source: "shapes", paint: { "line-width": 0.6 } });
    this.map.addLayer({ id: "bound", type: "line", source: "shapes", filter: ["==", ["get", "bound"], true], paint: { "line-width": 2.5 } });
    this.map.addLayer({ id: "chosen", type: "line", source: "shapes", paint: { "line-width": ["case", ["boolean", ["feature-state", "on"], false], 3, 0] } });
    this.paint();
    this.frame.dataset.ready = "1";
    const saves = this.frame.closest("#answer")?.querySelector("[data-saves-map]");
    if (saves) { saves.hidden = false; saves.addEventListener("click", () => this.save()); }
  }

  // What was drawn can be read while it is drawn, and not after.
  save() {
    this.map.once("render", () => {
      const link = document.createElement("a");
      link.href = this.map.getCanvas().toDataURL("image/png");
      link.download = "map.png";
      link.click();
    });
    this.map.triggerRepaint();
  }

  paint() {
    if (!this.map?.getLayer("fill")) return;
    const ramp = steps();
    this.map.setPaintProperty("fill", "fill-color", ["match", ["get", "step"], ...ramp.flatMap((c, n) => [n, c]), colour("--step-0")]);
    this.map.setPaintProperty("fill", "fill-opacity", ["case", ["<", ["get", "step"], 0], this.level === "states" ? 0.9 : 0.5, 1]);
    this.map.setPaintProperty("edge", "line-color", colour("--surface"));
    this.map.setPaintProperty("bound", "line-color", colour("--cat-2"));
    this.map.setPaintProperty("chosen", "line-color", colour("--ink"));
  }

  listen() {
    this.map.on("mousemove", "fill", (event) => this.choose(event.features[0].properties.fips));
    this.map.on("mouseleave", "fill", () => this.choose(null));
    this.map.on("click", "fill", (event) => this.follow(event.features[0].properties));
    this.frame.addEventListener("keydown", (event) => this.onKey(event));
  }

  onKey(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, j: 1, ArrowLeft: -1, ArrowUp: -1, k: -1 }[event.key];
    if (step && this.order.length) {
      const at = this.order.findIndex((f) => f.properties.fips === this.at);
      this.choose(this.order[(at + step + this.order.length) % this.order.length].properties.fips);
      event.preventDefault(); event.stopPropagation();
    } else if (event.key === "Enter" && this.at) this.follow(this.values[this.at] || {});
    else if (event.key === "Escape") this.choose(null);
  }

  choose(fips) {
    if (fips === this.at) return;
    if (this.at) this.map.setFeatureState({ source: "shapes", id: Number(this.at) }, { on: false });
    this.at = fips;
    if (fips) this.map.setFeatureState({ source: "shapes", id: Number(fips) }, { on: true });
    this.tell(fips);
  }

  tell(fips, words) {
    const feature = this.features.find((f) => f.properties.fips === fips);
    this.said.hidden = !fips && !words;
    this.said.textContent = words || (feature ? feature.properties.label || `${feature.properties.name}: ${this.frame.dataset.nothing}` : "");
  }

  follow(place) { if (place.href) location.assign(place.href); }
}

const begin = (root) => root.querySelectorAll("[data-map]:not([data-begun])").forEach((frame) => {
  frame.dataset.begun = "1";
  new Picture(frame);
});
begin(document);
document.addEventListener("htmx:afterSettle", (event) => begin(event.target.parentElement || document));
