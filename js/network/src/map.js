// One map on one element: sigma draws marks and ties, three flat layers hold what lies beneath and above them.
import Graph from "graphology";
import Sigma from "sigma";
import { EdgeLineProgram, EdgeRectangleProgram } from "sigma/rendering";
import { readTheme, watchTheme } from "./colours.js";
import { drawCursor, drawGround, drawInk } from "./ground.js";
import { moveCamera, nearest } from "./keys.js";
import { drawDigits, drawHover, drawLabels } from "./labels.js";
import { markProgram, pieProgram } from "./programs.js";
import { complete, idOf, keyOf, readGraph, sameBox } from "./view.js";

const MANY_TIES = 4000;
const CURSOR_REACH = 90;
const NEAR = 0.75; // camera ratio below which everybody is named who can be without hiding anybody
const PADDING = 34;
const THINNEST = 0.001; // in map units, so that lines are minEdgeThickness wide at every zoom

function buildGraph(view) {
  const graph = new Graph({ type: "undirected", multi: false });
  const { nodes, edges } = readGraph(view);
  nodes.forEach(({ key, attributes }) => graph.addNode(key, attributes));
  edges.forEach(({ source, target }) => graph.addEdge(source, target));
  return graph;
}

export class NetworkMap {
  constructor(element, { onClick }) {
    this.element = element;
    this.theme = { current: readTheme(element) };
    this.view = complete(null);
    this.shown = null;
    this.chosenKey = null;
    this.byKeyboard = false;
    this.sigma = new Sigma(new Graph(), element, this.settings());
    this.sigma.createCanvasContext("ground", { beforeLayer: "edges" });
    this.sigma.createCanvasContext("ink", { beforeLayer: "nodes" });
    this.sigma.createCanvasContext("names", { beforeLayer: "hovers" });
    this.sigma.resize(true);
    this.sigma.on("afterRender", () => this.drawFlat());
    // sigma takes two quick clicks for a double click even when they are on two nodes
    let last = null;
    this.sigma.on("clickNode", ({ node }) => onClick(idOf((last = node))));
    this.sigma.on("doubleClickNode", ({ node }) => node !== last && onClick(idOf((last = node))));
    this.sigma.on("clickStage", () => onClick({ kind: "stage", id: null }));
    this.sigma.on("enterNode", () => (element.style.cursor = "pointer"));
    this.sigma.on("leaveNode", () => (element.style.cursor = ""));
    this.stopTheme = watchTheme(() => this.readTheme());
    // the first report is of the size that is drawn already
    let size = this.size();
    this.resized = new ResizeObserver(() => size !== (size = this.size()) && this.sigma.scheduleRefresh());
    this.resized.observe(element);
    this.printing = () => this.freeze();
    this.printed = () => this.thaw();
    window.addEventListener("beforeprint", this.printing);
    window.addEventListener("afterprint", this.printed);
    document.fonts?.ready.then(() => this.sigma && this.sigma.scheduleRender());
  }

  size() {
    return `${this.element.offsetWidth} ${this.element.offsetHeight}`;
  }

  settings() {
    return {
      allowInvalidContainer: true,
      renderLabels: false,
      enableCameraRotation: false,
      itemSizesReference: "positions",
      zoomToSizeRatioFunction: (ratio) => ratio,
      minCameraRatio: 0.02,
      maxCameraRatio: 3,
      stagePadding: PADDING,
      doubleClickZoomingRatio: 1,
      nodeProgramClasses: { pie: pieProgram(this.theme), mark: markProgram(this.theme) },
      // smooth lines cost six corners each, so crowds get the graphics card's own thin ones
      edgeProgramClasses: { tie: EdgeRectangleProgram, crowd: EdgeLineProgram },
      defaultEdgeType: "tie",
      minEdgeThickness: 1.7,
      nodeReducer: (key, data) => (key === this.chosenKey ? { ...data, chosen: true } : data),
      edgeReducer: () => this.tieLook(),
      defaultDrawNodeHover: (context, data) => drawHover(context, data, this.theme.current),
    };
  }

  tieLook() {
    const crowded = this.view.ties.source.length > MANY_TIES;
    const { tie, tieFaint } = this.theme.current;
    return { size: THINNEST, type: crowded ? "crowd" : "tie", color: crowded ? tieFaint : tie };
  }

  // Shows a view and the chosen person in it; the camera moves only for another map or to a person out of sight.
  show(data, chosen) {
    this.chosenKey = chosen === null || chosen === undefined ? null : keyOf("person", chosen);
    if (data === this.shown) this.sigma.refresh();
    else this.setData(data);
    if (this.chosenKey && this.sigma.getGraph().hasNode(this.chosenKey)) this.bringIntoView(this.chosenKey);
  }

