// Names on the map. A name is written whole or not at all, never over another; the most important come first.

const LINE = 15;
const GAP = 5;
const DIGIT_FROM = 6; // pixels of radius that a digit of ten pixels needs
const MOST_NAMES = 60;

const overlaps = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

// The places a block of text may take beside a mark, in the order in which they are tried.
export function placesFor({ x, y, size, order = ["below", "right", "left", "above"] }, w, h) {
  const at = {
    below: { x: x - w / 2, y: y + size + GAP - 2, w, h },
    above: { x: x - w / 2, y: y - size - GAP - h + 2, w, h },
    right: { x: x + size + GAP, y: y - h / 2, w, h },
    left: { x: x - size - GAP - w, y: y - h / 2, w, h },
  };
  return order.map((name) => ({ name, ...at[name] }));
}

// The whole label, and where it has a second line, its first alone.
const variants = (label) => [label, ...(label.short ? [label.short] : [])];

// Gives each label the first free place, whole if it can be; a label that finds none is left out, a `must` label takes
// its first place.
// `discs` keep other units' names out and hold the names of their own people; nothing is written past the edges.
export function placeLabels(labels, { taken = [], discs = [], width = Infinity, height = Infinity } = {}) {
  const boxes = [...taken];
  const placed = [];
  for (const label of labels) {
    const places = variants(label).flatMap((text) => placesFor(label, text.w, text.h).map((place) => ({ ...place, text })));
    const others = [...boxes, ...(label.key[0] === "u" ? discs : [])].filter((box) => box.of !== label.key);
    const within = (place) => place.x >= 0 && place.y >= 0 && place.x + place.w <= width && place.y + place.h <= height;
    const free =
      places.find((place) => within(place) && !others.some((box) => overlaps(place, box))) ??
      (label.must ? (places.find(within) ?? places[0]) : null);
    if (!free) continue;
    boxes.push({ ...free, of: label.key });
    placed.push({ ...label, lines: free.text.lines, w: free.w, box: free });
  }
  return placed;
}

const headFont = (theme) => `600 12px ${theme.font}`;
const noteFont = (theme) => `400 12px ${theme.font}`;
const nameFont = (theme, bold) => `${bold ? 600 : 500} 12px ${theme.font}`;

function haloed(context, text, x, y, { colour, paper }) {
  context.lineJoin = "round";
  context.lineWidth = 3.5;
  context.strokeStyle = paper;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

function measured(context, label) {
  const widths = label.lines.map(({ text, font }) => {
    context.font = font;
    return context.measureText(text).width;
  });
  const short = widths.length > 1 ? { lines: label.lines.slice(0, 1), w: widths[0], h: LINE } : null;
  return { ...label, w: Math.max(...widths), h: label.lines.length * LINE, short };
}

function write(context, { lines, box, w }, paper) {
  context.textBaseline = "middle";
  context.textAlign = "left";
  lines.forEach(({ text, font, colour }, i) => {
    context.font = font;
    const centred = box.name === "below" || box.name === "above" ? (w - context.measureText(text).width) / 2 : 0;
    haloed(context, text, box.x + centred, box.y + LINE * (i + 0.5), { colour, paper });
  });
}

function unitLabel({ units }, i, { at, theme, scale }) {
  const open = Boolean(units.open[i]);
  const lines = [{ text: units.label[i], font: headFont(theme), colour: theme.ink }];
  if (units.note[i]) lines.push({ text: units.note[i], font: noteFont(theme), colour: theme.ink3 });
  const size = Math.max(open ? units.radius[i] * scale : units.pie[i] * scale, 4);
  return { key: `u:${units.id[i]}`, lines, x: at.x, y: at.y, size, open, order: open ? ["above", "below", "right", "left"] : undefined };
}

export function unitLabels(view, { toScreen, theme, scale }) {
  const { units } = view;
  const people = units.counts.map((counts) => counts.reduce((sum, n) => sum + n, 0));
  return units.id
    .map((_, i) => i)
    .sort((a, b) => Number(units.open[b]) - Number(units.open[a]) || people[b] - people[a])
    .map((i) => unitLabel(view, i, { at: toScreen({ x: units.x[i], y: units.y[i] }), theme, scale }));
}

function personLabel(node, { chosen, theme, middle }) {
  const lines = [{ text: node.label, font: nameFont(theme, chosen), colour: theme.ink }];
  const sides = node.x < middle ? ["left", "right"] : ["right", "left"];
  const order = chosen ? ["below", ...sides, "above"] : [...sides, "below", "above"];
  return { key: node.key, lines, x: node.x, y: node.y, size: node.size, must: chosen, order };
}

// The chosen person first, then those marked to be named, the most named before the others. Left of `middle` names
// stand on the left.
export function personLabels(nodes, { chosenKey, theme, middle }) {
  const wanted = nodes.filter((node) => node.named || node.key === chosenKey);
  wanted.sort((a, b) => Number(b.key === chosenKey) - Number(a.key === chosenKey) || b.size - a.size);
  return wanted.slice(0, MOST_NAMES).map((node) => personLabel(node, { chosen: node.key === chosenKey, theme, middle }));
}

export function drawDigits(context, nodes, theme) {
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const node of nodes) {
    if (!node.assessment || node.size < DIGIT_FROM) continue;
    context.font = `700 ${Math.min(14, Math.max(10, node.size * 1.05))}px ${theme.font}`;
    context.fillStyle = theme.digits[node.assessment];
    context.fillText(String(node.assessment), node.x, node.y + 0.5);
  }
}

