import type { OutcomeMessage } from "../inbox/message.ts";
import { interruptedError } from "../limits/cut-short.ts";
import { usageIn } from "../limits/usage.ts";
import type { Pending } from "../run/pending.ts";
import type { Outcome } from "../step/outcome.ts";
import { formatInstant } from "../time/instant.ts";
import type { Kernel } from "./kernel.ts";

/** Where the record of an outcome stands, if the commit that failed was written all the same. */
export interface UnsurePlace {
  readonly seq: number;
  readonly commitId: string;
}

/** How an attempt ended whose record no commit holds for certain. */
export interface EndedAttempt {
  readonly pending: Pending;
  readonly outcome: Outcome;
  readonly unsure?: UnsurePlace;
}

/**
 * Send an outcome that could not be committed to the run's inbox: if its step is still open, it is the answer. Of what
 * did not certainly happen only the use is sent; an error that came too late says nothing.
 */
export function handIn(
  kernel: Kernel,
  runId: string,
  { pending, outcome, unsure }: EndedAttempt,
): void {
  if (outcome.status !== "completed" && outcome.usage === undefined) return;
  const message = messageOf(kernel, pending, outcome);
  kernel.inBackground(`${runId}: outcome of ${pending.stepId}`, async () => {
    const mayCountTwice = message.usage !== undefined && unsure !== undefined;
    if (mayCountTwice && (await isWritten(kernel, runId, unsure))) return;
    const delivery = await kernel.store.deliver(runId, message);
    if (delivery === "accepted") await kernel.attend(runId);
  });
}

function messageOf(kernel: Kernel, { stepId, attempt }: Pending, outcome: Outcome): OutcomeMessage {
  const isResult = outcome.status === "completed";
  return {
    kind: "outcome",
    messageId: `${stepId}:${attempt}:${isResult ? "outcome" : outcome.status}`,
    by: kernel.owner,
    sentAt: formatInstant(kernel.clock.now()),
    stepId,
    attempt,
    result: isResult ? outcome.result : null,
    error: isResult ? null : outcome.status === "failed" ? outcome.error : interruptedError,
    ...usageIn(outcome),
  };
}

async function isWritten(
  kernel: Kernel,
  runId: string,
  { seq, commitId }: UnsurePlace,
): Promise<boolean> {
  const [record] = await kernel.store.records(runId, { after: seq - 1, limit: 1 });
  return record?.commitId === commitId;
}
