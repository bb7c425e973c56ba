import type { Pending } from "../run/pending.ts";
import type { Outcome } from "../step/outcome.ts";
import { formatInstant } from "../time/instant.ts";
import type { Kernel } from "./kernel.ts";

/**
 * Send an outcome that could not be committed to the run's inbox: if its step is still open, it is the answer. Only
 * what certainly happened is sent; an error that came too late says nothing.
 */
export function handIn(kernel: Kernel, runId: string, pending: Pending, outcome: Outcome): void {
  if (outcome.status !== "completed") return;
  const { stepId, attempt } = pending;
  const messageId = `${stepId}:${attempt}:outcome`;
  const sentAt = formatInstant(kernel.clock.now());
  const { result } = outcome;
  const message = {
    kind: "outcome" as const,
    messageId,
    by: kernel.owner,
    sentAt,
    stepId,
    attempt,
    result,
    error: null,
  };
  kernel.inBackground(`${runId}: outcome of ${stepId}`, async () => {
    const delivery = await kernel.store.deliver(runId, message);
    if (delivery === "accepted") await kernel.attend(runId);
  });
}
