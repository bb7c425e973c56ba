import { type KeptEvent, parseInstant, type Published } from "@abstractruntime/core/store";
import { textArray } from "../connection/binary-array.ts";
import type { Database } from "../connection/database.ts";
import { indexedText, safeText } from "../connection/safe-text.ts";
import { messageColumns } from "../write/elsewhere.ts";

/**
 * `DurableStore.publish`. The event is stored by a transaction of its own before the waiters are read, and a wait looks for
 * kept events after it was stored: in each order one of the two sees the other.
 */
export async function publish(database: Database, event: KeptEvent): Promise<Published> {
  const columns = messageColumns(event.message);
  const id = columns.message_id;
  const key = indexedText(event.message.key);
  await database.query(
    "keep_event",
    `insert into {s}.kept_events as k (event_id, key, message, expires_ms)
select $2, $3, $4, $5 where $5::bigint > coalesce($1::bigint, {s}.clock_ms())
on conflict (event_id) do update set message = excluded.message, expires_ms = excluded.expires_ms
where k.expires_ms <= coalesce($1::bigint, {s}.clock_ms())`,
    [database.now, id, key, columns.message, parseInstant(event.expiresAt)],
  );
  const { rows } = await database.query<{ readonly runs: string[]; readonly kept: boolean }>(
    "give_event",
    `select * from {s}.give_event($2, $3, $4, coalesce($1::bigint, {s}.clock_ms()))`,
    [database.now, id, key, columns.message],
  );
  return { deliveredTo: rows[0]?.runs ?? [], kept: rows[0]?.kept ?? false };
}

/** `DurableStore.takeKept`. */
export async function takeKept(
  database: Database,
  runId: string,
  keys: readonly string[],
): Promise<number> {
  const { rows } = await database.query<{ readonly taken: number }>(
    "take_kept",
    "select {s}.take_kept($2, $3::text[], coalesce($1::bigint, {s}.clock_ms())) as taken",
    [database.now, safeText(runId), textArray(keys.map(indexedText))],
  );
  return rows[0]?.taken ?? 0;
}
