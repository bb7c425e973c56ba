import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Counters, ServerCounters } from "../measure/server-counters.ts";
import type { BenchServer } from "../workload/bench-server.ts";
import type { Loads, Turn, Workload } from "./contender.ts";
import type { ContenderName } from "./contenders.ts";
import type { Answer, Order } from "./serve.ts";

/** A turn, and what the server did meanwhile. */
export interface CountedTurn extends Turn, Counters {}

/** A contender at work in a process of its own. */
export interface Hired {
  readonly name: ContenderName;
  turn<Name extends Workload>(workload: Name, load: Loads[Name]): Promise<CountedTurn>;
}

/** Contenders with a process and a database each, all of which go away afterwards. */
export async function withContenders<T>(
  server: BenchServer,
  names: readonly ContenderName[],
  use: (hired: readonly Hired[]) => Promise<T>,
): Promise<T> {
  await using stack = new AsyncDisposableStack();
  const hired: Hired[] = [];
  for (const name of names) {
    const database = stack.use(await server.newDatabase());
    hired.push(stack.use(await hire(name, database.url, database.counters)));
  }
  return await use(hired);
}

async function hire(
  name: ContenderName,
  url: string,
  counters: ServerCounters,
): Promise<Hired & AsyncDisposable> {
  // What a contender prints is not ours to print: stdout belongs to the report.
  const child = fork(join(import.meta.dirname, "serve.ts"), [name, url], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: { ...process.env, LANGSMITH_TRACING: "false", LANGCHAIN_TRACING_V2: "false" },
  });
  await heard(name, child);
  return {
    name,
    async turn(workload, load) {
      const before = await counters.read();
      child.send({ workload, load } satisfies Order);
      const answer = await heard(name, child);
      if (!("turn" in answer)) throw new Error(`${name} answered a turn with its start`);
      const { turn, flushes } = answer;
      return { ...turn, ...(await counters.since({ ...before, own: flushes }, turn.log)) };
    },
    async [Symbol.asyncDispose]() {
      if (!child.connected) return;
      const exit = once(child, "exit");
      child.send("stop");
      await exit;
    },
  };
}

/** The next message of a child. @throws what went wrong there */
async function heard(
  name: string,
  child: ChildProcess,
): Promise<Exclude<Answer, { error: string }>> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const message = once(child, "message", { signal }).then(([answer]) => answer as Answer);
  const exit = once(child, "exit", { signal }).then(([code]): Answer => ({
    error: `it exited (${code})`,
  }));
  for (const either of [message, exit]) either.catch(() => undefined); // the one that did not come
  const answer = await Promise.race([message, exit]);
  waiting.abort();
  if ("error" in answer) throw new Error(`${name}: ${answer.error}`);
  return answer;
}
