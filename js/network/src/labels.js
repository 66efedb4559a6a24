// Names on the map. A name is written whole or not at all, never over another; the most important come first.

const LINE = 15;
const GAP = 5;
const DIGIT_FROM = 5; // pixels of radius that a digit of ten pixels needs
const MOST_NAMES = 60;
const OUTSIDE = 12; // pixels from the edge of a disc to a name that stands outside of it
const STEPS_OUTSIDE = [0, -16, 16, -32, 32, -48, 48, -64, 64, -80, 80];

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

const within = (box, width, height) => box.x >= 0 && box.y >= 0 && box.x + box.w <= width && box.y + box.h <= height;

// The place of a name outside an open disc, its middle at a height.
function besideRing(ring, side, middle, { w, h }) {
  const reach = Math.sqrt(Math.max(ring.size ** 2 - (middle - ring.y) ** 2, 0)) + OUTSIDE;
  return { name: "outside", side, x: side === "left" ? ring.x - reach - w : ring.x + reach, y: middle - h / 2, w, h };
}

// Places outside the open disc that a mark stands in, level with the mark first, on its own side first; a line leads there.
function placesOutside({ x, y, ring }, w, h) {
  const heights = STEPS_OUTSIDE.map((step) => y + step).filter((middle) => Math.abs(middle - ring.y) < ring.size);
  const sides = x < ring.x ? ["left", "right"] : ["right", "left"];
  return sides.flatMap((side) => heights.map((middle) => besideRing(ring, side, middle, { w, h })));
}

// Names on one side of a disc change places so that they stand in the order of their marks and no two lines cross.
function uncrossed(placed, isFree) {
  const outside = placed.filter(({ box }) => box.name === "outside");
  const columns = new Set(outside.map(({ ring, box }) => `${ring.key} ${box.side}`));
  for (const name of columns) {
    const column = outside.filter(({ ring, box }) => `${ring.key} ${box.side}` === name);
    const middles = column.map(({ box }) => box.y + box.h / 2).sort((a, b) => a - b);
    const ordered = [...column].sort((a, b) => a.y - b.y || a.x - b.x);
    const boxes = ordered.map((label, i) => ({ ...label.box, ...besideRing(label.ring, label.box.side, middles[i], label.box) }));
    if (boxes.every((box) => isFree(box, column))) ordered.forEach((label, i) => (label.box = boxes[i]));
  }
  return placed;
}

// Whether the line from a mark to its name would run over something else.
function runsOver({ key, x, y }, place, boxes) {
  const end = { x: place.side === "left" ? place.x + place.w : place.x, y: place.y + place.h / 2 };
  const steps = Math.ceil(Math.hypot(end.x - x, end.y - y) / 5);
  const points = Array.from({ length: steps }, (_, i) => ({ x: x + ((end.x - x) * i) / steps, y: y + ((end.y - y) * i) / steps, w: 0, h: 0 }));
  return boxes.some((box) => box.of !== key && points.some((point) => overlaps(point, box)));
}

// Where a label may stand: beside its mark, whole or its first line alone; the name of somebody in a disc outside of it.
function placesOf(label) {
  const beside = variants(label).flatMap((text) => placesFor(label, text.w, text.h).map((place) => ({ ...place, text })));
  const outside = label.ring ? placesOutside(label, label.w, label.h).map((place) => ({ ...place, text: label })) : [];
  return [...beside, ...outside];
}

