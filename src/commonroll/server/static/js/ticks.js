// Says beside each group of ticks how many are chosen.
function say(box) {
  const said = box.querySelector("[data-chosen]");
  if (!said) return;
  const ticks = [...box.querySelectorAll("input[type=checkbox]")];
  said.textContent = `${ticks.filter((tick) => tick.checked).length} of ${ticks.length}`;
}

document.querySelectorAll("[data-ticks]").forEach((form) => {
  form.querySelectorAll("details.class").forEach(say);
  form.addEventListener("change", (event) => event.target.closest("details") && say(event.target.closest("details")));
});
