// A call's questions, one after the other as the answers lead; without this script all of them stand there.
import { asked } from "../field/script.js";

document.querySelector("[data-print]")?.addEventListener("click", () => window.print());

const form = document.getElementById("call"), told = document.getElementById("script");
if (form && told) {
  const script = JSON.parse(told.textContent);
  const show = () => {
    const given = new Map();
    for (const { id } of script.questions) {
      const chosen = [...form.querySelectorAll(`[name="q-${CSS.escape(id)}"]:checked`)].map((e) => e.value);
      if (chosen.length) given.set(id, chosen);
    }
    const way = asked(script, given);
    for (const field of form.querySelectorAll("[data-question]")) field.hidden = !way.includes(field.dataset.question);
    const last = way.at(-1), closing = form.querySelector("[data-closing]");
    if (closing) closing.hidden = last !== undefined && !given.has(last);
  };
  form.addEventListener("change", show);
  show();
}
