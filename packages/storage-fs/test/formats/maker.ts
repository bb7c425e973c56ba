import { cp } from "node:fs/promises";
import { join } from "node:path";
import { Runtime, type RuntimeOptions, type StartOptions } from "@abstractruntime/core";
import { FaultStore, sequentialIds, VirtualClock } from "@abstractruntime/testkit";
import { FileStore, type CrashPoint } from "../../src/index.ts";
import { effectsOf, workflows } from "./workflows.ts";

const python = join(import.meta.dirname, "../../../../fixtures/python-0.2.0/store");

/** Runs of 0.2.0: one is taken over, the other never touched. */
export const legacy = {
  adopted: "31c43b40-06f2-40d0-89a2-0e340b589fd6",
  untouched: "ecf07bda-0616-47bc-a814-806d031c7c21",
};

/** A folder in the making: a store, and processes that work on it. Made again, it has the same bytes. */
export class Maker {
  readonly store: FileStore;
  readonly clock: VirtualClock;
  /** A process that lives. */
  readonly runtime: Runtime;
  #processes = 0;

  private constructor(store: FileStore, clock: VirtualClock) {
    this.store = store;
    this.clock = clock;
    this.runtime = this.process();
  }

  static async open(dir: string, crashPoint: CrashPoint = () => {}): Promise<Maker> {
    for (const id of Object.values(legacy))
      for (const name of [`run_${id}.json`, `ledger_${id}.jsonl`])
        await cp(join(python, name), join(dir, name));
    const clock = new VirtualClock({ startAt: "2026-01-01T00:00:00Z" });
    return new Maker(await FileStore.open(dir, { clock, crashPoint }), clock);
  }

  process(options: Partial<RuntimeOptions> = {}): Runtime {
    this.#processes += 1;
    return new Runtime({
      store: this.store,
      clock: this.clock,
      ids: sequentialIds(this.#processes),
      owner: `process-${this.#processes}`,
      effects: effectsOf(),
      workflows,
      closesStore: false,
      ...options,
    });
  }

  /** Start a run that has its workflow's name, unless the options say another. */
  async start(workflowId: string, options: StartOptions<unknown> = {}): Promise<string> {
    const workflow = this.runtime.workflows.getOrThrow(workflowId);
    return (await this.runtime.start(workflow, { id: workflowId, ...options })).runId;
  }

  async waitId(runId: string): Promise<string> {
    const { waiting } = await this.runtime.getState(runId);
    if (waiting === null) throw new Error(`${runId} does not wait`);
    return waiting.waitId;
  }

  /** A child of a run that waits. */
  async childOf(runId: string): Promise<string> {
    const { items } = await this.store.listChildren(runId);
    const found = items.find(({ run }) => run.status === "waiting");
    if (found === undefined) throw new Error(`${runId} has no child that waits`);
    return found.run.runId;
  }

  /** Let a process die in the effect of a run that it starts. */
  async abandon(workflowId: string, id: string): Promise<void> {
    const behind = new FaultStore(this.store, { clock: this.clock });
    const dying = this.process({ store: behind, effects: effectsOf("hangs") });
    const workflow = this.runtime.workflows.getOrThrow(workflowId);
    void dying.start(workflow, { id }).catch(() => undefined);
    while ((await this.store.load(id))?.run.pending?.phase !== "begun") await turn();
    behind.partition();
  }

  async close(): Promise<void> {
    await this.runtime.close();
    await this.store.close();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
