import type { ChildEndedMessage, JoinDueMessage, Message } from "../inbox/message.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import { isDecided, mayBegin, type JoinCounts } from "./join.ts";

/** What a store counts beside a run that waits for several children. A scheduling fact, no part of the state. */
export interface JoinTally extends JoinCounts {
  readonly waitId: string;
}

/** The tally of the run's present wait: a new one when the wait is, none when the run does not wait for a join. */
export function tallyFor(run: RunState, tally: JoinTally | null): JoinTally | null {
  const { waiting } = run;
  if (waiting === null || waiting.join === null) return null;
  return tally?.waitId === waiting.waitId
    ? tally
    : { waitId: waiting.waitId, completed: 0, failed: 0 };
}

/** Whether a message is the end of one child of several, which a store counts and does not keep. */
export function isCounted(message: Message): message is ChildEndedMessage {
  return message.kind === "child_ended" && message.index !== null;
}

/** The tally with one more child; what comes for a wait that is over changes nothing. */
export function tallied(tally: JoinTally | null, end: ChildEndedMessage): JoinTally | null {
  if (tally === null || tally.waitId !== end.waitId) return tally;
  return end.status === "completed"
    ? { ...tally, completed: tally.completed + 1 }
    : { ...tally, failed: tally.failed + 1 };
}

/**
 * The message that tells a run of its children, once there is something to do: the wait is decided, or more may begin.
 * A store puts it into the inbox with the write that made it due, unless the one before is unread; null: nothing is due.
 *
 * @param sentAt ISO 8601
 */
export function joinDue(
  run: RunState,
  tally: JoinTally | null,
  sentAt: string,
): JoinDueMessage | null {
  const join = run.waiting?.join ?? null;
  if (join === null || tally === null || isEnded(run)) return null;
  if (!isDecided(join, tally) && mayBegin(join, tally) === 0) return null;
  const { waitId, completed, failed } = tally;
  const messageId = `${waitId}:${join.begun}:${completed}:${failed}`;
  return { kind: "join_due", messageId, by: null, sentAt, waitId, completed, failed };
}
