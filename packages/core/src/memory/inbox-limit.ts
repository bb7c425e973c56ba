import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Message } from "../inbox/message.ts";
import { isEnded } from "../run/run-state.ts";
import { knowsMessage, type MemoryRun } from "./memory-run.ts";

const maxInboxSize = 10_000;

/** Kinds of messages that a full inbox takes: their senders can't keep them, or nothing else gets a paused run to read. */
const neverRefused: ReadonlySet<Message["kind"]> = new Set([
  "cancel",
  "child_ended",
  "outcome",
  "spent",
  "unpause",
]);

/** Whether there is no room for this message. One that would change nothing anyway needs none. */
export function isFullFor(row: MemoryRun, message: Message): boolean {
  const isNew = !knowsMessage(row, message.messageId) && !isEnded(row.run);
  return isNew && isOverLimit(row.inbox.size, message);
}

/** Whether an inbox with so many unread messages refuses a new one. */
export function isOverLimit(inboxSize: number, message: Message): boolean {
  return inboxSize >= maxInboxSize && !neverRefused.has(message.kind);
}

export function inboxFull(runId: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "inbox_full",
    `${runId} has ${maxInboxSize} unread messages: let a driver run it, or stop sending`,
    { details: { runId } },
  );
}
