/** The lock of the folder's one writer. */
export const lockFile = ".abstractruntime.lock";
/** How often runs were claimed since their last commit. */
export const claimsFile = ".abstractruntime.claims";
/** Events that wait for their first taker. */
export const eventsFile = "events.jsonl";

/** 0.2.0 looks for `run_*.json`, `ledger_*.jsonl` and `snapshot_*.json` only: all other names here are ours. */
export const runFile = (runId: string): string => `run_${runId}.json`;
export const ledgerFile = (runId: string): string => `ledger_${runId}.jsonl`;
export const inboxFile = (runId: string): string => `inbox_${runId}.jsonl`;
export const intentFile = (runId: string): string => `intent_${runId}.json`;
export const snapshotFile = (snapshotId: string): string => `snapshot_${snapshotId}.json`;

/** Where a file is written before it takes its name. No pattern of 0.2.0 matches it. */
export const temporaryFile = (name: string): string => `${name}.tmp`;

/** The part of a name between a prefix and a suffix; undefined for other names. */
export function idIn(name: string, prefix: string, suffix: string): string | undefined {
  if (!name.startsWith(prefix) || !name.endsWith(suffix)) return undefined;
  const id = name.slice(prefix.length, -suffix.length);
  return id === "" ? undefined : id;
}
