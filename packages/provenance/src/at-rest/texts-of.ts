import { mapRecord, type LedgerRecord } from "@abstractruntime/core/store";
import { mapLeaves } from "./map-leaves.ts";

/** Note the texts among a record's values. */
export function textsOf(record: LedgerRecord, found: Set<string>): void {
  mapRecord(record, (value, place) =>
    mapLeaves(value, place, (leaf) => {
      if (typeof leaf === "string") found.add(leaf);
      return leaf;
    }),
  );
}
