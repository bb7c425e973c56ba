import { reduce } from "@abstractruntime/core/store";
import type { LedgerRecord, RunState } from "@abstractruntime/core";
import type { ScenarioWorld } from "./scenario-world.ts";

/** Commits that somebody made by hand, beside the runtime, are named so. */
const EDITED = "edited-";

/** Change the time of a stored wait behind the runtime's back: its node plans the step once more, with another time. */
export async function changeUntil(
  world: ScenarioWorld,
  runId: string,
  until: string,
): Promise<void> {
  const store = await world.store();
  const stored = await store.load(runId);
  const ledger = await store.records(runId);
  const begun = ledger.findLast((record) => record.kind === "begun");
  const waiting = ledger.findLast((record) => record.kind === "waiting");
  if (stored === undefined || begun === undefined || waiting === undefined)
    throw new Error(`${runId} does not wait`);
  const { nodeId, startedAt } = begun;
  const moved = {
    kind: "moved",
    nodeId,
    path: [],
    changes: [],
    startedAt,
    endedAt: startedAt,
  } as const;
  const wait = { ...waiting.wait, until };
  const { run, head } = stored;
  const commitId = `${EDITED}${run.seq}`;
  const { actorId, sessionId } = run;
  const place = { runId, actorId, sessionId, revision: run.revision + 1, commitId };
  const records: readonly LedgerRecord[] = [
    { ...moved, ...place, seq: run.seq + 1, last: false },
    { ...begun, ...place, seq: run.seq + 2, last: false },
    { ...waiting, wait, ...place, seq: run.seq + 3, last: true },
  ];
  await store.commit({
    runId,
    commitId,
    leaseId: null,
    expectedRevision: run.revision,
    inboxSeq: head.inboxSeq,
    refuseNewMessages: true,
    records,
    run: records.reduce<RunState>(reduce, run),
    consumed: [],
    lease: null,
    wakeAt: until,
    children: [],
    messages: [],
  });
}

/** Whether a record was written by hand. */
export function isEdited({ commitId }: { readonly commitId: string }): boolean {
  return commitId.startsWith(EDITED);
}
