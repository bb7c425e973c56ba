import type { StoredRun } from "../ports/durable-store.ts";

/** A run whose content is lost must not keep a driver from all others that it claimed; alone, it is reported. */
export function readable(grown: readonly PromiseSettledResult<StoredRun>[]): readonly StoredRun[] {
  const runs = grown.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
  const lost = grown.find((end) => end.status === "rejected");
  if (runs.length === 0 && lost !== undefined) throw lost.reason;
  return Object.freeze(runs);
}
