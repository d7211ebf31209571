// Runs before the first paint, so that a chosen theme does not flash. Without a choice the system's setting holds.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = localStorage.getItem("theme");
    root.dataset.bsTheme = chosen || (system.matches ? "dark" : "light");
    root.dispatchEvent(new CustomEvent("theme"));
  };
  system.addEventListener("change", apply);
  window.switchTheme = () => {
    localStorage.setItem("theme", root.dataset.bsTheme === "dark" ? "light" : "dark");
    apply();
  };
  apply();
})();
