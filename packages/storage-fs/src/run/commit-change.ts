import {
  AbstractRuntimeError,
  assertFound,
  assertId,
  assertUnchanged,
  type Change,
  checkChange,
  checkWakeAts,
  type Committed,
  formatInstant,
  isEnded,
  keepState,
  ledgerHeadOf,
} from "@abstractruntime/core/store";
import { isCheckpointDue, tryCheckpoint } from "../checkpoint/write-checkpoint.ts";
import { factsOf, isBehind, type RunEntry } from "../index/run-entry.ts";
import { carryOut, finishIntent } from "../journal/carry-out.ts";
import { elsewhereOf, type Intent, runIdsOf } from "../journal/intent.ts";
import { renderConsumption } from "../inbox/inbox-lines.ts";
import { entryIn, type Rooms } from "../rooms.ts";
import { checkGroup, type Group, renderGroup } from "./check-group.ts";
import { tellOfJoin } from "./deliver-message.ts";
import type { LiveRun } from "./live-run.ts";

/**
 * `DurableStore.commit`. The commit point is one append to the run's ledger; what it causes in other runs is written
 * down as an intent before, and done after.
 */
export async function commitChange(rooms: Rooms, change: Change): Promise<Committed> {
  const elsewhere = elsewhereOf(change);
  await finishIntent(rooms, change.runId);
  const release = await rooms.turns.takeAll(runIdsOf({ runId: change.runId, ...elsewhere }));
  try {
    const entry = entryIn(rooms, change.runId);
    assertFound(entry, change.runId);
    const live = await rooms.live.load(entry);
    if (entry.commitId !== change.commitId) await write(rooms, { entry, live, change, elsewhere });
    return { inboxSeq: entry.inboxSeq, messages: live.inbox.after(change.inboxSeq) };
  } finally {
    release();
  }
}

interface Writing {
  readonly entry: RunEntry;
  readonly live: LiveRun;
  readonly change: Change;
  readonly elsewhere: Pick<Intent, "children" | "messages">;
}

async function write(rooms: Rooms, writing: Writing): Promise<void> {
  const { entry, live, change } = writing;
  check(rooms, writing);
  const before = entry.run;
  const group = renderGroup(change.records, { open: live.openLine });
  const intent = intentOf(writing);
  entry.writing = true;
  try {
    if (intent !== null) await rooms.journal.begin(intent);
    await noteConsumption(live, change);
    await live.ledger.append(group.bytes);
    await apply(rooms, writing, group);
  } finally {
    entry.writing = false;
    if (entry.leaseId === null && entry.wakeAt !== null) rooms.index.bell.ring(); // nobody could claim it until now
  }
  if (intent !== null) await carryOut(rooms, intent);
  if (isBehind(entry) && isCheckpointDue(entry, before)) await tryCheckpoint(rooms, entry, live);
  if (isEnded(change.run)) await rooms.live.drop(change.runId);
}

/** Records name what they consume, so that the commit itself says it. What none of them names is noted before it. */
async function noteConsumption(
  live: LiveRun,
  { commitId, consumed, records }: Change,
): Promise<void> {
  if (consumed.length === 0) return;
  const named = new Set(records.map((record) => ("messageId" in record ? record.messageId : null)));
  const messageIds = consumed.filter((messageId) => !named.has(messageId));
  if (messageIds.length === 0) return;
  await live.inboxFile.append(Buffer.from(renderConsumption({ commitId, messageIds })));
}

function check(rooms: Rooms, { entry, change, elsewhere }: Writing): void {
  assertUnchanged(entry, change, rooms.clock.now());
  checkChange(change, entry.run);
  if (entry.legacy && change.records[0]?.kind !== "adopted") throw notAdopted(change.runId);
  checkWakeAts([change, ...change.children]);
  for (const { run } of elsewhere.children) assertId(run.runId, "run id");
  for (const { run, records, commitId } of [change, ...elsewhere.children])
    checkGroup(run.runId, records, { commitId, revision: run.revision });
}

/** What is to be written down before the commit; null for most, which write one run's ledger and no more. */
function intentOf({ entry, change, elsewhere }: Writing): Intent | null {
  const { runId, commitId } = change;
  const isAlone = elsewhere.children.length === 0 && elsewhere.messages.length === 0;
  return isAlone && !entry.legacy ? null : { runId, commitId, adopts: entry.legacy, ...elsewhere };
}

/** The commit is on disk: show it. */
async function apply(rooms: Rooms, { entry, live, change }: Writing, group: Group): Promise<void> {
  const { index, clock } = rooms;
  live.run = keepState(change.run);
  live.openLine = false;
  for (const messageId of change.consumed) live.inbox.consume(messageId);
  if (group.from !== null) entry.ledgerFrom = live.ledger.size - group.bytes.length + group.from;
  entry.ledgerBytes = live.ledger.size;
  entry.legacy = false;
  entry.commitId = change.commitId;
  entry.ledgerHead = ledgerHeadOf(change.records);
  entry.claims = 0;
  entry.inboxSize = live.inbox.size;
  index.setFacts(entry, factsOf(change.run));
  if (change.run.waiting?.join) await tellOfJoin(rooms, entry, live);
  if (isEnded(change.run)) index.free(entry, null);
  else if (change.lease !== null) index.hold(entry, change.lease, clock.now());
  else if (entry.inboxSeq > change.inboxSeq) index.free(entry, formatInstant(clock.now()));
  else index.free(entry, change.wakeAt);
  rooms.live.keep(entry, live);
}

function notAdopted(runId: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "invalid_argument",
    `${runId} was last written by 0.2.0: its next commit must begin with an adopted record`,
    { details: { runId } },
  );
}
