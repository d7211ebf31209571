// The shell on this phone: kept by the worker, asked to stay, and changed when a new one is there and somebody says so.
import { t } from "./words.js";

export const shell = { worker: "serviceWorker" in navigator, waiting: null, persists: null, tell: () => {} };

export async function keepShell() {
  shell.persists = await navigator.storage?.persist?.().catch(() => false) ?? false;
  if (!shell.worker) return;
  try {
    const found = await navigator.serviceWorker.register("/f/sw.js", { scope: "/f/", updateViaCache: "none" });
    const look = (worker) => {
      if (worker?.state !== "installed" || !navigator.serviceWorker.controller) return;
      shell.waiting = worker;
      shell.tell();
    };
    look(found.waiting);
    found.addEventListener("updatefound", () => {
      const fresh = found.installing;
      fresh.addEventListener("statechange", () => look(fresh));
    });
  } catch {
    shell.worker = false;
  }
}

/** The new shell now. What is kept on the phone stays as it is. */
export function changeShell() {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
  shell.waiting.postMessage("now");
}

const ios = () => /iPad|iPhone|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
const installed = () => matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;

/** An iPhone's Safari forgets a page after seven days without a visit; one on the home screen it does not. */
export const forgets = () => ios() && !installed();

/** Words on how well the page is kept, for the settings. */
export const kept = () => t(!shell.worker ? "no_worker" : forgets() ? "forgets" : shell.persists ? "persists" : "may_go");
