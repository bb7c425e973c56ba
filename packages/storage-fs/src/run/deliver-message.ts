import {
  type ChildEndedMessage,
  type Delivery,
  inboxFull,
  isAbstractRuntimeError,
  isCounted,
  isOverLimit,
  isWokenBy,
  joinDue,
  type JoinDueMessage,
  type Message,
  tallied,
} from "@abstractruntime/core/store";
import { inboxFile } from "../folder/file-names.ts";
import type { Folder } from "../folder/folder.ts";
import { hasEnded, type RunEntry } from "../index/run-entry.ts";
import type { CountedEnd } from "../inbox/inbox.ts";
import { renderCount, renderInbox, renderMessage } from "../inbox/inbox-lines.ts";
import { entryIn, type Rooms } from "../rooms.ts";
import type { LiveRun } from "./live-run.ts";

/** An inbox file smaller than this is never written anew. */
const minCompactBytes = 64 * 1024;

/** `DurableStore.deliver`. */
export async function deliverMessage(
  rooms: Rooms,
  runId: string,
  message: Message,
): Promise<Delivery> {
  return rooms.turns.in(runId, async () => {
    const entry = entryIn(rooms, runId);
    if (entry === undefined) return "run_not_found";
    return putMessage(rooms, entry, message, { refuseOverLimit: true });
  });
}

/**
 * Put a message into a run's inbox, if the run takes it. The caller has the run's turn.
 *
 * @throws inbox_full with `refuseOverLimit` only
 */
async function putMessage(
  rooms: Rooms,
  entry: RunEntry,
  message: Message,
  { refuseOverLimit = false }: { readonly refuseOverLimit?: boolean } = {},
): Promise<Delivery> {
  if (hasEnded(entry) && entry.inboxSeq === 0) return "ended";
  const live = await rooms.live.load(entry);
  if (live.inbox.knows(message.messageId)) {
    if (isCounted(message)) await tellOfJoin(rooms, entry, live);
    return "duplicate";
  }
  if (hasEnded(entry)) return "ended";
  if (refuseOverLimit && isOverLimit(live.inbox.size, message)) throw inboxFull(entry.runId);
  await putMessages(rooms, entry, live, [message]);
  return "accepted";
}

/** The same for senders that must not fail with their addressee: a run whose files turn out to be damaged gets nothing. */
export async function sendMessage(rooms: Rooms, entry: RunEntry, message: Message): Promise<void> {
  try {
    await putMessage(rooms, entry, message);
  } catch (error) {
    if (!isAbstractRuntimeError(error, "store_corrupt")) throw error;
  }
}

/** Put messages that are new to the run into its inbox, in one write. */
export async function putMessages(
  rooms: Rooms,
  entry: RunEntry,
  live: LiveRun,
  messages: readonly Message[],
): Promise<void> {
  const { inbox, inboxFile: file } = live;
  if (file.size > minCompactBytes + 2 * live.inboxBase && inbox.consumedCount > inbox.size) {
    await writeInbox(rooms.folder, entry.runId, live);
    await rooms.folder.reach("inbox:compacted");
  }
  const ends = messages.filter(isCounted);
  const due = ends.length === 0 ? null : dueAfter(live, ends);
  const kept = [
    ...messages.filter((message) => !isCounted(message)),
    ...(due === null ? [] : [due]),
  ];
  const added = kept.map((message, index) => ({ position: inbox.seq + 1 + index, message }));
  const counted = ends.map(countedEnd);
  const lines = [...counted.map(renderCount), ...added.map(renderMessage)];
  await file.append(Buffer.from(lines.join("")));
  for (const end of counted) inbox.count(end);
  for (const { message } of added) inbox.add(message);
  entry.inboxSeq = inbox.seq;
  entry.inboxSize = inbox.size;
  if (kept.some((message) => isWokenBy(entry.run, message)))
    rooms.index.wake(entry, rooms.clock.now());
}

/** Tell a run of its children if that is due and was not done, since a commit or a crash came between. */
export async function tellOfJoin(rooms: Rooms, entry: RunEntry, live: LiveRun): Promise<void> {
  const due = dueAfter(live, []);
  if (due !== null) await putMessages(rooms, entry, live, [due]);
}

/** What the run is to be told of its children once these have been counted too. */
function dueAfter(
  { run, inbox }: LiveRun,
  ends: readonly ChildEndedMessage[],
): JoinDueMessage | null {
  if (inbox.hasJoinDue) return null;
  const due = joinDue(
    run,
    ends.reduce(tallied, inbox.tally(run)),
    ends.at(-1)?.sentAt ?? run.updatedAt,
  );
  return due === null || inbox.knows(due.messageId) ? null : due;
}

function countedEnd({ messageId, waitId, status }: ChildEndedMessage): CountedEnd {
  return { messageId, waitId: waitId ?? "", completed: status === "completed" };
}

/** Write an inbox file anew, without what records have consumed. */
export async function writeInbox(folder: Folder, runId: string, live: LiveRun): Promise<void> {
  const text = renderInbox(live.inbox, live.inbox.tally(live.run));
  await folder.replace(inboxFile(runId), text);
  live.inboxBase = Buffer.byteLength(text);
  await live.inboxFile.replaced(live.inboxBase);
}
