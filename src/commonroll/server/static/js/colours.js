// The page's tokens as colours a canvas understands: the browser resolves light-dark() on a probe.
export function colour(token) {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  probe.hidden = true;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

export const steps = () => [0, 1, 2, 3, 4, 5].map((n) => colour(`--step-${n}`));
export const onTheme = (draw) => document.documentElement.addEventListener("theme", draw);
export const data = (id) => JSON.parse(document.getElementById(id).textContent);
