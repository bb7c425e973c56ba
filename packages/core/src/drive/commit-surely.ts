import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Change, Committed, NewRun, StoredRun } from "../ports/durable-store.ts";
import type { Kernel } from "./kernel.ts";

/** The store's answer, or the knowledge that the write is there although its answer was lost. */
type Sent<T> = T | "landed";

/**
 * Send a commit until its outcome is known: the same change again while the store does not answer, and after a conflict
 * the ledger tells by its `commitId` whether an earlier sending was written. Never plans anew.
 *
 * @throws what `commit` throws; store_unavailable once the store was away for two thirds of the lease
 */
export async function commitSurely(kernel: Kernel, change: Change): Promise<Committed> {
  const sent = await sendAgain(kernel, change.runId, change.commitId, firstSeq(change), () =>
    kernel.store.commit(change),
  );
  if (sent !== "landed") return sent;
  const messages = await kernel.store.readInbox(change.runId, { after: change.inboxSeq });
  return { inboxSeq: messages.at(-1)?.position ?? change.inboxSeq, messages };
}

/** The same for a run that is to be created. */
export async function createSurely(
  kernel: Kernel,
  run: NewRun,
): Promise<{ readonly created: boolean; readonly stored: StoredRun }> {
  return kernel.store.create(run).catch(async (error: unknown) => {
    if (!isAbstractRuntimeError(error, "store_unavailable")) throw error;
    return repeat(kernel, error, () => kernel.store.create(run));
  });
}

function firstSeq(change: Change): number {
  return (change.records[0]?.seq ?? 1) - 1;
}

async function sendAgain<T>(
  kernel: Kernel,
  runId: string,
  commitId: string,
  after: number,
  send: () => Promise<T>,
): Promise<Sent<T>> {
  try {
    return await send();
  } catch (error) {
    if (!isAbstractRuntimeError(error, "store_unavailable")) throw error;
    try {
      return await repeat(kernel, error, send);
    } catch (conflict) {
      if (!isConflict(conflict)) throw conflict;
      const [record] = await kernel.store.records(runId, { after, limit: 1 });
      if (record?.commitId === commitId) return "landed";
      throw conflict;
    }
  }
}

async function repeat<T>(kernel: Kernel, first: unknown, send: () => Promise<T>): Promise<T> {
  const { clock, leaseMs, logger } = kernel;
  const giveUpAt = clock.now() + (leaseMs * 2) / 3;
  let last = first;
  for (let delay = 10; clock.now() + delay <= giveUpAt; delay = Math.min(delay * 2, leaseMs / 10)) {
    logger.warn("commit.sent_again", { delayMs: delay });
    await clock.sleep(delay);
    try {
      return await send();
    } catch (error) {
      if (!isAbstractRuntimeError(error, "store_unavailable")) throw error;
      last = error;
    }
  }
  throw last;
}

function isConflict(error: unknown): boolean {
  return ["revision_conflict", "lease_lost", "run_leased", "run_not_found"].some(
    (code) => isAbstractRuntimeError(error) && error.code === code,
  );
}
