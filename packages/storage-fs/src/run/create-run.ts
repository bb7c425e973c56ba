import {
  assertId,
  checkTexts,
  checkWakeAts,
  type NewRun,
  type StoredRun,
} from "@abstractruntime/core/store";
import { carryOut, finishIntent } from "../journal/carry-out.ts";
import { elsewhereOf, type Intent, runIdsOf } from "../journal/intent.ts";
import { entryIn, type Rooms, storedRun } from "../rooms.ts";
import { checkGroup } from "./check-group.ts";
import { writeNewRun } from "./write-new-run.ts";

/** `DurableStore.create`. */
export async function createRun(
  rooms: Rooms,
  given: NewRun,
): Promise<{ readonly created: boolean; readonly stored: StoredRun }> {
  const { runId } = given.run;
  const elsewhere = elsewhereOf(given);
  for (const { run } of [given, ...elsewhere.children]) assertId(run.runId, "run id");
  await finishIntent(rooms, runId);
  const touched = runIdsOf({ runId, ...elsewhere });
  const copied = given.copyOf === undefined ? [] : [given.copyOf.runId];
  const release = await rooms.turns.takeAll([...touched, ...copied]);
  try {
    const existing = entryIn(rooms, runId);
    if (existing === undefined)
      return { created: true, stored: await bringForth(rooms, given, elsewhere) };
    const live = await rooms.live.load(existing);
    return { created: existing.createdBy === given.commitId, stored: storedRun(existing, live) };
  } finally {
    release();
  }
}

async function bringForth(
  rooms: Rooms,
  given: NewRun,
  elsewhere: Pick<Intent, "children" | "messages">,
): Promise<StoredRun> {
  checkWakeAts([given]);
  checkTexts(given);
  const { runId } = given.run;
  for (const { run, records, texts, commitId } of [given, ...elsewhere.children])
    if (texts === undefined) checkGroup(run.runId, records, { commitId, revision: run.revision });
  const isAlone = elsewhere.children.length === 0 && elsewhere.messages.length === 0;
  const intent = { runId, commitId: given.commitId, adopts: false, ...elsewhere };
  if (!isAlone) await rooms.journal.begin(intent);
  const { entry, live } = await writeNewRun(rooms, given);
  const stored = storedRun(entry, live);
  if (!isAlone) await carryOut(rooms, intent);
  return stored;
}
