// A returned list is typed without waiting: lines go one after the other while the next is typed. Without this
// script the form does the same, a page a line.
document.querySelector("[data-print]")?.addEventListener("click", () => window.print());

function typing(form) {
  const field = form.querySelector("[name=line]");
  const wrong = form.parentElement.querySelector("[data-not-taken]");
  const waiting = [];
  let sending = false;

  function notTaken(line, why) {
    const item = document.createElement("li"), again = document.createElement("button");
    item.append(Object.assign(document.createElement("b"), { textContent: line }), ` ${why} `, again);
    Object.assign(again, { type: "button", className: "btn btn-small", textContent: "Type it again" });
    again.addEventListener("click", () => { field.value = line; item.remove(); wrong.hidden = !wrong.children.length; field.focus(); });
    wrong.append(item);
    wrong.hidden = false;
  }

  async function send(line, on) {
    const sent = new FormData(form);
    sent.set("line", line);
    sent.set("on", on);
    const answer = await fetch(form.action, { method: "POST", body: sent });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["typed", "so-far"]) {
      const fresh = page.getElementById(id), old = document.getElementById(id);
      if (fresh && old) old.replaceWith(document.adoptNode(fresh));
    }
    if (!answer.ok) notTaken(line, page.getElementById("wrong")?.textContent.trim() ?? "was not taken.");
  }

  async function work() {
    if (sending) return;
    sending = true;
    while (waiting.length) {
      const [line, on] = waiting[0];
      try {
        await send(line, on);
      } catch {
        notTaken(line, "did not reach the site.");
      }
      waiting.shift();
    }
    sending = false;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const line = field.value.trim();
    if (line) waiting.push([line, form.elements.on.value]);
    field.value = "";
    field.focus();
    work();
  });
  addEventListener("beforeunload", (event) => waiting.length && event.preventDefault());
}

document.querySelectorAll("[data-lines]").forEach(typing);