  setData(data) {
    const before = this.view;
    this.shown = data;
    this.view = complete(data);
    if (!sameBox(before.bbox, this.view.bbox)) {
      this.sigma.setCustomBBox(this.view.bbox);
      this.sigma.getCamera().setState({ x: 0.5, y: 0.5, angle: 0, ratio: 1 });
    }
    this.sigma.setGraph(buildGraph(this.view));
  }

  bringIntoView(key) {
    const { width, height } = this.sigma.getDimensions();
    const { x, y } = this.screenPosition(key);
    if (x >= 0 && y >= 0 && x <= width && y <= height) return;
    const data = this.sigma.getNodeDisplayData(key);
    this.sigma.getCamera().animate({ x: data.x, y: data.y }, { duration: this.pace() });
  }

  pace() {
    return window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 1 : 180;
  }

  readTheme() {
    this.theme.current = readTheme(this.element);
    this.sigma.refresh();
  }

  screenPosition(key) {
    return this.sigma.framedGraphToViewport(this.sigma.getNodeDisplayData(key));
  }

  // Nodes that can be seen now, with their place and radius in pixels.
  visible() {
    const { width, height } = this.sigma.getDimensions();
    const seen = [];
    this.sigma.getGraph().forEachNode((key, attributes) => {
      const at = this.screenPosition(key);
      const size = this.sigma.scaleSize(attributes.size);
      if (at.x < -size || at.y < -size || at.x > width + size || at.y > height + size) return;
      seen.push({ ...attributes, key, x: at.x, y: at.y, size });
    });
    return seen;
  }

  layers() {
    const { ground, ink, names } = this.sigma.canvasContexts;
    const { width, height } = this.sigma.getDimensions();
    [ground, ink, names].forEach((context) => context.clearRect(0, 0, width, height));
    return { ground, ink, names };
  }

  drawFlat() {
    const { ground, ink, names } = this.layers();
    const graph = this.sigma.getGraph();
    if (!graph.order) return;
    const shared = { view: this.view, theme: this.theme.current, toScreen: (point) => this.sigma.graphToViewport(point), scale: this.sigma.scaleSize(1) };
    const nodes = this.visible();
    drawGround(ground, shared);
    if (this.chosenKey && graph.hasNode(this.chosenKey)) {
      drawInk(ink, { from: this.screenPosition(this.chosenKey), to: graph.mapNeighbors(this.chosenKey, (key) => this.screenPosition(key)), theme: shared.theme });
    }
    const people = nodes.filter((node) => node.type === "mark");
    drawDigits(names, people, shared.theme);
    drawLabels(names, { ...shared, ...this.sigma.getDimensions(), nodes: people, chosenKey: this.chosenKey, near: this.sigma.getCamera().getState().ratio < NEAR });
    const cursor = this.byKeyboard ? this.cursor(nodes) : null;
    if (cursor) drawCursor(names, { point: cursor, theme: shared.theme });
  }

  cursor(nodes = this.visible()) {
    const { width, height } = this.sigma.getDimensions();
    return nearest(nodes, { x: width / 2, y: height / 2 }, CURSOR_REACH);
  }

  setKeyboard(on) {
    this.byKeyboard = on;
    this.sigma.scheduleRender();
  }

  move(action) {
    const camera = this.sigma.getCamera();
    camera.setState(moveCamera(camera.getState(), action));
    this.sigma.render();
  }

  // On paper: a picture of all layers, since a WebGL layer prints empty, and in light colours.
  freeze() {
    this.thaw();
    (this.element.closest(".grid") ?? this.element).classList.add("on-paper");
    this.readTheme();
    const { width, height } = this.sigma.getDimensions();
    const sheet = Object.assign(document.createElement("canvas"), { width: width * 2, height: height * 2, className: "workmap-print" });
    const context = sheet.getContext("2d");
    [...this.element.querySelectorAll("canvas")].forEach((layer) => context.drawImage(layer, 0, 0, sheet.width, sheet.height));
    this.element.append(sheet);
  }

  thaw() {
    this.element.querySelectorAll(".workmap-print").forEach((sheet) => sheet.remove());
    this.element.closest(".on-paper")?.classList.remove("on-paper");
    this.readTheme();
  }

  kill() {
    this.stopTheme();
    this.resized.disconnect();
    window.removeEventListener("beforeprint", this.printing);
    window.removeEventListener("afterprint", this.printed);
    this.sigma.kill();
    this.sigma = null;
  }
}
