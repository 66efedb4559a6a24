import assert from "node:assert/strict";
import test from "node:test";
import { lineWidth } from "../src/ground.js";

test("more ties make a wider line, between fixed ends", () => {
  const widths = [0, 1, 5, 20, 40].map((n) => lineWidth(n, 40));
  assert.deepEqual([...widths].sort((a, b) => a - b), widths);
  assert.equal(widths[0], 1);
  assert.equal(widths.at(-1), 4.5);
  assert.equal(lineWidth(0, 0), 1);
});
