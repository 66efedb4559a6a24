// The Dash component: React around one map. Dash gives React on the page; nothing of it is bundled.
import { actionOf } from "./keys.js";
import { NetworkMap } from "./map.js";
import { idOf } from "./view.js";

const NO_WEBGL = "The map cannot be drawn on this machine. Everything it shows is in the table, with the same search and filters.";

const domId = (id) => (id && typeof id === "object" ? window.dash_component_api.stringifyId(id) : id);

// What a screen reader hears of a node: its name and the words beside it.
const spoken = (node) => (node ? [node.label, node.note].filter(Boolean).join(", ") : "");

function chosenWords(map) {
  const key = map.chosenKey;
  const graph = map.sigma.getGraph();
  return key && graph.hasNode(key) ? `${spoken(graph.getNodeAttributes(key))} is chosen.` : "";
}

// For tests only: where things are drawn, and how many.
function hook(map, drawnAt) {
  return {
    drawnAt,
    position: (key) => map.screenPosition(key),
    camera: () => map.sigma.getCamera().getState(),
    counts: () => ({ nodes: map.sigma.getGraph().order, edges: map.sigma.getGraph().size, unitTies: map.view.unitTies.n.length }),
    theme: () => map.theme.current.paper,
  };
}

function open(map, say, setProps, stamp) {
  const node = map.cursor();
  if (!node) return say("Nothing is in the middle of the picture. Move with the arrows.");
  return setProps({ clickData: { ...idOf(node.key), ts: stamp() } });
}

function onKey(map, { setProps, say, stamp }, event) {
  const action = actionOf(event);
  if (!action) return;
  event.preventDefault();
  map.setKeyboard(true);
  if (action.does === "open") open(map, say, setProps, stamp);
  else if (action.does === "close") setProps({ clickData: { id: null, kind: "close", ts: stamp() } });
  else {
    map.move(action);
    say(spoken(map.cursor()));
  }
}

// Makes the map once. Where WebGL is missing the reason is kept and the table beside the map is the map.
function useMap(React, stage, props, setMissing) {
  const map = React.useRef(null);
  const latest = React.useRef(props);
  latest.current = props;
  React.useEffect(() => {
    const onClick = (what) => latest.current.setProps({ clickData: { ...what, ts: Date.now() } });
    try {
      map.current = new NetworkMap(stage.current, { onClick });
    } catch {
      stage.current.replaceChildren();
      setMissing(true);
      latest.current.setProps({ webglMissing: true });
    }
    return () => {
      map.current?.kill();
      map.current = null;
    };
  }, []);
  return map;
}

export function WorkMap(props) {
  const React = window.React;
  const h = React.createElement;
  const { id, data, selected, aria_label: ariaLabel, className, style, dataTest, setProps } = props;
  const stage = React.useRef(null);
  const [missing, setMissing] = React.useState(false);
  const [words, say] = React.useState("");
  const map = useMap(React, stage, props, setMissing);

  React.useEffect(() => {
    if (!map.current || !data) return;
    map.current.show(data, selected);
    say(chosenWords(map.current));
    if (dataTest) (window.__network ??= {})[domId(id)] = hook(map.current, performance.now());
  }, [data, selected]);

  const label = ariaLabel ?? data?.label ?? "";
  const keys = (event) => map.current && onKey(map.current, { setProps, say, stamp: Date.now }, event);
  const leave = () => map.current?.setKeyboard(false);
  const picture = missing
    ? h("p", { className: "workmap-missing note", role: "status", key: "missing" }, NO_WEBGL)
    : h("div", { className: "workmap-stage", ref: stage, key: "stage", tabIndex: 0, role: "group", "aria-label": label, onKeyDown: keys, onBlur: leave, onPointerDown: leave });
  const live = h("p", { className: "vh", "aria-live": "polite", key: "live" }, words);
  return h("div", { id: domId(id), className: ["workmap", className].filter(Boolean).join(" "), style }, [picture, live]);
}
