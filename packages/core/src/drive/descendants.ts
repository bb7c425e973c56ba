import type { CancelMessage } from "../inbox/message.ts";
import type { AddressedMessage, DurableStore } from "../ports/durable-store.ts";
import { isEnded, type RunState } from "../run/run-state.ts";

/**
 * The nearest living descendants of a run: its live children, and below children that ended, theirs. Each of them, when
 * it is cancelled, sees to its own.
 */
export async function livingDescendants(
  store: DurableStore,
  runId: string,
): Promise<readonly RunState[]> {
  const living: RunState[] = [];
  const parents = [runId];
  for (let parent = parents.shift(); parent !== undefined; parent = parents.shift()) {
    let cursor: string | null = null;
    do {
      const page = await store.listChildren(parent, cursor === null ? {} : { cursor });
      for (const { run } of page.items) {
        if (isEnded(run)) parents.push(run.runId);
        else living.push(run);
      }
      cursor = page.nextCursor;
    } while (cursor !== null);
  }
  return living;
}

export interface CancelCause {
  /** The run that was cancelled. */
  readonly runId: string;
  readonly by: string | null;
  readonly reason: string;
  readonly sentAt: string;
}

/** What tells them that an ancestor was cancelled. Sent again, it is a duplicate. */
export function cancelMessages(
  living: readonly RunState[],
  cause: CancelCause,
): readonly AddressedMessage[] {
  const { by, sentAt, reason } = cause;
  const messageId = `${cause.runId}:cancelled`;
  const message: CancelMessage = { kind: "cancel", messageId, by, sentAt, reason };
  return living.map(({ runId }) => ({ runId, message }));
}
