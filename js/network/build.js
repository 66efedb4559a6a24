// Builds the one file that Dash serves, and the licences of what is in it; with --check it compares instead of writing.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const target = fileURLToPath(new URL("../../shopfloor/dashboard/network/network.min.js", import.meta.url));

const { outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: ["src/index.js"],
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "shopfloor_network",
  target: "es2020",
  legalComments: "none",
  banner: { js: "/* Shopfloor workplace map, built from js/network. Holds sigma.js and graphology (MIT). */" },
  write: false,
});

// The licences of what is bundled ask for their text to go along.
const BUNDLED = { sigma: "LICENSE.txt", graphology: "LICENSE.txt", "graphology-utils": "LICENSE.txt", events: "LICENSE" };
const licences = Object.entries(BUNDLED).map(([name, file]) => `${name}\n\n${readFileSync(join(here, "node_modules", name, file), "utf8").trim()}\n`);

const results = { [target]: outputFiles[0].text, [join(dirname(target), "LICENSES.txt")]: licences.join("\n----\n\n") };
for (const [path, built] of Object.entries(results)) {
  if (!process.argv.includes("--check")) {
    writeFileSync(path, built);
    console.log(`${path}: ${Math.round(built.length / 1000)} kB`);
  } else if (readFileSync(path, "utf8") !== built) {
    console.error(`${path} is not what js/network builds: run \`npm run build\` and commit the result.`);
    process.exitCode = 1;
  }
}
