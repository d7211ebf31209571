// Tables of the pages: sort by a column's head, copy as CSV. Server pages bring at most a screenful of rows.
const cellValue = (cell) => cell.dataset.value ?? cell.textContent.trim();

function compare(a, b) {
  const [x, y] = [a, b].map((v) => Number(v.replaceAll(",", "").replace("−", "-").replace("%", "")));
  return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y;
}

function sort(head) {
  const table = head.closest("table");
  const column = [...head.parentElement.children].indexOf(head);
  const up = head.getAttribute("aria-sort") !== "ascending";
  table.querySelectorAll("thead th").forEach((th) => th.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const body = table.tBodies[0];
  const rows = [...body.rows].sort((a, b) => compare(cellValue(a.cells[column]), cellValue(b.cells[column])) * (up ? 1 : -1));
  body.append(...rows);
}

function csv(table) {
  // A leading = + - @ is read as a formula by spreadsheets.
  const safe = (text) => (/^[=+@\t]|^-\D/.test(text) ? `'${text}` : text);
  const quote = (text) => `"${safe(text).replaceAll('"', '""')}"`;
  return [...table.rows].filter((row) => !row.hidden).map((row) => [...row.cells].map((c) => quote(c.textContent.trim().replace(/\s+/g, " "))).join(",")).join("\r\n");
}

async function copy(button) {
  const table = document.getElementById(button.dataset.copyTable);
  await navigator.clipboard.writeText(csv(table));
  const said = button.lastChild.textContent;
  button.lastChild.textContent = " Copied";
  setTimeout(() => { button.lastChild.textContent = said; }, 1500);
}

// Hides the rows that do not hold every word; the count says how many are left.
function sift(box) {
  const bar = box.closest(".table-bar");
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = [...bar.parentElement.querySelector("table").tBodies[0].rows];
  rows.forEach((row) => {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  });
  const left = rows.filter((row) => !row.hidden).length;
  const all = `${rows.length.toLocaleString("en-US")} rows`;
  bar.querySelector("[data-rowcount]").textContent = words.length ? `${left.toLocaleString("en-US")} of ${all}` : all;
}

export function startTables() {
  document.addEventListener("input", (event) => event.target.matches("[data-sift]") && sift(event.target));
  document.addEventListener("click", (event) => {
    const head = event.target.closest("table.data thead th button");
    if (head) sort(head.closest("th"));
    const button = event.target.closest("[data-copy-table]");
    if (button) copy(button);
  });
}
