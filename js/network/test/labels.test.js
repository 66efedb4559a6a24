import assert from "node:assert/strict";
import test from "node:test";
import { personLabels, placeLabels, placesFor } from "../src/labels.js";

const label = (key, x, y, more = {}) => ({ key, x, y, size: 5, w: 60, h: 15, lines: [{ text: key }], ...more });
const apart = (a, b) => a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;

test("labels never lie over one another", () => {
  const many = Array.from({ length: 60 }, (_, i) => label(`p:${i}`, (i * 37) % 200, (i * 53) % 150));
  const placed = placeLabels(many);
  assert.ok(placed.length > 3 && placed.length < many.length);
  placed.forEach((a, i) => placed.slice(i + 1).forEach((b) => assert.ok(apart(a.box, b.box), `${a.key} ${b.key}`)));
});

test("the first label has the better place and a label without room is left out", () => {
  const placed = placeLabels([label("p:1", 100, 100), label("p:2", 100, 100), label("p:3", 100, 100), label("p:4", 100, 100), label("p:5", 100, 100)]);
  assert.deepEqual(placed.map(({ key }) => key), ["p:1", "p:2", "p:3", "p:4"]);
  assert.equal(placed[0].box.name, "below");
});

test("the chosen person is named even where there is no room", () => {
  const taken = [{ of: "u:x", x: -1000, y: -1000, w: 3000, h: 3000 }];
  assert.equal(placeLabels([label("p:1", 50, 50)], { taken }).length, 0);
  assert.equal(placeLabels([label("p:1", 50, 50, { must: true })], { taken }).length, 1);
});

test("a label with two lines gives up the second before it is left out", () => {
  const two = label("u:1", 50, 50, { order: ["below"], w: 60, h: 30, lines: [{ text: "Dock" }, { text: "32, 14 talked to" }], short: { lines: [{ text: "Dock" }], w: 30, h: 15 } });
  const [placed] = placeLabels([two], { width: 100, height: 80 });
  assert.deepEqual(placed.lines, [{ text: "Dock" }]);
});

test("nothing is written past the edge", () => {
  const [placed] = placeLabels([label("p:1", 195, 50)], { width: 200, height: 100 });
  assert.equal(placed.box.name, "left");
  assert.ok(placed.box.x + placed.box.w <= 200);
});

test("an open unit's disc keeps other units' names out and its own people's in", () => {
  const discs = [{ of: "u:open", x: 0, y: 0, w: 200, h: 200 }];
  assert.equal(placeLabels([label("u:other", 100, 100)], { discs }).length, 0);
  assert.equal(placeLabels([label("p:inside", 100, 100)], { discs }).length, 1);
});

test("the places are beside the mark, not on it", () => {
  const mark = { x: 100, y: 100, size: 10 };
  for (const place of placesFor(mark, 40, 15)) assert.ok(apart(place, { x: 92, y: 92, w: 16, h: 16 }), place.name);
});

test("only marked people and the chosen one are named, the chosen one first", () => {
  const nodes = [{ key: "p:a", size: 9, named: true }, { key: "p:b", size: 5, named: true }, { key: "p:c", size: 3, named: false }, { key: "p:d", size: 1, named: false }];
  const keys = personLabels(nodes, { chosenKey: "p:d", theme: {}, middle: 0 }).map(({ key }) => key);
  assert.deepEqual(keys, ["p:d", "p:a", "p:b"]);
});

const ring = { key: "u:open", x: 300, y: 200, size: 100 };
const crowd = Array.from({ length: 200 }, (_, i) => ({ of: `p:${i}`, x: 210 + ((i * 17) % 180), y: 110 + ((i * 29) % 180), w: 10, h: 10 }));

test("in a crowd names stand outside of the disc and hide nobody", () => {
  const named = [0, 1, 2, 3, 4].map((i) => label(`p:${i}`, 260 + 20 * i, 180 + 10 * i, { ring }));
  const placed = placeLabels(named, { marks: crowd, width: 800, height: 400 });
  assert.equal(placed.length, 5);
  placed.forEach(({ box }) => assert.equal(box.name, "outside"));
  placed.forEach(({ box }) => crowd.forEach((mark) => assert.ok(apart(box, mark))));
  placed.forEach((a, i) => placed.slice(i + 1).forEach((b) => assert.ok(apart(a.box, b.box), `${a.key} ${b.key}`)));
});

test("the line to a name does not run over somebody else's mark", () => {
  const between = { of: "p:other", x: 330, y: 190, w: 24, h: 20 };
  const [placed] = placeLabels([label("p:0", 310, 200, { ring })], { taken: [between], marks: crowd, width: 800, height: 400 });
  const { box } = placed;
  const end = { x: box.side === "left" ? box.x + box.w : box.x, y: box.y + box.h / 2 };
  for (let part = 0; part <= 1; part += 0.01) {
    const at = { x: 310 + (end.x - 310) * part, y: 200 + (end.y - 200) * part };
    assert.ok(at.x <= between.x || at.x >= between.x + between.w || at.y <= between.y || at.y >= between.y + between.h);
  }
});

test("names on one side stand in the order of their marks", () => {
  const low = label("p:0", 290, 220, { ring });
  const high = label("p:1", 280, 214, { ring });
  const placed = placeLabels([low, high], { marks: crowd, width: 800, height: 400 });
  const at = Object.fromEntries(placed.map(({ key, box }) => [key, box.y]));
  assert.ok(at["p:1"] < at["p:0"]);
});

test("where there is room a name stands beside its mark", () => {
  const [placed] = placeLabels([label("p:0", 300, 200, { ring })], { width: 800, height: 400 });
  assert.notEqual(placed.box.name, "outside");
});

test("from near by the others are named too, after those marked to be named", () => {
  const nodes = [{ key: "p:a", size: 9, named: false }, { key: "p:b", size: 5, named: true }];
  const keys = (near) => personLabels(nodes, { chosenKey: null, theme: {}, middle: 0, near }).map(({ key }) => key);
  assert.deepEqual(keys(false), ["p:b"]);
  assert.deepEqual(keys(true), ["p:b", "p:a"]);
});
