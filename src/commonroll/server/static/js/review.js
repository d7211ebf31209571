// Review of a match: one key, one decision; what is swapped in gets the focus and is said aloud.
const KEYS = new Set(["y", "n", "u", "z", "j", "k"]);
const typing = (element) => element?.matches("input, textarea, select, [contenteditable]");

function onKey(event) {
  if (event.altKey || event.metaKey || event.ctrlKey || event.repeat || !KEYS.has(event.key)) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const button = document.querySelector(`#review [data-key="${event.key}"]`);
  if (!button || button.disabled || document.querySelector("#review .htmx-request")) return;
  event.preventDefault();
  button.click();
}

document.addEventListener("keydown", onKey);
function arrive() {
  document.getElementById("review").focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "review" || event.target.querySelector?.("#review")) arrive();
});
// A key that is faster than htmx sends the form as any browser does: the pair comes as a page of its own.
if (document.querySelector("#review [data-key]")) arrive();
