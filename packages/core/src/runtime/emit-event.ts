import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { MAX_WAIT_MS } from "../builtin/wait-options.ts";
import type { EventMessage } from "../inbox/message.ts";
import { copyJson } from "../json/copy-json.ts";
import type { Published } from "../ports/durable-store.ts";
import { isEnded } from "../run/run-state.ts";
import { formatInstant } from "../time/instant.ts";
import { assertSender } from "./assert-text.ts";
import { loadRun, type Shell } from "./drive-run.ts";
import { driveOn, runEnded, sendMessage } from "./send-message.ts";

export interface EmitOptions {
  /** Names the event: sent again, it counts once per run. Random by default. */
  readonly eventId?: string | undefined;
  /** Only for this run; it is kept in its inbox until a wait for the key comes. */
  readonly runId?: string | undefined;
  /** Who sends it. */
  readonly by?: string | undefined;
  /** How long it is kept when nobody waits, in milliseconds; 7 days by default. */
  readonly keepMs?: number | undefined;
  /** Whether to drive the runs that got it, as far as this process has their code; true by default. */
  readonly drive?: boolean | undefined;
}

const SEVEN_DAYS_MS = 7 * 86_400_000;

/**
 * Tell that something happened under a key: every run that waits for it now goes on with the payload; if none does, the
 * first that waits for it later gets it.
 *
 * @throws invalid_argument, invalid_json_value; with `runId` also run_not_found, run_ended, inbox_full
 */
export async function emitEvent(
  shell: Shell,
  key: string,
  payload: unknown,
  options: EmitOptions,
): Promise<Published> {
  const { kernel } = shell;
  shell.drivers.assertOpen();
  assertSender(options);
  if (typeof key !== "string" || key === "" || !key.isWellFormed()) {
    throw new AbstractRuntimeError(
      "invalid_argument",
      "an event needs a key: a text that is not empty",
    );
  }
  const { keepMs = SEVEN_DAYS_MS } = options;
  if (!(keepMs >= 0 && keepMs <= MAX_WAIT_MS)) {
    throw new AbstractRuntimeError(
      "invalid_argument",
      `keepMs: ${keepMs} is no time to keep an event for: give milliseconds, 0 to 100 years`,
    );
  }
  const now = kernel.clock.now();
  const message: EventMessage = {
    kind: "event",
    messageId: options.eventId ?? kernel.ids.token(),
    by: options.by ?? null,
    sentAt: formatInstant(now),
    key,
    payload: copyJson(payload === undefined ? null : payload, "payload"),
  };
  const maxSteps = options.drive === false ? 0 : Infinity;
  if (options.runId !== undefined) {
    const stored = await loadRun(kernel, options.runId);
    if (isEnded(stored.run)) throw runEnded(options.runId);
    await sendMessage(shell, stored, message, {
      maxSteps,
      mayRepeat: options.eventId !== undefined,
    });
    return { deliveredTo: [options.runId], kept: false };
  }
  const expiresAt = formatInstant(now + keepMs);
  const published = await kernel.store.publish({ message, expiresAt });
  for (const runId of published.deliveredTo) {
    await shell.drivers.tell(runId);
    if (maxSteps > 0) await driveOn(shell, runId, { maxSteps });
  }
  return published;
}
