import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Message } from "../inbox/message.ts";
import { parseLimitUpdates, type LimitUpdates } from "../limits/update-limits.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import { formatInstant } from "../time/instant.ts";
import { assertSender } from "./assert-text.ts";
import { loadRun, type Shell } from "./drive-run.ts";
import { runEnded, sendMessage } from "./send-message.ts";

/** Who does it, and an id that makes a repeated call count once. */
export interface ControlOptions {
  readonly by?: string | undefined;
  readonly messageId?: string | undefined;
}

/** Cancel a run and its descendants. An ended run is returned unchanged. @throws run_not_found, invalid_argument */
export async function cancelRun(
  shell: Shell,
  runId: string,
  reason: string,
  options: ControlOptions,
): Promise<RunState> {
  shell.drivers.assertOpen();
  assertSender(options);
  if (typeof reason !== "string")
    throw new AbstractRuntimeError("invalid_argument", "reason must be a text");
  const stored = await loadRun(shell.kernel, runId);
  if (isEnded(stored.run)) return stored.run;
  const message: Message = {
    kind: "cancel",
    reason: (reason || "Cancelled").toWellFormed(),
    ...messageHeader(shell, options),
  };
  try {
    await sendMessage(shell, stored, message, { maxSteps: 0, mayRepeat: false });
  } catch (error) {
    const { run } = await loadRun(shell.kernel, runId);
    if (!isEnded(run)) throw error;
  }
  return (await loadRun(shell.kernel, runId)).run;
}

export interface LimitOptions extends ControlOptions {
  /** Whether a run that waited for the change goes on in this process; true by default. */
  readonly drive?: boolean | undefined;
}

/**
 * Change known fields of a run's `_limits`. A run that waits before a limit which is not used up any more goes on.
 *
 * @throws run_not_found, run_ended, invalid_argument
 */
export async function updateLimits(
  shell: Shell,
  runId: string,
  updates: LimitUpdates,
  options: LimitOptions,
): Promise<void> {
  shell.drivers.assertOpen();
  assertSender(options);
  const limits = { ...parseLimitUpdates(updates) };
  const stored = await loadRun(shell.kernel, runId);
  if (isEnded(stored.run)) throw runEnded(runId);
  const goesOn = stored.run.waiting?.gate === "limit" && options.drive !== false;
  await sendMessage(
    shell,
    stored,
    { kind: "limits", limits, ...messageHeader(shell, options) },
    { maxSteps: goesOn ? Infinity : 0, mayRepeat: options.messageId !== undefined },
  );
}

/** What every message says of its sender. */
export function messageHeader(
  { kernel }: Shell,
  { by = null, messageId }: { by?: string | null | undefined; messageId?: string | undefined },
): {
  readonly messageId: string;
  readonly by: string | null;
  readonly sentAt: string;
} {
  return {
    messageId: messageId ?? kernel.ids.token(),
    by: by ?? null,
    sentAt: formatInstant(kernel.clock.now()),
  };
}
