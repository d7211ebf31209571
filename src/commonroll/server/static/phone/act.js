// Recording from a screen: on the disk first, then said, with ten seconds to take it back by one tap.
import { button, h, say } from "./dom.js";
import { record, told, undo } from "./session.js";
import { t } from "./words.js";

export const UNDO_MS = 10_000;
export const undoable = { made: [], households: new Set(), bar: null, timer: null };

/** The events, or null when the phone could not keep them: then nothing on the screen changes but that it says so.
 * Who is not to be contacted any more stays so: a lead alone takes that back. */
export async function act(wanted, words) {
  let made;
  try {
    made = await record(wanted);
  } catch (wrong) {
    trouble(t(wrong.name === "QuotaExceededError" ? "full" : "not_kept"));
    return null;
  }
  navigator.vibrate?.(15);
  if (made.every(({ kind }) => kind === "optout")) say(words); else offer(made, words);
  return made;
}

function offer(made, words) {
  const before = undoable.bar;
  withdraw(false);
  undoable.made = made;
  undoable.households = new Set(made.map((event) => event.household));
  undoable.bar = before ?? h("div", { class: "undo" }, h("span", {}), button(t("undo"), takeBack));
  undoable.bar.firstChild.textContent = words;
  if (!undoable.bar.isConnected) (document.querySelector(".places") ?? document.body).append(undoable.bar);
  undoable.timer = setTimeout(() => withdraw(), UNDO_MS);
  told("changed", { households: [...undoable.households] });
  say(`${words}. ${t("undo_there")}`);
}

/** The offer is over; what was recorded stays. */
export function withdraw(bar = true) {
  clearTimeout(undoable.timer);
  if (bar) undoable.bar?.remove();
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
