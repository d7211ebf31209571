// What a page lacks for people who read with a keyboard, a screen reader, a phone or tired eyes: a list of
// sentences, empty for a good page. `part` is the element to look at, such as the body or an open dialog.
(part) => {
  const complaints = [];
  const say = (what, element) => complaints.push(`${what}: ${element.outerHTML.replace(/\s+/g, " ").slice(0, 140)}`);
  const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const all = (selector) => [...part.querySelectorAll(selector)].filter(seen);

  const words = (element) => {
    const by = (element.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)?.textContent);
    const labels = [...(element.labels || [])].map((label) => label.textContent);
    const inner = [...element.querySelectorAll("img[alt], [aria-label]")].map((e) => e.alt || e.ariaLabel);
    const own = element.matches("input, select, textarea") ? "" : element.textContent;
    return [element.ariaLabel, ...by, ...labels, ...inner, own, element.title].filter(Boolean).join(" ").trim();
  };
  all("input:not([type=hidden]), select, textarea").forEach((e) => words(e) || say("no label", e));
  all("a[href], button, summary, [role=button]").forEach((e) => words(e) || say("no words", e));
  all("img").forEach((e) => e.hasAttribute("alt") || say("no alt text", e));
  all("svg").forEach((e) => {
    const told = e.ariaLabel || e.querySelector("title");
    if (!told && e.ariaHidden !== "true" && !e.closest("[aria-hidden=true]")) say("neither said nor hidden", e);
  });
  all("table").forEach((e) => e.querySelector("th") || say("no heads", e));

  // Contrast of text (WCAG 1.4.3): the browser mixes what lies behind onto one pixel.
  const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const mixed = (colours) => {
    pixel.globalAlpha = 1;
    pixel.clearRect(0, 0, 1, 1);
    for (const colour of colours) { pixel.fillStyle = colour; pixel.fillRect(0, 0, 1, 1); }
    return [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== "none" && style.backgroundImage.includes("url(") === false) return null;
      layers.unshift(style.backgroundColor);
      if (at.matches("dialog")) break;
    }
    return [getComputedStyle(document.documentElement).colorScheme.includes("dark") && matchMedia("(prefers-color-scheme: dark)").matches ? "#000" : "#fff", ...layers];
  };
  const texts = new Set();
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (walker.currentNode.textContent.trim()) texts.add(walker.currentNode.parentElement);
  for (const element of texts) {
    if (!seen(element) || element.closest("svg, [aria-hidden=true], :disabled, option, script, style, .skip, .sr")) continue;
    const layers = behind(element);
    if (!layers) continue;
    const style = getComputedStyle(element);
    const [over, under] = [light(mixed([...layers, style.color])), light(mixed(layers))];
    const ratio = (Math.max(over, under) + 0.05) / (Math.min(over, under) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) say(`contrast ${ratio.toFixed(2)}`, element);
  }

  // Controls that cannot be reached whole: beyond the screen or cut by a box that does not scroll.
  const cut = (element) => {
    const right = element.getBoundingClientRect().right - 1;
    for (let at = element.parentElement; at; at = at.parentElement) {
      const flow = getComputedStyle(at).overflowX;
      if (flow === "auto" || flow === "scroll") return false;
      if (flow !== "visible" && right > at.getBoundingClientRect().right) return true;
    }
    return right > innerWidth;
  };
  all("a[href], button, input, select, textarea").forEach((e) => cut(e) && say("cut off at the side", e));
  all("table.cards").forEach((e) => innerWidth < 600 && e.scrollWidth > e.parentElement.clientWidth + 1 && say("cards wider than the screen", e));

  const wide = document.scrollingElement.scrollWidth;
  if (part === document.body && wide > innerWidth) {
    say(`scrolls sideways, ${wide} of ${innerWidth}`, all("*").find((e) => e.getBoundingClientRect().right > innerWidth + 1) || part);
  }
  return complaints;
}
