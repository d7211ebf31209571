// A form whose refusal is said beside it, so that a mistyped passphrase costs one field and not the page.

function line(tag, words) {
  const made = document.createElement(tag);
  made.textContent = words;
  return made;
}

function refuse(form, refusal) {
  const box = document.createElement("div");
  box.className = "problem";
  box.role = "alert";
  box.append(line("h2", refusal.what.charAt(0).toUpperCase() + refusal.what.slice(1)));
  if (refusal.where) box.append(line("p", `Where: ${refusal.where}`));
  if (refusal.next) box.append(line("p", `Next: ${refusal.next}`));
  form.querySelector(":scope > .problem")?.remove();
  form.prepend(box);
  box.scrollIntoView({ block: "nearest" });
  const secret = form.querySelector("input[type=password]");
  secret?.focus();
  secret?.select();
}

// Send once; go where the answer says, or say why not and let the form be sent again.
export async function send(form, button) {
  form.setAttribute("aria-busy", "true");
  let leaving = false;
  try {
    const given = { method: "POST", body: new FormData(form, button), headers: { "X-Stays": "1" } };
    const answer = await fetch(form.action, given);
    const told = await answer.json();
    leaving = !told.refused;
    if (leaving) location.assign(told.to);
    else refuse(form, told.refused);
  } finally {
    if (!leaving) {
      form.removeAttribute("aria-busy");
      delete form.dataset.sent;
    }
  }
}
