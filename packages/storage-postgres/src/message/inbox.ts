import {
  decodeMessage,
  deepFreeze,
  type Delivery,
  inboxFull,
  type InboxMessage,
  isOverLimit,
  type Message,
} from "@abstractruntime/core/store";
import type { Database } from "../connection/database.ts";
import { safeText } from "../connection/safe-text.ts";
import { messageColumns } from "../write/elsewhere.ts";

/** `DurableStore.deliver`. @throws inbox_full */
export async function deliver(
  database: Database,
  runId: string,
  message: Message,
): Promise<Delivery> {
  const columns = messageColumns(message);
  const { rows } = await database.query<{ readonly delivery: Delivery | "inbox_full" }>(
    "deliver",
    `select {s}.put_message($2, $3, $4, $5, $6, $7, $8, $9, null, coalesce($1::bigint, {s}.clock_ms())) as delivery`,
    [
      database.now,
      safeText(runId),
      columns.message_id,
      columns.message,
      columns.wakes_paused,
      isOverLimit(Infinity, message),
      columns.counted_wait,
      columns.completed,
      columns.sent_at,
    ],
  );
  const delivery = rows[0]?.delivery ?? "run_not_found";
  if (delivery === "inbox_full") throw inboxFull(runId);
  return delivery;
}

/** Unconsumed messages of a run beyond a position, in order. */
export async function readInbox(
  database: Database,
  runId: string,
  { after = 0, limit }: { readonly after?: number; readonly limit?: number } = {},
): Promise<readonly InboxMessage[]> {
  const { rows } = await database.query<{ readonly position: number; readonly message: string }>(
    "read_inbox",
    `select position, message from {s}.inbox
where run_id = $1 and position > $2 and message is not null order by position limit $3`,
    [safeText(runId), after, limit ?? null],
  );
  return rows.map(({ position, message }) =>
    deepFreeze({ position, message: parsed(message, runId, position) }),
  );
}

function parsed(text: string, runId: string, position: number): Message {
  return decodeMessage(JSON.parse(text), `inbox of ${runId}, position ${position}`);
}
