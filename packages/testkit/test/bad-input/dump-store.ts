import type { DurableStore } from "@abstractruntime/core";
import { encodeMessage, encodeStoredRun } from "@abstractruntime/core/store";

/** All that a store holds of its runs, as text: heads, records as stored, inboxes. */
export async function dumpStore(store: DurableStore): Promise<string> {
  const lines: string[] = [];
  const { items } = await store.list({ limit: 1_000 });
  for (const stored of items.toSorted((a, b) => (a.run.runId < b.run.runId ? -1 : 1))) {
    const { runId } = stored.run;
    const inbox = await store.readInbox(runId);
    lines.push(
      JSON.stringify(encodeStoredRun(stored)),
      ...(await store.recordTexts(runId)),
      ...inbox.map(({ position, message }) => JSON.stringify([position, encodeMessage(message)])),
    );
  }
  return lines.join("\n");
}
