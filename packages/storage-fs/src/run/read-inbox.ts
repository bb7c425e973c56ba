import type { InboxMessage } from "@abstractruntime/core/store";
import { entryIn, type Rooms } from "../rooms.ts";

/** `DurableStore.readInbox`. */
export async function readInbox(
  rooms: Rooms,
  runId: string,
  { after = 0, limit = Infinity }: { readonly after?: number; readonly limit?: number },
): Promise<readonly InboxMessage[]> {
  const entry = entryIn(rooms, runId);
  if (entry === undefined || entry.inboxSeq <= after) return [];
  const live = rooms.live.get(runId);
  if (live !== undefined) return live.inbox.after(after, limit);
  return rooms.turns.in(runId, async () =>
    (await rooms.live.load(entry)).inbox.after(after, limit),
  );
}
