// Reads what the server sends (columns, see shopfloor/dashboard/views.py) into nodes and ties of a graph.

export const NOT_ASSESSED = 0;
export const TOP = 1;
export const CHOSEN = 2;

const EMPTY_UNITS = { id: [], label: [], note: [], x: [], y: [], radius: [], pie: [], counts: [], open: [], ties_known: [] };
const EMPTY_PEOPLE = { id: [], label: [], note: [], x: [], y: [], size: [], shape: [], assessment: [], top: [], named: [] };
const EMPTY_TIES = { source: [], target: [] };

export const keyOf = (kind, id) => `${kind === "unit" ? "u" : "p"}:${id}`;
export const idOf = (key) => ({ kind: key[0] === "u" ? "unit" : "person", id: key.slice(2) });

// Fills in what a view leaves out, so that drawing never asks whether a column is there.
export function complete(data) {
  const view = data ?? {};
  return {
    kind: view.kind ?? "units",
    bbox: view.bbox ?? null,
    label: view.label ?? "",
    units: { ...EMPTY_UNITS, ...view.units },
    unitTies: { ...EMPTY_TIES, n: [], ...view.unit_ties },
    people: { ...EMPTY_PEOPLE, ...view.people },
    ties: { ...EMPTY_TIES, ...view.ties },
    captions: view.captions ?? [],
  };
}

// Slices in the order 1 to 5 as running shares of the whole; what is left of the disc is not assessed.
export function runningShares(counts) {
  const all = counts.reduce((sum, n) => sum + n, 0);
  let running = 0;
  return counts.slice(0, 5).map((n) => (running += all ? n / all : 0));
}

function unitNodes({ units }) {
  const nodes = [];
  units.id.forEach((id, i) => {
    if (units.open[i]) return;
    nodes.push({
      key: keyOf("unit", id),
      attributes: {
        type: "pie", x: units.x[i], y: units.y[i], size: units.pie[i], label: units.label[i], note: units.note[i],
        shares: runningShares(units.counts[i]), tiesKnown: units.ties_known[i],
      },
    });
  });
  return nodes;
}

function personNodes({ people }) {
  return people.id.map((id, i) => ({
    key: keyOf("person", id),
    attributes: {
      type: "mark", x: people.x[i], y: people.y[i], size: people.size[i], label: people.label[i], note: people.note[i],
      shape: people.shape[i], assessment: people.assessment[i], top: Boolean(people.top[i]), named: Boolean(people.named[i]),
    },
  }));
}

// All nodes, and the ties between people; ties between units are drawn beneath and are no edges of the graph.
export function readGraph(view) {
  const keys = view.people.id.map((id) => keyOf("person", id));
  const edges = view.ties.source.map((source, i) => ({ source: keys[source], target: keys[view.ties.target[i]] }));
  // the most named come last, so that they lie on top
  const marks = personNodes(view).sort((a, b) => a.attributes.size - b.attributes.size);
  return { nodes: [...unitNodes(view), ...marks], edges };
}

export function sameBox(a, b) {
  if (!a || !b) return a === b;
  return a.x[0] === b.x[0] && a.x[1] === b.x[1] && a.y[0] === b.y[0] && a.y[1] === b.y[1];
}
