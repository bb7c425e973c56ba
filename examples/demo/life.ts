import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type FromWorker, goOn, type Job, type Outcome } from "./messages.ts";
import type { Midway } from "./review/midway.ts";

/** What one worker did, from its start to its end. */
export interface Life {
  readonly pid: number | undefined;
  /** The effects that it performed, the one in which it was killed included. */
  readonly performed: readonly Midway[];
  /** The effect in whose middle it was killed, if it was. */
  readonly killedIn: Midway | null;
  /** The signal that ended it. */
  readonly signal: NodeJS.Signals | null;
  /** What it said last, unless it was killed. */
  readonly outcome: Outcome | null;
}

/**
 * Start a worker and follow it to its end. In the middle of each effect it stands still and asks; `survives` says whether
 * it may go on. If not, it gets SIGKILL there and then: no handler runs, no file is closed, nothing is said goodbye to.
 *
 * @throws Error the worker failed, or died by itself
 */
export async function live(
  job: Job,
  survives: (where: Midway) => boolean,
  script = "worker.ts",
): Promise<Life> {
  const child = fork(join(import.meta.dirname, script), [JSON.stringify(job)]);
  const performed: Midway[] = [];
  let killedIn: Midway | null = null;
  let last: Exclude<FromWorker, { type: "midway" }> | undefined;

  child.on("message", (message: FromWorker) => {
    if (message.type !== "midway") {
      last = message;
      return;
    }
    performed.push(message.where);
    if (survives(message.where)) child.send(goOn);
    else {
      killedIn = message.where;
      child.kill("SIGKILL");
    }
  });
  // The channel is empty when it is disconnected; the exit alone may come before the last message.
  const [[code, signal]] = await Promise.all([once(child, "exit"), once(child, "disconnect")]);

  if (last?.type === "failed") throw new Error(last.message);
  if (last === undefined && killedIn === null)
    throw new Error(`the worker died by itself (exit code ${code}, signal ${signal})`);
  return { pid: child.pid, performed, killedIn, signal, outcome: last?.outcome ?? null };
}
