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
    ...header(shell, options),
  };
  try {
    await sendMessage(shell, stored, message, { maxSteps: 0, mayRepeat: false });
  } catch (error) {
    const { run } = await loadRun(shell.kernel, runId);
    if (!isEnded(run)) throw error;
  }
  return (await loadRun(shell.kernel, runId)).run;
}

/** Pause a run: nobody drives it until it is unpaused; what is sent to it meanwhile is kept. */
export async function pauseRun(
  shell: Shell,
  runId: string,
  kind: "pause" | "unpause",
  options: ControlOptions,
): Promise<void> {
  shell.drivers.assertOpen();
  assertSender(options);
  const stored = await loadRun(shell.kernel, runId);
  if (isEnded(stored.run)) throw runEnded(runId);
  await sendMessage(
    shell,
    stored,
    { kind, ...header(shell, options) },
    { maxSteps: kind === "pause" ? 0 : Infinity, mayRepeat: options.messageId !== undefined },
  );
}

/** Change known fields of a run's `_limits`. @throws run_not_found, run_ended, invalid_argument */
export async function updateLimits(
  shell: Shell,
  runId: string,
  updates: LimitUpdates,
  options: ControlOptions,
): Promise<void> {
  shell.drivers.assertOpen();
  assertSender(options);
  const limits = { ...parseLimitUpdates(updates) };
  const stored = await loadRun(shell.kernel, runId);
  if (isEnded(stored.run)) throw runEnded(runId);
  await sendMessage(
    shell,
    stored,
    { kind: "limits", limits, ...header(shell, options) },
    { maxSteps: 0, mayRepeat: options.messageId !== undefined },
  );
}

function header(
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
