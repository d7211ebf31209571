// Blocks of turfs are chosen on the drawing as in the list below it: a click each, or a line drawn around several.
const NEAR = 6;

function inside([x, y], line) {
  let within = false;
  for (let i = 0, j = line.length - 1; i < line.length; j = i++) {
    const [ax, ay] = line[i], [bx, by] = line[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  }
  return within;
}

function choosing(form) {
  const svg = form.querySelector("svg"), lasso = svg.querySelector(".lasso"), said = form.querySelector("[data-said]");
  const ticks = new Map([...form.querySelectorAll("input[name=block]")].map((tick) => [tick.value, tick]));
  if (!said || !ticks.size) return;

  function show() {
    let doors = 0, chosen = 0;
    for (const shape of svg.querySelectorAll(".block")) {
      const on = ticks.get(shape.dataset.block)?.checked ?? false;
      shape.classList.toggle("chosen", on);
      if (on) chosen += 1, (doors += shape.querySelectorAll("circle").length);
    }
    said.textContent = chosen ? `${chosen} block${chosen > 1 ? "s" : ""}, ${doors} door${doors > 1 ? "s" : ""}.` : "No block is chosen.";
  }

  const place = (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [at.x, at.y];
  };
  let line = null;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    line = [place(event)];
    // a finger scrolls; it chooses block by block
    if (event.pointerType !== "touch") svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    if (!line || event.pointerType === "touch") return;
    line.push(place(event));
    lasso.setAttribute("points", line.map((at) => at.join(",")).join(" "));
    lasso.removeAttribute("hidden");
  });
  svg.addEventListener("pointercancel", () => { line = null; lasso.setAttribute("hidden", ""); });
  svg.addEventListener("pointerup", (event) => {
    if (!line) return;
    const drawn = line;
    line = null;
    lasso.setAttribute("hidden", "");
    const [x, y] = drawn[0];
    if (drawn.every(([a, b]) => Math.hypot(a - x, b - y) < NEAR)) {
      const tick = ticks.get(document.elementFromPoint(event.clientX, event.clientY)?.closest(".block")?.dataset.block);
      if (tick) tick.checked = !tick.checked;
    } else {
      for (const shape of svg.querySelectorAll(".block")) {
        const doors = [...shape.querySelectorAll("circle")];
        const within = doors.filter((door) => inside([door.cx.baseVal.value, door.cy.baseVal.value], drawn)).length;
        const tick = ticks.get(shape.dataset.block);
        if (tick && within * 2 > doors.length) tick.checked = true;
      }
    }
    show();
  });
  form.addEventListener("change", show);
  svg.classList.add("choosing");
  show();
}

document.querySelectorAll("[data-blocks]").forEach(choosing);

// A drawing that is looked at is asked anew; one in a tab behind is not.
const EVERY_MS = 5000;
if (document.querySelector("[data-live]")) {
  const look = () => document.hidden || document.querySelectorAll("[data-live]").forEach((part) => window.htmx?.trigger(part, "look"));
  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
}

// A click on the drawing is a place in degrees.
document.querySelectorAll("[data-placing] svg.placing").forEach((svg) => {
  const field = svg.closest("form").querySelector("[name=at]"), pin = svg.querySelector(".pin");
  if (!field) return;
  const { north, west, down, right, margin } = Object.fromEntries(Object.entries(svg.dataset).map(([name, text]) => [name, Number(text)]));
  svg.addEventListener("click", (event) => {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    field.value = `${(north - (y - margin) / down).toFixed(6)}, ${(west + (x - margin) / right).toFixed(6)}`;
    pin.setAttribute("d", `M${x} ${y - 12}v24M${x - 12} ${y}h24`);
    pin.removeAttribute("hidden");
  });
});
