import { parseArgs } from "node:util";
import { renderTable } from "./render-table.ts";
import type { Row } from "./row.ts";

/** What a benchmark can be told: sizes such as `runs`, and choices such as `store`, each with what it is by itself. */
export type Settings = Readonly<Record<string, number | string>>;

/**
 * Measure and print: the one call of a benchmark script. Its process has nothing else to do, so that memory and
 * compiled code are its own.
 *
 * Each setting is a flag, `--runs 10`; `--folder` says where files go; with `--json` the rows are printed as JSON.
 */
export async function benchmark<Given extends Settings>(
  name: string,
  defaults: Given,
  measure: (settings: Given, folder: string) => Promise<readonly Row[]>,
): Promise<void> {
  const { settings, folder, json } = readFlags(defaults);
  const rows = await measure(settings, folder);
  console.log(json ? JSON.stringify(rows) : renderTable(name, rows));
}

/** Files go to the disk that the checkout is on: the system's own temporary folder may be memory. */
const scratch = new URL("../../node_modules/.cache/bench", import.meta.url).pathname;

function readFlags<Given extends Settings>(
  defaults: Given,
): { readonly settings: Given; readonly folder: string; readonly json: boolean } {
  const names = Object.keys(defaults);
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      folder: { type: "string", default: scratch },
      ...Object.fromEntries(names.map((name) => [name, { type: "string" as const }])),
    },
  });
  const given: Readonly<Record<string, string | boolean | undefined>> = values;
  const settings = names.map((name) => [
    name,
    readSetting(name, given[name], defaults[name] ?? ""),
  ]);
  return {
    settings: Object.fromEntries(settings) as Given,
    folder: values.folder,
    json: values.json,
  };
}

function readSetting(
  name: string,
  text: string | boolean | undefined,
  otherwise: number | string,
): number | string {
  if (typeof text !== "string") return otherwise;
  if (typeof otherwise === "string") return text;
  const size = Number(text);
  if (Number.isInteger(size) && size > 0) return size;
  throw new Error(`--${name} must be a whole number over 0, not ${text}`);
}
