// A form whose refusal is said beside it, so that a mistyped passphrase costs one field and not the page.

const KEY_FILE = "signing.key";

function line(tag, words) {
  const made = document.createElement(tag);
  made.textContent = words;
  return made;
}

// Above the button that was pressed: beside the field typed last, and in sight on a phone.
function refuse(form, button, refusal) {
  const box = document.createElement("div");
  box.className = "problem told";
  box.role = "alert";
  const ofTheKey = refusal.where === KEY_FILE;
  box.append(line("p", `${refusal.what.charAt(0).toUpperCase()}${refusal.what.slice(1)}`));
  if (refusal.where && !ofTheKey) box.append(line("p", `Where: ${refusal.where}`));
  if (refusal.next) box.append(line("p", `Next: ${refusal.next}`));
  form.querySelector(".problem.told")?.remove();
  (button?.closest(".act") ?? button ?? form.lastElementChild).before(box);
  const secret = form.querySelector("input[type=password]");
  if (ofTheKey) secret?.setAttribute("aria-invalid", "true");
  else secret?.removeAttribute("aria-invalid");
  secret?.focus({ preventScroll: true });
  secret?.select();
  (secret ?? box).scrollIntoView({ block: "nearest" });
  (button ?? box).scrollIntoView({ block: "nearest" });
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
    else refuse(form, button, told.refused);
  } finally {
    if (!leaving) {
      form.removeAttribute("aria-busy");
      delete form.dataset.sent;
    }
  }
}
