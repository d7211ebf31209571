// Words in the chosen language; English where a language has none.
import en from "./words.en.js";
import es from "./words.es.js";

const ALL = { en, es };
export const LANGUAGES = { en: "English", es: "Español" };

export const language = () => document.documentElement.lang || "en";

/** `t("wait", { n: 3 })`: of `wait_one` and `wait` the one that fits n; {n} and the others are put in. */
export function t(key, values = {}) {
  const words = ALL[language()] ?? en, one = `${key}_one`;
  const found = (values.n === 1 && (words[one] ?? en[one])) || words[key] || en[key] || key;
  return put(found, values);
}

/** A text with {names} and the values that are put in their places. */
export const put = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => typeof values[name] === "number" ? number(values[name]) : values[name] ?? "");

export const known = (key) => key in en;

const number = (value) => value.toLocaleString(language());
export const clock = (when) => new Date(when).toLocaleTimeString(language(), { hour: "numeric", minute: "2-digit" });
export const day = (when) => new Date(/^\d{4}-\d\d-\d\d$/.test(when) ? `${when}T12:00` : when)
  .toLocaleDateString(language(), { day: "numeric", month: "short", year: "numeric" });
/** "4 de octubre": of this year, as sentences have it. */
export const dayAlone = (when) => new Date(`${when}T12:00`).toLocaleDateString(language(), { day: "numeric", month: "long" });
