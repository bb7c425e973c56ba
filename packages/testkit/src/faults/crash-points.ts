import type { FaultPlan, StoreMethod } from "./fault.ts";

const writes: ReadonlySet<StoreMethod> = new Set([
  "create",
  "commit",
  "claimDue",
  "renew",
  "giveBack",
  "deliver",
  "publish",
  "takeKept",
  "purge",
]);

/**
 * Dies at one write of the store, counting all writes from 1, before or after it is done. A test that goes through
 * `at = 1, 2, 3, …` until `FaultStore.crashed` stays false has crashed its workflow at every point there is.
 */
export function crashAt(at: number, when: "before" | "after"): FaultPlan {
  let count = 0;
  return ({ method }) => {
    if (!writes.has(method)) return undefined;
    count += 1;
    return count === at ? { kind: `crash_${when}` } : undefined;
  };
}
