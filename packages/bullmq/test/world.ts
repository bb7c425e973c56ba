import {
  complete,
  defineEffect,
  defineWorkflow,
  EffectError,
  type Logger,
  MemoryStore,
  Runtime,
  type RuntimeOptions,
  startSubworkflow,
  startSubworkflows,
  waitEvent,
  waitUntil,
} from "@abstractruntime/core";
import { BullFleet, type FleetOptions } from "../src/index.ts";

/** An effect under way, in the test's hand. */
export interface Call {
  readonly runId: string;
  readonly signal: AbortSignal;
  end(result?: string): void;
}

const leaf = defineWorkflow({ id: "leaf", entry: "a", nodes: { a: () => complete("leaf") } });

/** A timer, an effect that fails at first, an event, one child, and three. */
const errand = defineWorkflow({
  id: "errand",
  entry: "sleep",
  nodes: {
    sleep: () => waitUntil({ afterMs: 30, next: "flaky" }),
    flaky: () => ({ effect: { type: "flaky", resultKey: "worked" }, nextNode: "hear" }),
    hear: (run) => waitEvent({ key: `news:${run.runId}`, resultKey: "news", next: "one" }),
    one: () => startSubworkflow({ workflow: leaf, resultKey: "one", next: "three" }),
    three: () =>
      startSubworkflows(
        [leaf, leaf, leaf].map((workflow) => ({ workflow })),
        {
          resultKey: "three",
          next: "end",
        },
      ),
    end: ({ vars }) => complete({ worked: vars.worked, news: vars.news, one: vars.one.output }),
  },
});

const quick = defineWorkflow({ id: "quick", entry: "a", nodes: { a: () => complete("done") } });
const urgent = defineWorkflow({ id: "urgent", entry: "a", nodes: { a: () => complete("done") } });

/** One effect that ends when the test says so, and then another one. */
const held = defineWorkflow({
  id: "held",
  entry: "a",
  nodes: {
    a: () => ({ effect: { type: "held", resultKey: "r" }, nextNode: "b" }),
    b: () => ({ effect: { type: "held", resultKey: "r" }, nextNode: "end" }),
    end: (run) => complete(run.vars.r),
  },
});

/** A store in memory, a runtime, and parts of a fleet that are stopped in the end. */
export class World implements AsyncDisposable {
  readonly workflows = { leaf, errand, quick, urgent, held };
  readonly calls: Call[] = [];
  readonly log: { readonly event: string; readonly fields: unknown }[] = [];
  readonly store = new MemoryStore();
  readonly runtime: Runtime;
  readonly #fleets: BullFleet[] = [];

  constructor(options: Partial<RuntimeOptions> = {}) {
    this.runtime = this.newRuntime(options);
  }

  newRuntime(options: Partial<RuntimeOptions> = {}): Runtime {
    const heldEffect = defineEffect({
      type: "held",
      replay: "idempotent",
      perform: (_payload: unknown, { runId, signal }) =>
        new Promise<string>((resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
          this.calls.push({ runId, signal, end: (result = "worked") => resolve(result) });
        }),
    });
    const flaky = defineEffect({
      type: "flaky",
      replay: "safe",
      retry: { maxAttempts: 3, baseMs: 10, maxMs: 10 },
      perform: async (_payload: unknown, { attempt }) => {
        if (attempt === 1) throw new EffectError("not yet");
        return "worked";
      },
    });
    return new Runtime({
      store: this.store,
      workflows: Object.values(this.workflows),
      effects: [heldEffect, flaky],
      closesStore: false,
      ...options,
    });
  }

  /** Begun, on this world's runtime unless told otherwise. */
  fleet(options: Partial<FleetOptions> & Pick<FleetOptions, "connection">): BullFleet {
    const note = (event: string, fields?: unknown): void => void this.log.push({ event, fields });
    const logger: Logger = { debug: note, info: note, warn: note, error: note };
    const fleet = new BullFleet({ runtime: this.runtime, logger, ...options });
    this.#fleets.push(fleet);
    fleet.start();
    return fleet;
  }

  /** Runs of a workflow, due for whoever drives. */
  async startMany(workflow: keyof World["workflows"], count: number): Promise<readonly string[]> {
    const ids = Array.from({ length: count }, (_, index) => `${workflow}-${index}`);
    for (const id of ids) await this.runtime.start(this.workflows[workflow], { id, drive: false });
    return ids;
  }

  async results(ids: readonly string[]): Promise<readonly unknown[]> {
    return Promise.all(ids.map((id) => this.runtime.handle(id).result()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#fleets.map((fleet) => fleet.stop({ drainMs: 0 })));
    await this.runtime.close();
  }
}

/** Look again and again until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}
