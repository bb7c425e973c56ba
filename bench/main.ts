// Runs benchmarks, each in a process of its own. Usage: node bench/main.ts core [--json FILE] [--only NAME]… [--smoke]
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { describeMachine } from "./report/describe-machine.ts";
import { renderTable } from "./report/render-table.ts";
import { meetsBar, type Row } from "./report/row.ts";
import { suites, type Benchmark } from "./suites.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Also write all rows to a file. */
    json: { type: "string" },
    /** Only these benchmarks. */
    only: { type: "string", multiple: true },
    /** Sizes that show that it works and measure nothing. */
    smoke: { type: "boolean", default: false },
    /** Where files are written. */
    folder: { type: "string" },
  },
});

const chosen = choose(positionals, flags.only);
const machine = describeMachine();
console.log(`${machine.node}, ${machine.cpus}, ${machine.platform}, ${machine.date}\n`);

const results: { readonly benchmark: string; readonly rows: readonly Row[] }[] = [];
for (const benchmark of chosen) {
  const rows = await run(benchmark);
  console.log(`${renderTable(benchmark.name, rows)}\n`);
  results.push({ benchmark: benchmark.name, rows });
}
const rows = results.flatMap((result) =>
  result.rows.map((row) => ({ benchmark: result.benchmark, ...row, ok: meetsBar(row) ?? null })),
);
if (flags.json !== undefined)
  await writeFile(flags.json, `${JSON.stringify({ ...machine, rows }, null, 2)}\n`);

function choose(
  names: readonly string[],
  only: readonly string[] | undefined,
): readonly Benchmark[] {
  const suite = suites.get(names[0] ?? "");
  if (suite === undefined || names.length !== 1)
    throw new Error(`name one suite: ${[...suites.keys()].join(", ")}`);
  const known = suite.map(({ name }) => name);
  const unknown = only?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`no benchmark "${unknown}": ${known.join(", ")}`);
  return suite.filter(({ name }) => only?.includes(name) ?? true);
}

async function run({
  script,
  nodeFlags = [],
  flags: own = [],
  smoke,
}: Benchmark): Promise<readonly Row[]> {
  const sizes = flags.smoke
    ? Object.entries(smoke).flatMap(([size, n]) => [`--${size}`, `${n}`])
    : [];
  const folder = flags.folder === undefined ? [] : ["--folder", flags.folder];
  const args = [
    ...nodeFlags,
    join(import.meta.dirname, script),
    "--json",
    ...own,
    ...sizes,
    ...folder,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as readonly Row[];
}
