import { foldRun, type AdoptedRecord, type WaitingRun } from "@abstractruntime/core";
import type { ScenarioWorld } from "./scenario-world.ts";

/** Change the time of a stored wait behind the runtime's back, as somebody who edits the file does. */
export async function readdress(world: ScenarioWorld, runId: string, until: string): Promise<void> {
  const store = await world.store();
  const stored = await store.load(runId);
  if (stored?.run.status !== "waiting") throw new Error(`${runId} does not wait`);
  const run: WaitingRun = { ...stored.run, waiting: { ...stored.run.waiting, until } };
  const record: AdoptedRecord = {
    kind: "adopted",
    run,
    runId,
    nodeId: run.currentNode,
    seq: run.seq + 1,
    revision: run.revision + 1,
    commitId: `edit-${run.seq}`,
    last: true,
    startedAt: run.updatedAt,
    endedAt: run.updatedAt,
    actorId: run.actorId,
    sessionId: run.sessionId,
  };
  await store.commit({
    runId,
    commitId: record.commitId,
    leaseId: null,
    expectedRevision: run.revision,
    inboxSeq: stored.head.inboxSeq,
    refuseNewMessages: true,
    records: [record],
    run: foldRun([record]),
    consumed: [],
    lease: null,
    wakeAt: until,
    children: [],
    messages: [],
  });
}
