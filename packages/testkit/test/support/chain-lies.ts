import { MemoryStore } from "@abstractruntime/core";
import type { Clock, RunHead, StoredRun } from "@abstractruntime/core/store";
import type { Lie } from "./lies.ts";

/** A lie about the hash at which a run's ledger stands. */
function lyingHead(tell: (stored: StoredRun) => RunHead["ledgerHead"]): Lie["open"] {
  return (clock: Clock) =>
    new (class extends MemoryStore {
      override async load(runId: string): Promise<StoredRun | undefined> {
        const stored = await super.load(runId);
        return stored && { ...stored, head: { ...stored.head, ledgerHead: tell(stored) } };
      }
    })({ clock });
}

const title = (rest: string): string => `hash-chained records: ${rest}`;

/** Lies about hash-chained ledgers. The suite has to catch each. */
export const chainLies: readonly Lie[] = [
  {
    lie: "heads name no hash",
    caughtBy: title("are named by the head: the hash of the last record, or null"),
    open: lyingHead(() => null),
  },
  {
    lie: "a head keeps the hash of the first commit",
    caughtBy: title("are named by the head: the hash of the last record, or null"),
    open: lyingHead(({ head }) => (head.ledgerHead === null ? null : "hash-1")),
  },
  {
    lie: "heads of children name no hash",
    caughtBy: title("are named by the heads of children and forks, too"),
    open: lyingHead(({ run, head }) => (run.parentRunId === null ? head.ledgerHead : null)),
  },
];
