// Recording from a screen: on the disk first, then said, with ten seconds to take it back by one tap.
import { button, h, say } from "./dom.js";
import { record, told, undo } from "./session.js";
import { t } from "./words.js";

export const UNDO_MS = 10_000;
export const undoable = { made: [], households: new Set(), bar: null, timer: null };

/** The events, or null when the phone could not keep them: then nothing on the screen changes but that it says so. */
export async function act(wanted, words) {
  let made;
  try {
    made = await record(wanted);
  } catch (wrong) {
    trouble(t(wrong.name === "QuotaExceededError" ? "full" : "not_kept"));
    return null;
  }
  navigator.vibrate?.(15);
  offer(made, words);
  return made;
}

function offer(made, words) {
  withdraw();
  undoable.made = made;
  undoable.households = new Set(made.map((event) => event.household));
  undoable.bar = h("div", { class: "undo" }, h("span", {}, words), button(t("undo"), takeBack));
  (document.querySelector(".places") ?? document.body).append(undoable.bar);
  undoable.timer = setTimeout(withdraw, UNDO_MS);
  told("changed", { households: [...undoable.households] });
  say(`${words}. ${t("undo_there")}`);
}

/** The offer is over; what was recorded stays. */
export function withdraw() {
  clearTimeout(undoable.timer);
  undoable.bar?.remove();
  const households = [...undoable.households];
  Object.assign(undoable, { made: [], households: new Set(), bar: null });
  if (households.length) told("changed", { households });
}

export async function takeBack() {
  const { made } = undoable;
  if (!made.length) return;
  try {
    await undo(made);
  } catch (wrong) {
    trouble(t(wrong.name === "QuotaExceededError" ? "full" : "not_kept"));
    return;
  }
  withdraw();
  say(t("taken_back"));
  const row = document.querySelector(`[data-household="${made[0].household}"]`);
  (row?.querySelector(".nothome") ?? row?.querySelector("button"))?.focus();
}

function trouble(words) {
  document.querySelector(".trouble")?.remove();
  const bar = h("div", { class: "trouble", role: "alert" }, words, button(t("close"), () => bar.remove()));
  document.body.append(bar);
}
