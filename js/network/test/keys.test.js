import assert from "node:assert/strict";
import test from "node:test";
import { actionOf, moveCamera, nearest } from "../src/keys.js";

const start = { x: 0.5, y: 0.5, angle: 0, ratio: 1 };
const press = (key, state = start) => moveCamera(state, actionOf({ key }));

test("arrows pan by the same share of the screen at every zoom", () => {
  assert.ok(press("ArrowRight").x > start.x);
  assert.ok(press("ArrowUp").y > start.y);
  const near = { ...start, ratio: 0.1 };
  assert.ok(Math.abs((press("ArrowRight", near).x - 0.5) * 10 - (press("ArrowRight").x - 0.5)) < 1e-9);
});

test("plus and minus undo each other and stop at both ends", () => {
  assert.ok(Math.abs(press("-", press("+")).ratio - 1) < 1e-9);
  let state = start;
  for (let i = 0; i < 50; i += 1) state = press("+", state);
  assert.equal(state.ratio, 0.02);
  for (let i = 0; i < 50; i += 1) state = press("-", state);
  assert.equal(state.ratio, 3);
  assert.deepEqual(press("0", { ...start, x: 4, ratio: 0.1 }), start);
});

test("keys of the browser and of the page are left alone", () => {
  assert.equal(actionOf({ key: "Tab" }), null);
  assert.equal(actionOf({ key: "+", ctrlKey: true }), null);
  assert.equal(actionOf({ key: "ArrowLeft", altKey: true }), null);
  assert.deepEqual(actionOf({ key: "Enter" }), { does: "open" });
  assert.deepEqual(actionOf({ key: "Escape" }), { does: "close" });
});

test("Enter opens what is nearest to the middle, counted from the edge of the mark", () => {
  const points = [{ key: "small", x: 120, y: 100, size: 5 }, { key: "large", x: 160, y: 100, size: 50 }];
  assert.equal(nearest(points, { x: 100, y: 100 }, 90).key, "large");
  assert.equal(nearest(points, { x: 900, y: 900 }, 90), null);
});
