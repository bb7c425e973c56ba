import { reduce } from "@abstractruntime/core/store";
import type { WaitingRecord } from "@abstractruntime/core";
import type { ScenarioWorld } from "./scenario-world.ts";

/** Commits that somebody made by hand, beside the runtime, are named so. */
const EDITED = "edited-";

/** Change the time of a stored wait behind the runtime's back: the step begins to wait once more. */
export async function changeUntil(
  world: ScenarioWorld,
  runId: string,
  until: string,
): Promise<void> {
  const store = await world.store();
  const stored = await store.load(runId);
  const wait = (await store.records(runId)).findLast((record) => record.kind === "waiting");
  if (stored === undefined || wait === undefined) throw new Error(`${runId} does not wait`);
  const { run, head } = stored;
  const record: WaitingRecord = {
    ...wait,
    wait: { ...wait.wait, until },
    seq: run.seq + 1,
    revision: run.revision + 1,
    commitId: `${EDITED}${run.seq}`,
    last: true,
  };
  await store.commit({
    runId,
    commitId: record.commitId,
    leaseId: null,
    expectedRevision: run.revision,
    inboxSeq: head.inboxSeq,
    refuseNewMessages: true,
    records: [record],
    run: reduce(run, record),
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
