import {
  askUser,
  complete,
  defineEffect,
  defineWorkflow,
  startSubworkflow,
  waitAny,
  waitEvent,
  waitUntil,
  type Plan,
  type Runtime,
  type Workflow,
} from "@abstractruntime/core";
import { newWorld, type World } from "../../../core/test/world.ts";

type Schema = NonNullable<Workflow["varsSchema"]>;

/** A schema of the test's own: what `parse` throws is its issue. */
export function schema(parse: (value: unknown) => unknown): Schema {
  return {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => {
        try {
          return { value: parse(value) };
        } catch (error) {
          return { issues: [{ message: (error as Error).message, path: ["n"] }] };
        }
      },
    },
  };
}

/** Accepts `{ n: number }`. */
export const numbers = schema((value) => {
  if (typeof (value as { n?: unknown } | null)?.n !== "number") throw new Error("give a number");
  return value;
});

/** Accepts anything, and makes a Date of it. */
export const dates = schema(() => ({ when: new Date(0) }));

/** Completes with what its only wait was answered. */
export const waits = (
  id: string,
  wait: () => Plan<"end", never>,
  answers?: { wait: Schema },
): Workflow =>
  defineWorkflow({
    id,
    entry: "wait",
    answers,
    nodes: { wait, end: (run) => complete(run.vars.r ?? null) },
  });

export const idle: Workflow = defineWorkflow({
  id: "idle",
  entry: "a",
  nodes: { a: () => complete(null) },
});

export const typed: Workflow = defineWorkflow({
  id: "typed",
  entry: "a",
  vars: numbers,
  nodes: { a: () => complete(null) },
});

/** A store with a run of each kind, and the runtime that made them. */
export interface Scene {
  readonly world: World;
  readonly runtime: Runtime;
  readonly waitIds: Readonly<Record<string, string>>;
}

export async function newScene(): Promise<Scene> {
  const world = newWorld();
  const letter = defineEffect({
    type: "letter",
    replay: "never",
    perform: () => {
      throw new Error("nobody knows");
    },
  });
  const choice = waits("choice", () =>
    askUser({
      prompt: "?",
      choices: ["yes", "no"],
      allowFreeText: false,
      resultKey: "r",
      next: "end",
    }),
  );
  const open = waits("open", () => askUser({ prompt: "?", key: "k", resultKey: "r", next: "end" }));
  const strict = waits("strict", () => askUser({ prompt: "?", next: "end" }), { wait: numbers });
  const dated = waits("dated", () => askUser({ prompt: "?", next: "end" }), { wait: dates });
  const event = waits("event", () => waitEvent({ key: ["a", "b"], next: "end" }));
  const user = { prompt: "?", key: "ask", choices: ["yes", "no"], allowFreeText: false };
  const several = waits("several", () => waitAny({ events: ["paid"], user, next: "end" }));
  const unasked = waits("unasked", () => waitAny({ events: ["a"], afterMs: 1, next: "end" }));
  const timer = waits("timer", () => waitUntil({ afterMs: 3_600_000, next: "end" }));
  const parent = waits("parent", () => startSubworkflow({ workflow: "open", next: "end" }));
  const sends = waits("sends", () => letter({ to: "ada" }, { next: "end" }));
  const runtime = world.runtime({ effects: [letter], workflows: [open] });
  for (const workflow of [
    choice,
    open,
    strict,
    dated,
    event,
    several,
    unasked,
    timer,
    parent,
    sends,
  ])
    await runtime.start(workflow, { id: workflow.id });
  await runtime.start(idle, { id: "ended" });
  await runtime.start(typed, { id: "typed", vars: { n: 1 } });
  await runtime.start(idle, { id: "running", drive: false });
  await runtime.start(open, { id: "cancelled" });
  await runtime.cancelRun("cancelled", "over");
  const { items } = await world.store.list();
  const waitIds = items.flatMap(({ run }) =>
    run.waiting === null ? [] : [[run.runId, run.waiting.waitId] as const],
  );
  return { world, runtime, waitIds: Object.fromEntries(waitIds) };
}
