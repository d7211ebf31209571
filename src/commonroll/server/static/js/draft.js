// The draft's form: tick a whole class, and say beside each heading how much is chosen.
const form = document.getElementById("draft");

function say(box) {
  const said = box.querySelector("[data-chosen]");
  if (!said) return;
  const ticks = [...box.querySelectorAll("input[type=checkbox]")];
  const chosen = ticks.filter((tick) => tick.checked).length;
  const open = ticks[0]?.name.startsWith("row:") && chosen === 0;
  said.textContent = open ? "all" : `${chosen} of ${ticks.length}`;
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-tick]");
  if (!button) return;
  const box = button.closest("details");
  box.querySelectorAll("input[type=checkbox]").forEach((tick) => { tick.checked = button.dataset.tick === "all"; });
  box.querySelector("input[type=checkbox]").dispatchEvent(new Event("change", { bubbles: true }));
});
form.addEventListener("change", (event) => {
  const box = event.target.closest("details");
  if (box) say(box);
});
form.querySelectorAll("details.class").forEach(say);
