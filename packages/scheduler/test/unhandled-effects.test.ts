import {
  complete,
  defineEffect,
  defineWorkflow,
  type DurableStore,
  MemoryStore,
  Runtime,
} from "@abstractruntime/core";
import { VirtualClock } from "@abstractruntime/testkit";
import { describe, expect, it } from "vitest";
import { Scheduler, type SchedulerOptions } from "../src/index.ts";

const mixed = defineWorkflow({
  id: "mixed",
  entry: "write",
  nodes: {
    write: () => ({ effect: { type: "write", resultKey: "text" }, nextNode: "print" }),
    print: () => ({ effect: { type: "print", resultKey: "page" }, nextNode: "again" }),
    again: () => ({ effect: { type: "write", resultKey: "more" }, nextNode: "end" }),
    end: ({ vars }) => complete([vars.text, vars.page, vars.more]),
  },
});

/** A store and processes, each with the effects that it is given. */
function newWorld(store?: (clock: VirtualClock) => DurableStore) {
  const clock = new VirtualClock();
  const shared = store?.(clock) ?? new MemoryStore({ clock });
  const performed: string[] = [];
  const failures: string[] = [];
  const start = (types: readonly string[], options: Partial<SchedulerOptions> = {}) => {
    const effects = types.map((type) =>
      defineEffect({
        type,
        replay: "never",
        perform: () => {
          performed.push(type);
          return type;
        },
      }),
    );
    const runtime = new Runtime({ store: shared, clock, workflows: [mixed], effects });
    const onRunFailed = (_runId: string, error: Error): void => {
      failures.push((error as { code?: string }).code ?? error.message);
    };
    const scheduler = new Scheduler({ runtime, clock, onRunFailed, ...options });
    scheduler.start();
    return { runtime, scheduler };
  };
  return { clock, performed, failures, start };
}

describe("A run that asks for an effect which this process does not perform", () => {
  it("is put off and told of, and goes on where the effect is performed", async () => {
    const { clock, performed, failures, start } = newWorld();
    const { runtime, scheduler } = start(["write"], { unhandledEffects: "put_off" });
    await runtime.start(mixed, { id: "run", drive: false });
    await clock.advance(20_000);
    expect(performed).toEqual(["write"]);
    expect(failures).toEqual(Array<string>(5).fill("effect_not_registered")); // after 0, 1, 3, 7 and 15 s, and a moment in which others go first
    expect(scheduler.stats).toMatchObject({ runsFailed: 5, runsResumed: 0 });
    expect(await runtime.getState("run")).toMatchObject({
      status: "running",
      currentNode: "print",
    });
    start(["write", "print"]);
    await clock.advance(20_000);
    expect((await runtime.getState("run")).output).toEqual(["write", "print", "write"]);
    expect(performed).toEqual(["write", "print", "write"]);
  });

  it("goes on from process to process, where none performs all of its effects", async () => {
    const { clock, performed, start } = newWorld();
    const { runtime } = start(["write"], { unhandledEffects: "put_off" });
    start(["print"], { unhandledEffects: "put_off" });
    await runtime.start(mixed, { id: "run", drive: false });
    await clock.advance(600_000);
    expect((await runtime.getState("run")).output).toEqual(["write", "print", "write"]);
    expect(performed).toEqual(["write", "print", "write"]);
  });

  it("may be cancelled meanwhile", async () => {
    const { clock, start } = newWorld();
    const { runtime } = start([], { unhandledEffects: "put_off" });
    await runtime.start(mixed, { id: "run", drive: false });
    await clock.advance(1_000);
    await runtime.cancelRun("run", "enough");
    await clock.advance(10);
    expect((await runtime.getState("run")).status).toBe("cancelled");
  });

  it("fails where no other process may write to the store, or where it is told to", async () => {
    const many = { survives: "crash", writers: "many_processes", reopens: true } as const;
    for (const { store, options, status } of [
      { store: undefined, options: {}, status: "failed" },
      { store: many, options: {}, status: "running" },
      { store: many, options: { unhandledEffects: "fail" }, status: "failed" },
    ] as const) {
      const { clock, start } = newWorld((shared) =>
        Object.assign(new MemoryStore({ clock: shared }), store && { capabilities: store }),
      );
      const { runtime } = start(["write"], options);
      await runtime.start(mixed, { id: "run", drive: false });
      await clock.advance(100);
      expect((await runtime.getState("run")).status).toBe(status);
    }
  });
});
