// Settings: the look, how the page is kept, a new shell, locking now.
import { button, h, show } from "./dom.js";
import { frame } from "./frame.js";
import { route } from "./main.js";
import { places } from "./places.js";
import { lock, open } from "./session.js";
import { languageName } from "./names.js";
import { looks } from "./looks.js";
import { changeShell, kept, shell } from "./update.js";
import { clock, day, t } from "./words.js";

export function menuScreen() {
  const { bundle } = open.turf, { member, walker } = open.claim, end = bundle.expires_at;
  const fresh = h("div", {});
  shell.tell = () => fresh.replaceChildren(...shell.waiting ? [h("p", {}, t("new_shell")), button(t("new_shell_go"), changeShell, { class: "main" })] : []);
  shell.tell();
  const spoken = bundle.languages ?? [];
  const { nodes, leave } = frame("menu", t("place_menu"), [
    looks(menuScreen), fresh,
    h("section", {}, h("h2", {}, open.claim.turf), h("p", {}, t("given_to", { walker, member })), h("p", {}, t("ends", { day: day(end), time: clock(end) })),
      spoken.length > 0 && h("p", {}, t("spoken", { languages: spoken.map(languageName).join(", ") })), h("p", { class: "quiet" }, kept())),
    h("section", {}, button(t("lock_now"), () => { lock(); route(); })),
  ], places);
  show(nodes, { leave });
}
