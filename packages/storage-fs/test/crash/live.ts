import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Job, Line } from "./job.ts";

/** How a life is to end, if it does not come to the end of its work before. */
export interface Fate {
  /** Armed points: the pass at which the process kills itself there. */
  readonly crashAt?: ReadonlyMap<string, number>;
  /** The number of lines after which the parent kills, and how many turns of a loop later. */
  readonly killAfter?: number;
  readonly spin?: number;
  readonly stopAfter?: number;
}

/** What was heard of one process, from its start to its end. */
export interface Life {
  readonly lines: readonly Line[];
  readonly killed: boolean;
  /** Whether there is no work left. */
  readonly done: boolean;
}

/**
 * Start a worker and follow it to its end. SIGKILL leaves it no instruction more: no handler runs, no file is closed.
 *
 * @throws Error the worker failed by itself
 */
export async function live(script: string, job: Omit<Job, "stopAfter">, fate: Fate): Promise<Life> {
  const { crashAt = new Map<string, number>(), killAfter = Infinity, spin = 0 } = fate;
  const told: Job = { ...job, stopAfter: fate.stopAfter ?? null };
  const armed = Array.from(crashAt, ([name, pass]) => `${name}:${pass}`).join(",");
  const child = spawn(process.execPath, [script, JSON.stringify(told)], {
    env: { ...process.env, CRASH_AT: armed },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  const lines: Line[] = [];
  const errors: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
  createInterface({ input: child.stdout }).on("line", (text) => {
    lines.push(JSON.parse(text) as Line);
    if (lines.length !== killAfter) return;
    for (let turn = 0; turn < spin; turn += 1);
    child.kill("SIGKILL");
  });
  const [code, signal] = (await closed) as [number | null, NodeJS.Signals | null];
  if (signal === null && code !== 0)
    throw new Error(`worker of life ${job.life} failed with ${code}: ${errors.join("")}`);
  return {
    lines,
    killed: signal === "SIGKILL",
    done: lines.some(({ kind }) => kind === "done"),
  };
}
