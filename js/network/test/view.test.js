import assert from "node:assert/strict";
import test from "node:test";
import { complete, idOf, keyOf, readGraph, runningShares, sameBox } from "../src/view.js";

const UNITS = { id: ["Dock", "Freezer"], label: ["Dock", "Freezer"], note: ["2", "2"], x: [0, 9], y: [0, 0], radius: [2, 2], pie: [1, 1], counts: [[1, 0, 0, 0, 0, 1], [0, 0, 1, 0, 0, 1]], open: [false, true], ties_known: [true, true] };
const PEOPLE = { id: ["7", "8"], label: ["A", "B"], note: ["", ""], x: [8, 9], y: [0, 1], size: [0.4, 0.2], shape: [0, 2], assessment: [3, 0], top: [true, false], named: [true, false] };

test("closed units are nodes, open ones are only their people", () => {
  const { nodes, edges } = readGraph(complete({ units: UNITS, people: PEOPLE, ties: { source: [0], target: [1] } }));
  assert.deepEqual(nodes.map(({ key }) => key), ["u:Dock", "p:8", "p:7"]);
  assert.deepEqual(edges, [{ source: "p:7", target: "p:8" }]);
});

test("the most named are drawn last, so that they lie on top", () => {
  const { nodes } = readGraph(complete({ people: PEOPLE }));
  assert.deepEqual(nodes.map(({ attributes }) => attributes.size), [0.2, 0.4]);
});

test("slices run from 1 to 5 and the rest of the disc is not assessed", () => {
  assert.deepEqual(runningShares([1, 1, 0, 0, 2, 4]), [0.125, 0.25, 0.25, 0.25, 0.5]);
  assert.deepEqual(runningShares([0, 0, 0, 0, 0, 3]), [0, 0, 0, 0, 0]);
  assert.deepEqual(runningShares([0, 0, 0, 0, 0, 0]), [0, 0, 0, 0, 0]);
});

test("a unit and a person of the same id are two things", () => {
  assert.notEqual(keyOf("unit", "7"), keyOf("person", "7"));
  assert.deepEqual(idOf(keyOf("person", "7@list:2")), { kind: "person", id: "7@list:2" });
  assert.deepEqual(idOf(keyOf("unit", "")), { kind: "unit", id: "" });
});

test("a view that says nothing draws nothing", () => {
  for (const data of [null, undefined, {}]) assert.deepEqual(readGraph(complete(data)), { nodes: [], edges: [] });
});

test("the camera moves only for another box", () => {
  const box = { x: [0, 1], y: [0, 2] };
  assert.ok(sameBox(box, { x: [0, 1], y: [0, 2] }));
  assert.ok(!sameBox(box, { x: [0, 1], y: [0, 3] }));
  assert.ok(!sameBox(null, box));
});