// Gives each label the first free place; a label that finds none is left out, a `must` label takes its first place.
// `discs` keep other units' names out and hold the names of their own people, who are named where no mark is hidden by
// it, or else, if they are marked to be named, over marks; nothing is written past the edges.
export function placeLabels(labels, { taken = [], marks = [], discs = [], width = Infinity, height = Infinity } = {}) {
  const boxes = [...taken];
  const placed = [];
  const isClear = (place, others) => within(place, width, height) && !others.some((box) => overlaps(place, box));
  for (const label of labels) {
    const others = [...boxes, ...(label.key[0] === "u" ? discs : marks)].filter((box) => box.of !== label.key);
    const outside = [...boxes, ...discs];
    const places = placesOf(label).filter((place) => place.name !== "outside" || !runsOver(label, place, boxes));
    const free =
      places.find((place) => isClear(place, place.name === "outside" ? outside : others)) ??
      (label.ring && places.find((place) => place.name !== "outside" && isClear(place, boxes.filter((box) => box.of !== label.key)))) ??
      (label.must ? (places.find((place) => within(place, width, height)) ?? places[0]) : null);
    if (!free) continue;
    boxes.push({ ...free, of: label.key });
    placed.push({ ...label, lines: free.text.lines, w: free.w, box: free });
  }
  const free = (box, column) => isClear(box, [...boxes, ...discs].filter(({ of }) => !column.some(({ key }) => key === of)));
  return uncrossed(placed, free);
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

// From a mark to its name outside of the disc; dotted, so that it is no tie.
function lead(context, { x, y, size, box }, ink) {
  const end = { x: box.x > x ? box.x - 3 : box.x + box.w + 3, y: box.y + box.h / 2 };
  const away = Math.hypot(end.x - x, end.y - y) || 1;
  context.strokeStyle = ink;
  context.lineWidth = 1.2;
  context.setLineDash([1.5, 2.5]);
  context.beginPath();
  context.moveTo(x + ((end.x - x) / away) * (size + 4), y + ((end.y - y) / away) * (size + 4));
  context.lineTo(end.x, end.y);
  context.stroke();
  context.setLineDash([]);
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

function personLabel(node, { chosen, theme, middle, rings }) {
  const lines = [{ text: node.label, font: nameFont(theme, chosen), colour: theme.ink }];
  const sides = node.x < middle ? ["left", "right"] : ["right", "left"];
  const order = chosen ? ["below", ...sides, "above"] : [...sides, "below", "above"];
  const ring = rings.find((one) => Math.hypot(node.x - one.x, node.y - one.y) < one.size);
  return { key: node.key, lines, x: node.x, y: node.y, size: node.size, must: chosen, ring, order };
}

// The chosen person first, then those marked to be named, then, where the picture is `near`, whoever else there is room
// for; the most named before the others. Left of `middle` names stand on the left. `rings` are the open discs.
export function personLabels(nodes, { chosenKey, theme, middle, rings = [], near = false }) {
  const weight = (node) => 2 * Number(node.key === chosenKey) + Number(Boolean(node.named));
  const wanted = nodes.filter((node) => near || weight(node) > 0);
  wanted.sort((a, b) => weight(b) - weight(a) || b.size - a.size);
  return wanted.slice(0, MOST_NAMES).map((node) => {
    const label = personLabel(node, { chosen: node.key === chosenKey, theme, middle, rings });
    return weight(node) ? label : { ...label, ring: undefined };
  });
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

// A square round a mark or a disc, `share` of its radius wide each way: what a name must not lie over.
const boxOf = (share) => ({ key, x, y, size }) => ({ of: key, x: x - size * share, y: y - size * share, w: 2 * share * size, h: 2 * share * size });

// Names round each other in turn: open units, the chosen person, units, the most named, captions of a circle.
export function drawLabels(context, { view, nodes, chosenKey, toScreen, theme, scale, width, height, near }) {
  const few = view.kind === "units";
  const units = unitLabels(view, { toScreen, theme, scale }).map((label) => ({ ...label, must: label.open && few }));
  const rings = units.filter((u) => u.open);
  const people = personLabels(nodes, { chosenKey, theme, middle: view.kind === "circle" ? width / 2 : 0, rings, near });
  const captions = view.captions.map(({ x, y, text }, i) => ({ key: `c:${i}`, ...toScreen({ x, y }), size: -LINE / 2, lines: [{ text, font: noteFont(theme), colour: theme.ink3 }] }));
  const first = [...units.filter((u) => u.must), ...people.filter((p) => p.must)];
  const rest = [...units.filter((u) => !u.must), ...people.filter((p) => !p.must), ...captions];
  const all = [...first, ...rest].map((label) => measured(context, label));
  const placed = placeLabels(all, {
    taken: [...units.filter((u) => !u.open).map(boxOf(1)), ...nodes.filter((node) => node.named).map(boxOf(0.7))],
    marks: view.kind === "circle" ? [] : nodes.filter((node) => !node.named).map(boxOf(0.8)),
    discs: units.filter((u) => u.open).map(boxOf(0.85)),
    width,
    height,
  });
  const halo = ({ key, box }) => (key[0] === "p" && view.kind !== "circle" && box.name !== "outside" ? theme.surface : theme.paper);
  placed.filter(({ box }) => box.name === "outside").forEach((label) => lead(context, label, theme.ink));
  placed.forEach((label) => write(context, label, halo(label)));
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
