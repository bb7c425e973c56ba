import { join } from "node:path";
import { rolldown } from "rolldown";

/**
 * Bundle the scripts of this folder into plain JavaScript. A crash test starts hundreds of processes, and one that loads
 * two hundred TypeScript files takes three times as long to start as one that loads one file.
 *
 * @returns where a script's bundle is
 */
export async function bundleScripts(into: string): Promise<(name: "opener" | "worker") => string> {
  const input = { worker: at("worker.ts"), opener: at("opener.ts") };
  await using bundle = await rolldown({ input, platform: "node" });
  await bundle.write({ dir: into, format: "esm", entryFileNames: "[name].mjs" });
  return (name) => join(into, `${name}.mjs`);
}

const at = (name: string): string => join(import.meta.dirname, name);
