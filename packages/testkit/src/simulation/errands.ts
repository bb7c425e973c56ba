import { isAbstractRuntimeError, type Workflow } from "@abstractruntime/core";
import type { Clock } from "@abstractruntime/core/store";
import type { SimulatedProcess } from "./simulated-process.ts";
import type { OutsideAction } from "./simulation-options.ts";
import type { Trace } from "./trace.ts";
import type { Accepted } from "./witness.ts";

/** Who is asked: a process, or where it has one, its client. */
type Asked = Pick<SimulatedProcess, "runtime" | "client">;

/** Something that somebody outside wants of the runtime. */
export interface Errand {
  readonly name: string;
  /** The workflow that whoever does it must have. */
  readonly needs?: Workflow;
  /** Does it; repeated with the same ids it counts once. */
  readonly work: (process: Asked) => Promise<readonly Accepted[]>;
}

/** Refusals that say nothing about the errand: whoever gets them asks again. */
const passing: ReadonlySet<string> = new Set([
  "store_unavailable",
  "run_leased",
  "lease_lost",
  "revision_conflict",
  "inbox_changed",
  "inbox_full",
]);

export interface ErrandDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly trace: Trace;
  /** Any process that lives and can do it. */
  readonly anyProcess: () => SimulatedProcess | undefined;
  readonly onAccepted: (accepted: Accepted) => void;
  readonly onRefused: (errand: string, code: string) => void;
}

/** Run an errand as a caller does who wants it done: asks a process, and when that is gone, another. */
export async function runErrand(deps: ErrandDeps, errand: Errand): Promise<void> {
  for (;;) {
    const process = deps.anyProcess();
    const answer = process === undefined ? "no process" : await ask(process, errand);
    if (typeof answer !== "string") {
      deps.trace.add("outside", `${errand.name}: accepted`);
      for (const accepted of answer) deps.onAccepted(accepted);
      return;
    }
    deps.trace.add("outside", `${errand.name}: ${answer}`);
    if (!passing.has(answer) && answer !== "no process" && answer !== "crashed")
      return deps.onRefused(errand.name, answer);
    await deps.clock.sleep(50 + Math.floor(deps.random() * 1_000));
  }
}

async function ask(
  process: SimulatedProcess,
  errand: Errand,
): Promise<readonly Accepted[] | string> {
  const done = errand
    .work(process)
    .catch((error: unknown) => (isAbstractRuntimeError(error) ? error.code : describe(error)));
  return Promise.race([done, process.death]);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What an action asks of the runtime. `messageId` is the same whenever it is repeated. */
export function errandOf(action: OutsideAction, messageId: string): Errand {
  return {
    name: `${action.kind} ${messageId}`,
    work: (asked) => perform(asked, action, messageId),
  };
}

async function perform(
  { runtime, client }: Asked,
  action: OutsideAction,
  messageId: string,
): Promise<readonly Accepted[]> {
  const verbs = client ?? runtime;
  switch (action.kind) {
    case "answer": {
      const { runId, waitId, payload } = action;
      await verbs.resume(runId, payload, { waitId, messageId });
      return [{ runId, messageId, waitId }];
    }
    case "event": {
      const { key, payload, runId, to, eventId = messageId } = action;
      const { deliveredTo } = await verbs.emitEvent(key, payload, {
        eventId,
        ...(to ?? { runId }),
      });
      return deliveredTo.map((id) => ({ runId: id, messageId: eventId, waitId: null }));
    }
    case "settle": {
      const { runId, waitId, verdict } = action;
      await verbs.settle(runId, waitId, verdict, { messageId });
      return [{ runId, messageId, waitId }];
    }
    case "fork": {
      const { runId, id, atSeq, effects } = action;
      await runtime.fork(runId, { id, atSeq, effects, drive: false });
      return [];
    }
    case "cancel": {
      await verbs.cancelRun(action.runId, action.reason, { messageId });
      return [];
    }
    case "pause":
      await verbs.pauseRun(action.runId, { messageId });
      return []; // a run that is paused already is sent nothing
    case "unpause":
      await verbs.unpauseRun(action.runId, { messageId });
      return [];
    case "limits":
      await verbs.updateLimits(action.runId, action.limits, { messageId });
      return [{ runId: action.runId, messageId, waitId: null }];
    default:
      return action satisfies never;
  }
}
