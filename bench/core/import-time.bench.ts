// What importing core costs beyond bare Node.js, in fresh processes, and which packages that pulls in.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundle } from "../../tools/bundle.ts";
import { loadedModules, packageOf } from "../measure/loaded-modules.ts";
import { median } from "../measure/median.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Bar, Row } from "../report/row.ts";
import { inNewFolder } from "../workload/open-store.ts";

const core = join(import.meta.dirname, "../../packages/core");
const self = "@abstractruntime/core";

await benchmark("importing core", { pairs: 15 }, async ({ pairs }, folder) => {
  const built = await bundleCore();
  const sources = join(core, "src/index.ts");
  return [
    ...(await importTime("built", built, pairs, folder, { atMost: 40 })),
    ...(await importTime("sources", sources, pairs, folder)), // only developers of core load these: no bar
    ...modulesOf(built),
  ];
});

/** Milliseconds of a process that imports a module and ends, less those of one that does nothing. */
async function importTime(
  name: string,
  module: string,
  pairs: number,
  scratch: string,
  bar?: Bar,
): Promise<readonly Row[]> {
  return inNewFolder(scratch, async (folder) => {
    const [empty, full] = [join(folder, "empty.mjs"), join(folder, "full.mjs")];
    await writeFile(empty, "");
    await writeFile(full, `import ${JSON.stringify(pathToFileURL(module))};\n`);
    const bare: number[] = [];
    const beyond: number[] = [];
    for (let pair = -1; pair < pairs; pair += 1) {
      const without = processTime(empty);
      const difference = processTime(full) - without;
      if (pair < 0) continue; // the first ones fill the disk's cache
      bare.push(without);
      beyond.push(difference);
    }
    return [
      { what: `${name}: bare Node.js`, value: median(bare), unit: "ms" },
      { what: `${name}: beyond it`, value: median(beyond), unit: "ms", ...(bar && { bar }) },
    ];
  });
}

function processTime(script: string): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${script} ended with ${status}: ${stderr}`);
  return performance.now() - startedAt;
}

function modulesOf(module: string): readonly Row[] {
  const urls = loadedModules(pathToFileURL(module).href);
  const packages = [...new Set(urls.map(packageOf))].toSorted();
  const manifest = JSON.parse(readFileSync(join(core, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const declared = [self, ...Object.keys(manifest.dependencies), "node:crypto"];
  const undeclared = packages.filter((name) => !declared.includes(name));
  return [
    { what: "modules loaded", value: urls.length, unit: "", note: packages.join(", ") },
    {
      what: "undeclared packages",
      value: undeclared.length,
      unit: "",
      bar: { atMost: 0 },
      note: undeclared.join(", "),
    },
  ];
}

/** Core as it is published, whether or not somebody has built it. Its types are somebody else's to check. */
async function bundleCore(): Promise<string> {
  const outDir = join(core, "node_modules/.cache/bench-dist");
  await rm(outDir, { recursive: true, force: true });
  await bundle(core, outDir);
  return join(outDir, "index.js");
}
