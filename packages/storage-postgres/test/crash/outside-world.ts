import {
  isAbstractRuntimeError,
  type Runtime,
  type RunState,
  type Verdict,
  type Wait,
} from "@abstractruntime/core";
import type { DurableStore } from "@abstractruntime/core/store";
import type { Fleet } from "./fleet.ts";
import { started } from "./workflows.ts";

interface Surroundings {
  readonly store: DurableStore;
  readonly runtime: Runtime;
  readonly fleet: Fleet;
  readonly random: () => number;
}

/** Answers that mean: this was said before, and has done what it could. */
const saidBefore = new Set(["run_ended", "run_not_waiting", "wait_id_mismatch"]);

/** Refusals that say nothing: whoever gets them asks again. */
const passing = new Set(["store_unavailable", "run_leased", "revision_conflict", "lease_lost"]);

/** So many runs are seen to at the same time. */
const AT_ONCE = 16;

/** A message that was accepted for a run. */
export interface Accepted {
  readonly runId: string;
  readonly messageId: string;
}

/** Everybody outside of the runs: starts them, answers, sends events and settles, in one process that nobody kills. */
export class OutsideWorld {
  readonly accepted: Accepted[] = [];
  runIds: readonly string[];
  readonly #with: Surroundings;
  #started = 0;

  constructor(count: number, surroundings: Surroundings) {
    this.#with = surroundings;
    this.runIds = Array.from({ length: count }, (_, index) => `run-${index}`);
  }

  get hasStartedAll(): boolean {
    return this.#started === this.runIds.length;
  }

  /** Start no more than were started by now. */
  closeDoor(): void {
    this.runIds = this.runIds.slice(0, this.#started);
  }

  /** Start so many more runs, due for whoever finds them. Events for some of them come before they wait. */
  async startNext(count: number): Promise<void> {
    const { runtime, random } = this.#with;
    const ids = this.runIds.slice(this.#started, this.#started + Math.max(0, count));
    const before = this.#started;
    this.#started += ids.length;
    await inParallel(ids.entries(), async ([index, id]) => {
      const workflow = started[(before + index) % started.length] ?? started[0];
      await insist(() => runtime.start(workflow, { id, vars: {}, drive: false }));
      if (workflow.id === "order" && random() < 0.5) await this.#pay(id);
    });
  }

  /** Do once what the runs that wait need from outside. */
  async seeToAll(): Promise<void> {
    await inParallel(this.#waiting(), (run) => this.#see(run, run.waiting));
  }

  async *#waiting(): AsyncGenerator<RunState & { readonly waiting: Wait }> {
    const { store } = this.#with;
    for (let cursor: string | null | undefined; cursor !== null;) {
      const query = { status: "waiting" as const, limit: 500 };
      const page = await insist(() => store.list({ ...query, ...(cursor && { cursor }) }));
      for (const { run } of page.items)
        if (run.waiting !== null) yield { ...run, waiting: run.waiting };
      cursor = page.nextCursor;
    }
  }

  async #see(run: RunState, { gate, reason, waitId, stepId }: Wait): Promise<void> {
    const { runtime } = this.#with;
    const { runId } = run;
    if (gate !== null) return this.#settle(run, waitId, gate);
    if (reason === "event") return this.#pay(runId);
    if (reason !== "user") return undefined;
    const messageId = `answer:${stepId}`;
    const options = { waitId, messageId, drive: false };
    return this.#say(runId, messageId, () => runtime.resume(runId, "yes", options));
  }

  /** An effect of unknown outcome has happened if there is evidence that it has. */
  async #settle({ runId, pending }: RunState, waitId: string, gate: string): Promise<void> {
    const { runtime, fleet } = this.#with;
    const deeds = fleet.deedsOf(pending?.stepId ?? "");
    if (deeds === undefined) return undefined; // somebody is still at it
    const done = deeds.find(({ phase }) => phase === "end");
    const verdict: Verdict =
      gate === "unknown_outcome" && done !== undefined ? { happened: done.result } : "not_happened";
    const messageId = `settle:${waitId}`;
    return this.#say(runId, messageId, () => runtime.settle(runId, waitId, verdict, { messageId }));
  }

  async #pay(runId: string): Promise<void> {
    const { runtime, random } = this.#with;
    const eventId = `paid:${runId}`;
    const options = { eventId, drive: random() < 0.1 };
    await insist(() => runtime.emitEvent(`paid:${runId}`, { amount: 7 }, options));
    this.#note({ runId, messageId: eventId });
  }

  async #say(runId: string, messageId: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await insist(work);
      this.#note({ runId, messageId });
    } catch (error) {
      if (!(isAbstractRuntimeError(error) && saidBefore.has(error.code))) throw error;
    }
  }

  #note(accepted: Accepted): void {
    this.accepted.push(accepted);
  }
}

/** Ask until there is an answer. */
async function insist<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(isAbstractRuntimeError(error) && passing.has(error.code))) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function inParallel<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  for await (const item of items) {
    const done = work(item).finally(() => underWay.delete(done));
    underWay.add(done);
    if (underWay.size >= AT_ONCE) await Promise.race(underWay);
  }
  await Promise.all(underWay);
}
