// The matrix by keyboard: arrows go from cell to cell; a cell opens over the picture and closes with Escape.
const dialog = document.getElementById("cell");
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

document.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.("[data-grid] td");
  const step = STEPS[event.key];
  if (!cell || !step || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const rows = [...cell.closest("tbody").rows].filter((row) => !row.hidden);
  const row = rows[rows.indexOf(cell.parentElement) + step[0]];
  row?.cells[cell.cellIndex + step[1]]?.querySelector("a[href]")?.focus();
});

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "cell-body" && !dialog.open) dialog.showModal();
});
