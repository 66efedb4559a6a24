// What lies beneath the marks: ties between units, the discs of open units, and the chosen person's ties in ink.

const LINE = { thinnest: 1, widest: 4.5 };

// Width of a tie between units in pixels: by the root of the number of ties, the strongest widest.
export function lineWidth(n, most) {
  return LINE.thinnest + (LINE.widest - LINE.thinnest) * Math.sqrt(most > 0 ? n / most : 0);
}

function strokeLine(context, from, to) {
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  context.stroke();
}

function strokeCircle(context, at, radius) {
  context.beginPath();
  context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  context.stroke();
}

export function drawGround(context, { view, theme, toScreen, scale }) {
  const { units, unitTies } = view;
  const at = units.id.map((_, i) => toScreen({ x: units.x[i], y: units.y[i] }));
  const most = Math.max(0, ...unitTies.n);
  context.strokeStyle = theme.edge;
  context.globalAlpha = 0.5;
  unitTies.source.forEach((source, i) => {
    context.lineWidth = lineWidth(unitTies.n[i], most);
    strokeLine(context, at[source], at[unitTies.target[i]]);
  });
  context.globalAlpha = 1;
  units.id.forEach((_, i) => {
    if (!units.open[i]) return;
    const radius = units.radius[i] * scale;
    context.beginPath();
    context.arc(at[i].x, at[i].y, radius, 0, 2 * Math.PI);
    context.fillStyle = theme.surface;
    context.fill();
    context.strokeStyle = view.kind === "units" ? theme.ink : theme.edge;
    context.lineWidth = view.kind === "units" ? 1.5 : 1;
    context.stroke();
    if (units.ties_known[i]) return;
    context.setLineDash([3, 3]);
    strokeCircle(context, at[i], radius + 5);
    context.setLineDash([]);
  });
}

export function drawInk(context, { from, to, theme }) {
  context.strokeStyle = theme.ink;
  context.lineWidth = 1.3;
  to.forEach((end) => strokeLine(context, from, end));
}

// Where Enter would open, shown only while the map is used by keyboard.
export function drawCursor(context, { point, theme }) {
  context.strokeStyle = theme.ink;
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  strokeCircle(context, point, point.size + 9);
  context.setLineDash([]);
}
