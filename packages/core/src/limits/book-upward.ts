import type { AddressedMessage, DurableStore } from "../ports/durable-store.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import { usageOf } from "./usage.ts";

/**
 * What a cancelled run used goes to its nearest living ancestor, where its parent was cancelled before it and takes nothing
 * any more. Null: its parent lives and is told anyway, nobody lives, or nothing was used.
 */
export async function bookUpward(
  store: DurableStore,
  run: RunState,
): Promise<AddressedMessage | null> {
  const usage = usageOf(run);
  if (usage === undefined || run.parent === null) return null;
  let above = await ancestor(store, run);
  if (above === null || !isEnded(above)) return null;
  while (above !== null && isEnded(above)) above = await ancestor(store, above);
  if (above === null) return null;
  const { runId: childId, actorId: by, updatedAt: sentAt } = run;
  const messageId = `${childId}:spent`;
  return { runId: above.runId, message: { kind: "spent", messageId, by, sentAt, childId, usage } };
}

async function ancestor(store: DurableStore, { parent }: RunState): Promise<RunState | null> {
  if (parent === null) return null;
  return (await store.load(parent.runId))?.run ?? null;
}
