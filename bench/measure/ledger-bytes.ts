import type { DurableStore, JsonObject, RunState } from "@abstractruntime/core";

/** Bytes of the ledgers of some runs, as they are stored. */
export async function ledgerBytes(store: DurableStore, runIds: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const runId of runIds)
    for (const text of await store.recordTexts(runId)) bytes += Buffer.byteLength(text) + 1;
  return bytes;
}

/** Bytes of an agent's conversation as JSON. */
export function newMessageBytes({ vars }: RunState): number {
  return Buffer.byteLength(JSON.stringify((vars["context"] as JsonObject)["messages"]));
}
