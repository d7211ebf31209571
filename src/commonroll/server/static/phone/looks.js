// Size of the text, contrast, language: kept on this phone, without a name.
import { h } from "./dom.js";
import { LANGUAGES, language, t } from "./words.js";

const SIZES = ["100", "125", "150", "200"], LOOKS = ["auto", "light", "dark", "sun"];

function keep(name, value) {
  try { localStorage.setItem(name, value); } catch { /* a private window keeps nothing; it holds until the page goes */ }
}

/** The three choices; `changed` shows the screen again in the new language. */
export function looks(changed) {
  const root = document.documentElement;
  const choose = (label, name, options, chosen, put) => {
    const select = h("select", { id: `look-${name}` }, options.map(([value, words]) => h("option", { value, selected: value === chosen }, words)));
    select.addEventListener("change", () => {
      keep(name, select.value);
      put(select.value);
      if (name === "language") { document.title = t("title"); changed(); document.getElementById("look-language")?.focus(); }
    });
    return h("div", { class: "field" }, h("label", { for: select.id }, label), select);
  };
  return h("div", { class: "looks" },
    choose(t("language"), "language", Object.entries(LANGUAGES), language(), (value) => { root.lang = value; }),
    choose(t("size"), "size", SIZES.map((size) => [size, `${size} %`]), root.dataset.size, (value) => { root.dataset.size = value; }),
    choose(t("look"), "look", LOOKS.map((look) => [look, t(`look_${look}`)]), root.dataset.theme, (value) => { root.dataset.theme = value; }));
}
