// Before the first paint: size, contrast and language as they were chosen. They are set before anybody signs in.
(() => {
  const root = document.documentElement, kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const language = kept("language") ?? ((navigator.language || "en").startsWith("es") ? "es" : "en");
  root.lang = language;
  root.dataset.theme = kept("look") ?? "auto";
  root.dataset.size = kept("size") ?? "100";
})();
