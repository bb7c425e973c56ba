// One contender in a process of its own, which takes turns until it is told to stop. Forked by hire.ts.
import { contenderNamed } from "./contenders.ts";
import type { Contender, Turn, Workload } from "./contender.ts";
import { flushStatistics } from "../measure/server-counters.ts";

export interface Order {
  readonly workload: Workload;
  // oxlint-disable-next-line typescript/no-explicit-any -- the load that the workload names
  readonly load: any;
}

export type Answer =
  | { readonly turn: Turn; readonly flushes: number }
  | { readonly error: string }
  | { readonly ready: true };

const [name, url = ""] = process.argv.slice(2);

try {
  const contender = await contenderNamed(name)(url);
  process.on("message", (order: Order | "stop") => void obey(contender, order));
  answer({ ready: true });
} catch (error) {
  fail(error);
}

async function obey(contender: Contender, order: Order | "stop"): Promise<void> {
  try {
    if (order === "stop") return await leave(contender);
    const { workload, load } = order;
    const turn = await contender[workload]?.(load);
    if (turn === undefined) throw new Error(`${name} has no workload "${workload}"`);
    const { pool } = contender;
    answer({ turn, flushes: pool === null ? 0 : await flushStatistics(pool) });
  } catch (error) {
    fail(error);
  }
}

async function leave(contender: Contender): Promise<void> {
  await contender[Symbol.asyncDispose]();
  process.disconnect();
}

function answer(message: Answer): void {
  process.send?.(message);
}

function fail(error: unknown): void {
  answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
