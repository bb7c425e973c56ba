import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { MAX_WAIT_MS } from "../builtin/wait-options.ts";
import type { EventMessage } from "../inbox/message.ts";
import { copyJson } from "../json/copy-json.ts";
import type { Published } from "../ports/durable-store.ts";
import { isEnded } from "../run/run-state.ts";
import { formatInstant } from "../time/instant.ts";
import { eventKey, idNames, type EventAddress } from "../wait/event-key.ts";
import { assertSender } from "./assert-text.ts";
import { loadRun, type Shell } from "./drive-run.ts";
import { driveOn, runEnded, sendMessage } from "./send-message.ts";

/** Whose event it is: by `scope`; else it has a plain key, which with `runId` only this run is told. */
export type EventOptions = EventSettings &
  (EventAddress | { readonly scope?: undefined; readonly runId?: string | undefined });

export type EmitOptions = EventOptions & {
  /** Whether to drive the runs that got it, as far as this process has their code; true by default. */
  readonly drive?: boolean | undefined;
};

interface EventSettings {
  /** Names the event, as a webhook's delivery id does: sent again, it counts once per run. Random by default. */
  readonly eventId?: string | undefined;
  /** Who sends it. */
  readonly by?: string | undefined;
  /** How long it is kept when nobody waits, in milliseconds; 7 days by default. For one run it is kept until it ends. */
  readonly keepMs?: number | undefined;
}

const SEVEN_DAYS_MS = 7 * 86_400_000;

/**
 * Tell that something happened, by key or by name and scope: every run that waits for it now goes on with the payload; if
 * none does, the first that waits for it later gets it.
 *
 * @throws invalid_argument, invalid_json_value; for one run also run_not_found, run_ended, inbox_full
 */
export async function emitEvent(
  shell: Shell,
  name: string,
  payload: unknown,
  options: EmitOptions,
): Promise<Published> {
  const { kernel } = shell;
  shell.drivers.assertOpen();
  assertSender(options);
  const key = keyOf(name, options);
  const { keepMs = SEVEN_DAYS_MS } = options;
  if (!(keepMs >= 0 && keepMs <= MAX_WAIT_MS))
    throw invalid(
      `keepMs: ${keepMs} is no time to keep an event for: give milliseconds, 0 to 100 years`,
    );
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
  const runId = "runId" in options ? options.runId : undefined;
  if (runId !== undefined) {
    const stored = await loadRun(kernel, runId);
    if (isEnded(stored.run)) throw runEnded(runId);
    await sendMessage(shell, stored, message, {
      maxSteps,
      mayRepeat: options.eventId !== undefined,
    });
    return { deliveredTo: [runId], kept: false };
  }
  const expiresAt = formatInstant(now + keepMs);
  const published = await kernel.store.publish({ message, expiresAt });
  for (const receiver of published.deliveredTo) {
    await shell.drivers.tell(receiver);
    if (maxSteps > 0) await driveOn(shell, receiver, { maxSteps });
  }
  return published;
}

function keyOf(name: string, options: EmitOptions): string {
  if (options.scope !== undefined) return eventKey(name, options);
  const ids: { readonly [id: string]: unknown } = { ...options };
  for (const scope of ["session", "workflow"] as const)
    if (ids[idNames[scope]] !== undefined)
      throw invalid(`${idNames[scope]}: give scope: "${scope}" with it`);
  if (typeof name === "string" && name !== "" && name.isWellFormed()) return name;
  throw invalid("an event needs a key: a text that is not empty");
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
