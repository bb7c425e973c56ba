import { parseArgs } from "node:util";
import { renderTable } from "./render-table.ts";
import type { Row } from "./row.ts";

/** Names of sizes, such as `runs`, each with what it is unless a flag says otherwise. */
export type Sizes = Readonly<Record<string, number>>;

/**
 * Measure and print: the one call of a benchmark script. Its process has nothing else to do, so that memory and
 * compiled code are its own.
 *
 * Each size is a flag, `--runs 10`; `--folder` says where files go; with `--json` the rows are printed as JSON.
 */
export async function benchmark<Given extends Sizes>(
  name: string,
  defaults: Given,
  measure: (sizes: Given, folder: string) => Promise<readonly Row[]>,
): Promise<void> {
  const { sizes, folder, json } = readFlags(defaults);
  const rows = await measure(sizes, folder);
  console.log(json ? JSON.stringify(rows) : renderTable(name, rows));
}

/** Files go to the disk that the checkout is on: the system's own temporary folder may be memory. */
const scratch = new URL("../../node_modules/.cache/bench", import.meta.url).pathname;

function readFlags<Given extends Sizes>(
  defaults: Given,
): { readonly sizes: Given; readonly folder: string; readonly json: boolean } {
  const names = Object.keys(defaults);
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      folder: { type: "string", default: scratch },
      ...Object.fromEntries(names.map((name) => [name, { type: "string" as const }])),
    },
  });
  const given: Readonly<Record<string, string | boolean | undefined>> = values;
  const sizes = Object.fromEntries(
    names.map((name) => [name, readSize(name, given[name], defaults[name] ?? 1)]),
  );
  return { sizes: sizes as Given, folder: values.folder, json: values.json };
}

function readSize(name: string, text: string | boolean | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const size = Number(text);
  if (Number.isInteger(size) && size > 0) return size;
  throw new Error(`--${name} must be a whole number over 0, not ${text}`);
}
