import type { Pending } from "../run/pending.ts";
import type { RunState } from "../run/run-state.ts";
import { stepIdOf, stepKey } from "../step/step-key.ts";
import { runEventPrefix } from "../wait/event-key.ts";
import type { Wait } from "../wait/wait.ts";

/** What a fork's own names are made of. */
export interface ForkNames {
  readonly runId: string;
  readonly nonce: string;
  /** A new unguessable token. */
  readonly token: () => string;
}

/** The same step, under the fork's names, and given to nobody yet: what the origin tried for it is another life's. */
export function ownStep(pending: Pending, names: ForkNames): Pending {
  return {
    ...pending,
    phase: "ready",
    stepId: stepIdOf(names.runId, pending.ordinal),
    idempotencyKey: stepKey(names, pending.ordinal),
    waitId: names.token(),
    attempt: 1,
    failures: 0,
    interruptions: 0,
    notBefore: null,
    startedAt: null,
  };
}

/**
 * The same wait under the fork's names: an answer by the origin's `waitId` never ends it. It listens to the same keys,
 * but for those that name the origin.
 */
export function ownWait(wait: Wait, run: RunState, names: ForkNames): Wait {
  const prefixes = [
    [`user:${run.runId}:`, `user:${names.runId}:`],
    [runEventPrefix(run.runId), runEventPrefix(names.runId)],
  ] as const;
  const own = (key: string): string => {
    const [named, ours] = prefixes.find(([prefix]) => key.startsWith(prefix)) ?? ["", ""];
    return ours + key.slice(named.length);
  };
  const ordinal = run.pending?.ordinal ?? run.ordinal;
  return {
    ...wait,
    waitId: names.token(),
    stepId: wait.stepId === null ? null : stepIdOf(names.runId, ordinal),
    waitKey: wait.waitKey === null ? null : own(wait.waitKey),
    waitKeys: wait.waitKeys.map(own),
  };
}
