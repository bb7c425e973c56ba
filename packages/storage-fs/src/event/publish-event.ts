import {
  isOverLimit,
  type KeptEvent,
  parseInstant,
  type Published,
} from "@abstractruntime/core/store";
import { hasEnded, type RunEntry } from "../index/run-entry.ts";
import type { Rooms } from "../rooms.ts";
import { putMessages, sendMessage } from "../run/deliver-message.ts";
import type { EventLine } from "./event-lines.ts";

/** The turn of whoever writes events. No run has this id. */
const eventsTurn = ".events";

/** `DurableStore.publish`. */
export async function publishEvent(rooms: Rooms, event: KeptEvent): Promise<Published> {
  return rooms.turns.in(eventsTurn, async () => {
    const waiting = await takersOf(rooms, event);
    return waiting.length === 0 ? keep(rooms, event) : give(rooms, event, waiting);
  });
}

/** Runs that wait for the key now. One with a full inbox is passed over. */
async function takersOf(rooms: Rooms, { message }: KeptEvent): Promise<readonly RunEntry[]> {
  const takers: RunEntry[] = [];
  for (const entry of Array.from(rooms.index.waitingFor(message.key))) {
    const isFull = isOverLimit(entry.inboxSize, message);
    if (!isFull || (await knows(rooms, entry, message.messageId))) takers.push(entry);
  }
  return takers;
}

async function knows(rooms: Rooms, entry: RunEntry, messageId: string): Promise<boolean> {
  return rooms.turns.in(entry.runId, async () =>
    (await rooms.live.load(entry)).inbox.knows(messageId),
  );
}

async function give(
  rooms: Rooms,
  event: KeptEvent,
  takers: readonly RunEntry[],
): Promise<Published> {
  const deliveredTo = takers.map(({ runId }) => runId);
  const now = rooms.clock.now();
  const line = { kind: "published", event, to: deliveredTo } as const;
  await rooms.events.append(line, now);
  for (const entry of takers)
    await rooms.turns.in(entry.runId, () => sendMessage(rooms, entry, event.message));
  rooms.events.note(line, now);
  return { deliveredTo, kept: false };
}

async function keep(rooms: Rooms, event: KeptEvent): Promise<Published> {
  const now = rooms.clock.now();
  const known = rooms.events.book.find(event.message.messageId, now);
  if (known !== undefined) return { deliveredTo: [], kept: known.kept !== null };
  if (parseInstant(event.expiresAt) <= now) return { deliveredTo: [], kept: false };
  const line = { kind: "published", event, to: [] } as const;
  await rooms.events.append(line, now);
  rooms.events.note(line, now);
  return { deliveredTo: [], kept: true };
}

/** `DurableStore.takeKept`. A publication under way is waited for: it may have looked for waiters before this run was one. */
export async function takeKeptEvents(
  rooms: Rooms,
  runId: string,
  keys: readonly string[],
): Promise<number> {
  return rooms.turns.in(eventsTurn, async () => {
    const now = rooms.clock.now();
    const messages = rooms.events.book.keptFor(keys, now).flatMap(({ kept }) => kept ?? []);
    const entry = rooms.index.get(runId);
    if (messages.length === 0 || entry === undefined) return 0;
    return rooms.turns.in(runId, () => take(rooms, entry, messages));
  });
}

async function take(
  rooms: Rooms,
  entry: RunEntry,
  messages: readonly KeptEvent["message"][],
): Promise<number> {
  if (hasEnded(entry)) return 0;
  const line = { kind: "taken", messages, by: entry.runId } as const;
  await rooms.events.append(line, rooms.clock.now());
  const count = await putNew(rooms, entry, messages);
  rooms.events.note(line, rooms.clock.now());
  return count;
}

async function putNew(
  rooms: Rooms,
  entry: RunEntry,
  messages: readonly KeptEvent["message"][],
): Promise<number> {
  const live = await rooms.live.load(entry);
  const fresh = messages.filter(({ messageId }) => !live.inbox.knows(messageId));
  if (fresh.length > 0) await putMessages(rooms, entry, live, fresh);
  return fresh.length;
}

/** Do again what an earlier process wrote down last, and may not have done. Runs know what they got. */
export async function redoEvent(rooms: Rooms, line: EventLine | undefined): Promise<void> {
  if (line?.kind === "taken") {
    const entry = rooms.index.get(line.by);
    if (entry !== undefined && !hasEnded(entry)) await putNew(rooms, entry, line.messages);
  }
  if (line?.kind === "published") {
    for (const runId of line.to) {
      const entry = rooms.index.get(runId);
      if (entry !== undefined) await sendMessage(rooms, entry, line.event.message);
    }
  }
}
