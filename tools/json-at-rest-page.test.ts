import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { legacyStatus } from "../packages/core/src/codec/legacy-status.ts";
import type { LedgerRecord, RecordKind } from "../packages/core/src/ledger/ledger-record.ts";

/** All kinds: the compiler asks for those that are missing here. */
const kinds: Record<RecordKind, true> = {
  created: true,
  ready: true,
  begun: true,
  completed: true,
  failed: true,
  interrupted: true,
  waiting: true,
  gated: true,
  branched: true,
  answered: true,
  timed_out: true,
  settled: true,
  refused: true,
  late: true,
  moved: true,
  ended: true,
  cancelled: true,
  paused: true,
  unpaused: true,
  limits: true,
  forked: true,
  migrated: true,
  entered: true,
  adopted: true,
};

it("lists every kind of record with the status that 0.2.0's readers see", () => {
  const page = readFileSync(join(import.meta.dirname, "../docs/reference/json-at-rest.md"), "utf8");
  const rows = page.matchAll(/^\| `(\w+)` +\| (?:`(\w+)`|of the run) +\|/gm);
  const listed = Array.from(rows, ([, kind, status]) => [kind, status ?? "completed"]);
  const known = Object.keys(kinds).map((kind) => {
    // Only the kind and, of an end, the status count here.
    const record = { kind, status: "completed" } as LedgerRecord;
    return [kind, legacyStatus(record)];
  });
  expect(listed.slice(1)).toEqual(known); // The first row is the head of the table.
});
