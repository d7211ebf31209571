// Files are sent with their own progress; then the server says where the work can be watched.
const form = document.getElementById("upload");

function size(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  let at = 0, number = bytes;
  while (number >= 1000 && at < units.length - 1) { number /= 1000; at += 1; }
  return `${number.toFixed(number < 10 && at > 0 ? 1 : 0)} ${units[at]}`;
}

function chosen() {
  const files = [...form.elements.files.files];
  const whole = files.reduce((sum, file) => sum + file.size, 0);
  document.getElementById("chosen").textContent = files.length ? `${files.map((f) => f.name).join(", ")} (${size(whole)})` : "";
}

function show(share) {
  const box = document.getElementById("sending");
  box.hidden = false;
  const percent = `${Math.round(share * 100)}%`;
  box.querySelector("[data-share]").textContent = percent;
  box.querySelector(".progress-fill").setAttribute("width", percent);
  box.querySelector("svg").setAttribute("aria-valuenow", String(Math.round(share * 100)));
}

function problem(what, next) {
  const box = document.createElement("div");
  box.className = "problem";
  box.role = "alert";
  const head = document.createElement("h2");
  head.textContent = what;
  const line = document.createElement("p");
  line.className = "next";
  line.textContent = next ? `Next: ${next}` : "";
  box.append(head, line);
  document.getElementById("upload-problem").replaceChildren(box);
  document.getElementById("sending").hidden = true;
  form.querySelector("button").disabled = false;
}

function send(event) {
  event.preventDefault();
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", (sent) => sent.lengthComputable && show(sent.loaded / sent.total));
  request.addEventListener("load", () => {
    if (request.response?.next) location.assign(request.response.next);
    else problem(request.response?.refused?.what || "The server did not take the file.", request.response?.refused?.next || "Try again; nothing was changed.");
  });
  request.addEventListener("error", () => problem("The connection broke while the file was sent.", "Try again; nothing was changed."));
  form.querySelector("button").disabled = true;
  show(0);
  request.send(new FormData(form));
}

const drop = form?.querySelector(".drop");
form?.addEventListener("submit", send);
form?.elements.files.addEventListener("change", chosen);
drop?.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
drop?.addEventListener("dragleave", () => drop.classList.remove("over"));
drop?.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  form.elements.files.files = event.dataTransfer.files;
  chosen();
});
