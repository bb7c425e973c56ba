import type { WritablePlace } from "./place.ts";

const plain =
  /^(?:(?:run\/)?vars|changes\/\d+)\/_limits(?:\/|$)|^(?:run\/)?wait(?:ing)?\/details\/sub_run_id$/;

/**
 * Whether values at this path stay as they are: budgets, since folding a record adds to them, and the id of the child that
 * a run waits for.
 */
export function isPlain(path: string, { resultKey }: WritablePlace): boolean {
  if (resultKey !== null && path.startsWith("result")) return /^_limits(?:\.|$)/.test(resultKey);
  // Most paths have neither word; looking for them is cheaper.
  return (path.includes("_limits") || path.endsWith("sub_run_id")) && plain.test(path);
}
