import type { Abortable, DurableStore, RunQuery, StoredRun } from "@abstractruntime/core/store";
import { headOf, readHeadFields } from "../sign/read-head.ts";
import type { SealedHead } from "../sign/seal.ts";
import { ledgerTexts } from "./ledger-texts.ts";
import type { Witness } from "./witness.ts";

/**
 * Give a witness the heads that are in the ledgers and newer than what it has.
 *
 * @returns how many
 */
export async function catchUp(
  store: DurableStore,
  witness: Witness,
  query: RunQuery = {},
  options: Abortable = {},
): Promise<number> {
  let count = 0;
  for await (const { run } of runsOf(store, query, options)) {
    const known = (await witness.list(run.runId, options)).at(-1)?.seq ?? 0;
    for await (const head of headsAfter(store, run.runId, known, options)) {
      await witness.submit(head, options);
      count += 1;
    }
  }
  return count;
}

async function* runsOf(
  store: DurableStore,
  query: RunQuery,
  options: Abortable,
): AsyncGenerator<StoredRun, void, void> {
  let cursor = query.cursor ?? null;
  do {
    const page = await store.list({ ...query, ...(cursor !== null && { cursor }) }, options);
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

async function* headsAfter(
  store: DurableStore,
  runId: string,
  known: number,
  options: Abortable,
): AsyncGenerator<SealedHead, void, void> {
  let position = known;
  for await (const text of ledgerTexts(store, runId, { ...options, after: known })) {
    const fields = readHeadFields(text, ++position);
    const head = fields && headOf(fields);
    // What a fork copied has its own run's id, and is that run's to hand out.
    if (head?.runId === runId) yield head;
  }
}
