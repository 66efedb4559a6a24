// Colours come from the page's custom properties when something is drawn, so that light and dark are the page's choice.

const FALLBACK = { r: 0.5, g: 0.5, b: 0.5 };

export function parseColour(text) {
  const value = (text ?? "").trim();
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(value);
  if (hex) {
    const digits = hex[1].length === 3 ? [...hex[1]].map((d) => d + d).join("") : hex[1];
    const part = (i) => parseInt(digits.slice(i, i + 2), 16) / 255;
    return { r: part(0), g: part(2), b: part(4) };
  }
  const rgb = /^rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)/i.exec(value);
  if (rgb) return { r: rgb[1] / 255, g: rgb[2] / 255, b: rgb[3] / 255 };
  return FALLBACK;
}

// The renderer blends premultiplied colours and does not multiply by itself (sigma issue 1533).
export function premultiplied({ r, g, b }, alpha) {
  const part = (value) => Math.round(value * alpha * 255);
  return `rgba(${part(r)}, ${part(g)}, ${part(b)}, ${alpha})`;
}

const flat = (colours) => new Float32Array(colours.flatMap(({ r, g, b }) => [r, g, b]));

// Index 0 is not assessed, 1 to 5 the assessments.
export function readTheme(element) {
  const style = getComputedStyle(element);
  const text = (name) => style.getPropertyValue(name).trim();
  const colour = (name) => parseColour(text(name));
  const each = (name) => [0, 1, 2, 3, 4, 5].map((a) => colour(name(a)));
  return {
    paper: text("--paper") || "#ffffff", surface: text("--surface") || "#ffffff", edge: text("--edge") || "#777777",
    ink: text("--ink") || "#000000", ink3: text("--ink-3") || "#555555", onInk: text("--on-ink") || "#ffffff",
    font: text("--font") || "sans-serif",
    digits: [0, 1, 2, 3, 4, 5].map((a) => text(`--a${a}-on`) || "#000000"),
    tie: premultiplied(colour("--edge"), 0.45),
    tieFaint: premultiplied(colour("--edge"), 0.16),
    fills: flat(each((a) => (a ? `--a${a}` : "--surface"))),
    lines: flat(each((a) => `--a${a}-edge`)),
    hatch: flat([colour("--a0-line")]),
    inkColour: flat([colour("--ink")]),
    edgeColour: flat([colour("--edge")]),
    surfaceColour: flat([colour("--surface")]),
  };
}

// Calls back when the page turns light or dark, by the device or by its switch; returns how to stop.
export function watchTheme(changed) {
  const device = window.matchMedia("(prefers-color-scheme: dark)");
  const page = new MutationObserver(changed);
  device.addEventListener("change", changed);
  page.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => {
    device.removeEventListener("change", changed);
    page.disconnect();
  };
}