// Names round each other in turn: open units, the chosen person, units, the most named, captions of a circle.
export function drawLabels(context, { view, nodes, chosenKey, toScreen, theme, scale, width, height }) {
  const few = view.kind === "units";
  const units = unitLabels(view, { toScreen, theme, scale }).map((label) => ({ ...label, must: label.open && few }));
  const people = personLabels(nodes, { chosenKey, theme, middle: view.kind === "circle" ? width / 2 : 0 });
  const captions = view.captions.map(({ x, y, text }, i) => ({ key: `c:${i}`, ...toScreen({ x, y }), size: -LINE / 2, lines: [{ text, font: noteFont(theme), colour: theme.ink3 }] }));
  const first = [...units.filter((u) => u.must), ...people.filter((p) => p.must)];
  const rest = [...units.filter((u) => !u.must), ...people.filter((p) => !p.must), ...captions];
  const pies = units.filter((u) => !u.open).map(({ key, x, y, size }) => ({ of: key, x: x - size, y: y - size, w: 2 * size, h: 2 * size }));
  const discs = units.filter((u) => u.open).map(({ key, x, y, size }) => ({ of: key, x: x - size * 0.85, y: y - size * 0.85, w: 1.7 * size, h: 1.7 * size }));
  const big = nodes.filter((node) => node.named).map(({ key, x, y, size }) => ({ of: key, x: x - size * 0.7, y: y - size * 0.7, w: 1.4 * size, h: 1.4 * size }));
  const all = [...first, ...rest].map((label) => measured(context, label));
  const halo = ({ key }) => (key[0] === "p" && view.kind !== "circle" ? theme.surface : theme.paper);
  placeLabels(all, { taken: [...pies, ...big], discs, width, height }).forEach((label) => write(context, label, halo(label)));
}

// The box beside a mark under the pointer: ink ground, so that it stands out from every mark.
export function drawHover(context, data, theme) {
  const lines = [{ text: data.label, font: headFont(theme) }, ...(data.note ? [{ text: data.note, font: noteFont(theme) }] : [])];
  const { w, h } = measured(context, { lines });
  const x = Math.min(data.x + data.size + 8, Math.max(4, context.canvas.clientWidth - w - 20));
  const y = data.y - h / 2;
  context.fillStyle = theme.ink;
  context.fillRect(x, y - 4, w + 14, h + 8);
  context.fillStyle = theme.onInk;
  context.textBaseline = "middle";
  context.textAlign = "left";
  lines.forEach(({ text, font }, i) => {
    context.font = font;
    context.fillText(text, x + 7, y + LINE * (i + 0.5));
  });
}
