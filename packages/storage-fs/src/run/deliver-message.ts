import {
  type Delivery,
  inboxFull,
  isAbstractRuntimeError,
  isOverLimit,
  isWokenBy,
  type Message,
} from "@abstractruntime/core/store";
import { inboxFile } from "../folder/file-names.ts";
import { hasEnded, type RunEntry } from "../index/run-entry.ts";
import { renderInbox, renderMessage } from "../inbox/inbox-lines.ts";
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
  if (live.inbox.knows(message.messageId)) return "duplicate";
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
  if (file.size > minCompactBytes + 2 * live.inboxBase && inbox.consumedCount > inbox.size)
    await compact(rooms, entry, live);
  const added = messages.map((message, index) => ({ position: inbox.seq + 1 + index, message }));
  await file.append(Buffer.from(added.map(renderMessage).join("")));
  for (const { message } of added) inbox.add(message);
  entry.inboxSeq = inbox.seq;
  entry.inboxSize = inbox.size;
  if (messages.some((message) => isWokenBy(entry.run, message)))
    rooms.index.wake(entry, rooms.clock.now());
}

/** Write an inbox file anew, without what records have consumed. */
async function compact({ folder }: Rooms, { runId }: RunEntry, live: LiveRun): Promise<void> {
  const text = renderInbox(live.inbox);
  await folder.replace(inboxFile(runId), text);
  live.inboxBase = Buffer.byteLength(text);
  await live.inboxFile.replaced(live.inboxBase);
  await folder.reach("inbox:compacted");
}
