// What a key does on the map. Everything else is left to the page.

const STEP = 0.12;
const ZOOM = 1.35;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const NAMED = { Enter: "open", " ": "open", Escape: "close", "+": "in", "=": "in", "-": "out", 0: "all" };

export function actionOf({ key, ctrlKey = false, metaKey = false, altKey = false }) {
  if (ctrlKey || metaKey || altKey) return null;
  if (key in ARROWS) return { does: "pan", by: ARROWS[key] };
  return key in NAMED ? { does: NAMED[key] } : null;
}

// Camera state after an action; a step is the same share of the screen at every zoom.
export function moveCamera(state, { does, by }) {
  if (does === "pan") return { ...state, x: state.x + by[0] * STEP * state.ratio, y: state.y + by[1] * STEP * state.ratio };
  if (does === "in") return { ...state, ratio: Math.max(state.ratio / ZOOM, 0.02) };
  if (does === "out") return { ...state, ratio: Math.min(state.ratio * ZOOM, 3) };
  if (does === "all") return { x: 0.5, y: 0.5, angle: 0, ratio: 1 };
  return state;
}

// The node nearest to the middle of the picture, which Enter opens; null where there is none within reach.
export function nearest(points, { x, y }, reach) {
  let best = null;
  let bestDistance = reach;
  for (const point of points) {
    const distance = Math.max(0, Math.hypot(point.x - x, point.y - y) - point.size);
    if (distance < bestDistance) {
      best = point;
      bestDistance = distance;
    }
  }
  return best;
}
