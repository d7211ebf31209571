// How a door, a person and a result are called on the screen.
import { open } from "./session.js";
import { SIGNS } from "./turf.js";
import { clock, day, known, language, t } from "./words.js";

export const lineOf = (id) => {
  const { line, unit } = open.turf.households.get(id);
  return unit ? `${line}, ${unit}` : line;
};
export const streetOf = (line) => line.replace(/^\S*\d\S*\s+/, "");
/** As it was told at the door where it was: what was not corrected stays as it is. */
export const nameOf = (person) => {
  if (!person.corrected) return person.name ?? t("voter");
  const [first, ...rest] = (person.name ?? "").split(/\s+/), told = person.corrected;
  const name = [told.first_name ?? first, told.middle_name, told.last_name ?? rest.join(" "), told.suffix].filter(Boolean).join(" ");
  return told.preferred_name ? `${name} (${told.preferred_name})` : name;
};
/** Results of older visits may have words of their own. */
export const resultWords = (result) => known(`result_${result}`) ? t(`result_${result}`) : String(result).replaceAll("_", " ");
export const signOf = (result) => SIGNS[result] ?? "•";

/** "– Not home, 14:03", with who recorded it where that was somebody else. */
export function stateWords({ result, at, by }) {
  return [resultWords(result), at && clock(at), by && t("by", { who: by })].filter(Boolean).join(", ");
}
export const lastWords = (household) => (household.last ?? []).slice(0, 1)
  .map((visit) => t("last", { on: day(visit.on), result: resultWords(visit.result) })).join("");

export function languageName(code) {
  try { return new Intl.DisplayNames([language()], { type: "language" }).of(code); } catch { return code; }
}
