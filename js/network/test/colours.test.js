import assert from "node:assert/strict";
import test from "node:test";
import { parseColour, premultiplied } from "../src/colours.js";

test("colours are read as the page writes them", () => {
  assert.deepEqual(parseColour(" #ff0080 "), { r: 1, g: 0, b: 128 / 255 });
  assert.deepEqual(parseColour("#fff"), { r: 1, g: 1, b: 1 });
  assert.deepEqual(parseColour("rgb(255, 0, 0)"), { r: 1, g: 0, b: 0 });
});

test("a gradient or nothing at all is grey, not an error", () => {
  for (const text of ["repeating-linear-gradient(#fff, #000)", "", undefined]) assert.deepEqual(parseColour(text), { r: 0.5, g: 0.5, b: 0.5 });
});

test("translucent colours are multiplied before they are handed over", () => {
  assert.equal(premultiplied({ r: 1, g: 0.5, b: 0 }, 0.5), "rgba(128, 64, 0, 0.5)");
});
