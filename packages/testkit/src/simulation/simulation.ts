import {
  isAbstractRuntimeError,
  isDelegatedEffect,
  isEnded,
  MemoryStore,
  type DelegatedEffect,
  type EffectDefinition,
} from "@abstractruntime/core";
import { parseInstant, type DurableStore, type StoredRun } from "@abstractruntime/core/store";
import { VirtualClock } from "../clock/virtual-clock.ts";
import { seededRandom } from "../ids/sequential-ids.ts";
import { errandOf, runErrand, type Errand } from "./errands.ts";
import { Fates } from "./fates.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { SimulatedWorld } from "./simulated-world.ts";
import type { OutsideAction, SimulationOptions } from "./simulation-options.ts";
import { Trace } from "./trace.ts";
import { Turns } from "./turns.ts";
import { Wire, type SimulatedCrash } from "./wire.ts";
import { Witness } from "./witness.ts";

/** How much of everything a simulation did. */
export interface SimulationCounts {
  readonly calls: number;
  readonly commits: number;
  readonly virtualMs: number;
}

/** Errors with which a driver may leave a run to others. */
const passing: ReadonlySet<string> = new Set([
  "run_leased",
  "lease_lost",
  "revision_conflict",
  "store_unavailable",
]);

const A_YEAR_MS = 365 * 86_400_000;

/** One run of a simulation: processes over one store, and everything that happens to them decided by one seed. */
export class Simulation {
  readonly seed: number;
  readonly trace: Trace;
  readonly world: SimulatedWorld;
  readonly witness: Witness;
  readonly violations: string[] = [];
  readonly refusals: { readonly errand: string; readonly code: string }[] = [];
  readonly #wire: Wire;
  readonly #options: SimulationOptions;
  readonly #clock = new VirtualClock();
  readonly #store: DurableStore;
  readonly #random: () => number;
  readonly #turns: Turns;
  readonly #leaseMs: number;
  readonly #effects: readonly (EffectDefinition | DelegatedEffect)[];
  readonly #processes = new Set<SimulatedProcess>();
  #spawned = 0;
  #errands = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.seed = options.seed ?? 1;
    this.#leaseMs = options.leaseMs ?? 9_000;
    this.#random = seededRandom(this.seed);
    this.#store = options.store?.(this.#clock) ?? new MemoryStore({ clock: this.#clock });
    this.#turns = new Turns(this.#random);
    this.trace = new Trace(this.#clock);
    const object = (violation: string): void => this.#object(violation);
    const onWait = (run: Parameters<NonNullable<SimulationOptions["outside"]>>[0]): void => {
      for (const action of options.outside?.(run, this.world) ?? []) this.#act(action);
    };
    this.witness = new Witness({ store: this.#store, object, onWait });
    this.#wire = new Wire({
      clock: this.#clock,
      turns: this.#turns,
      fates: new Fates(options, this.#leaseMs, this.#random),
      trace: this.trace,
      witness: this.witness,
      onCrash: (process) => this.#replace(process),
    });
    this.world = new SimulatedWorld(this.#clock, this.trace, (done) => this.witness.executed(done));
    this.#effects = [...(options.effects?.(this.world) ?? [])].map((effect) =>
      isDelegatedEffect(effect) ? effect : this.world.observed(effect),
    );
  }

  get crashes(): readonly SimulatedCrash[] {
    return this.#wire.crashes;
  }

  get counts(): SimulationCounts {
    const { commits } = this.witness;
    return { calls: this.#wire.calls, commits, virtualMs: this.trace.elapsed };
  }

  /** The stored runs. */
  async runs(): Promise<readonly StoredRun[]> {
    const runs: StoredRun[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await this.#store.list({
        limit: 1_000,
        ...(cursor !== undefined && { cursor }),
      });
      runs.push(...page.items);
      cursor = page.nextCursor;
    }
    return runs.toSorted((a, b) => (a.run.runId < b.run.runId ? -1 : 1));
  }

  /** Until nothing moves any more, or something is wrong. */
  async run(): Promise<void> {
    const { drivers = 2, start, actions = [] } = this.#options;
    for (let driver = 0; driver < drivers; driver += 1) this.#spawn(driver);
    for (const given of start) this.#later(given.afterMs ?? 0, startOf(given, this.#random()));
    for (const action of actions) this.#act(action);
    while (this.violations.length === 0 && (await this.#step()));
    if (this.violations.length === 0) await this.witness.atRest();
  }

  /** One thing happens. @returns whether there was any. */
  async #step(): Promise<boolean> {
    await this.#settle();
    if (this.#wire.calls > (this.#options.maxCalls ?? 50_000))
      this.#object("it comes to no rest: too many store calls");
    if (this.trace.elapsed > (this.#options.maxVirtualMs ?? A_YEAR_MS))
      this.#object("it comes to no rest: too much time has passed");
    const looks = this.#turns.size === 0 || this.#random() < 0.1;
    if (looks && (await this.#look())) return true;
    if (this.#turns.next()) return true;
    return this.#passTime();
  }

  /** Until everything has run that waits for no turn and no time. */
  async #settle(): Promise<void> {
    await turn();
    while (this.#wire.isBusy) {
      await this.#wire.whenIdle();
      await turn();
    }
  }

  /** Let time pass until the next timer fires or the next run is due. */
  async #passTime(): Promise<boolean> {
    const now = this.#clock.now();
    const wakes = (await this.runs()).map(wakeOf).filter((at) => at !== null && at > now);
    const next = Math.min(this.#clock.nextTimerAt() ?? Infinity, ...wakes.map(Number));
    if (!Number.isFinite(next)) return false;
    await this.#clock.advanceTo(next);
    return true;
  }

  /** Each due run is found by a process, sometimes by several. @returns whether any was. */
  async #look(): Promise<boolean> {
    let found = false;
    const now = this.#clock.now();
    for (const stored of await this.runs()) {
      const at = wakeOf(stored);
      if (at === null || at > now) continue;
      const { runId } = stored.run;
      let share = 1;
      for (const process of this.#shuffled()) {
        if (process.busyWith.has(runId) || this.#random() > share) continue;
        found = true;
        share = 0.3;
        void this.#tick(process, runId);
      }
    }
    return found;
  }

  async #tick(process: SimulatedProcess, runId: string): Promise<void> {
    const maxSteps = [1, 2, 100][Math.floor(this.#random() * 3)];
    process.busyWith.add(runId);
    try {
      await process.runtime.tick(runId, { maxSteps });
    } catch (error) {
      const code = isAbstractRuntimeError(error) ? error.code : String((error as Error).stack);
      const isOthers = this.#differ && code.startsWith("workflow_");
      if (!passing.has(code) && !isOthers)
        this.#object(`${process.name}: tick of ${runId} threw ${code}`);
    }
    await this.#clock.sleep(1 + Math.floor(this.#random() * 200));
    process.busyWith.delete(runId);
  }

  /** Whether processes have different workflows, so that they leave runs to one another. */
  get #differ(): boolean {
    return typeof this.#options.workflows === "function";
  }

  #spawn(driver: number): void {
    this.#spawned += 1;
    const { clockSkewMs: skew = 0, workflows } = this.#options;
    const process = new SimulatedProcess({
      name: `p${this.#spawned}`,
      driver,
      seed: this.seed * 1_000 + this.#spawned,
      store: this.#store,
      clock: this.#clock,
      skewMs: Math.round((this.#random() * 2 - 1) * skew),
      workflows: typeof workflows === "function" ? workflows(driver) : workflows,
      effects: this.#effects,
      leaseMs: this.#leaseMs,
      policy: this.#options.policy,
      hasClient: this.#options.byClient === true,
      onCall: (caller, call) => this.#wire.serve(caller, call),
    });
    this.#processes.add(process);
  }

  /** Another process takes its place, some time later. */
  #replace(process: SimulatedProcess): void {
    this.#processes.delete(process);
    const afterMs = Math.floor(this.#random() * 1.5 * this.#leaseMs);
    this.#clock.schedule(afterMs, () => this.#spawn(process.driver));
  }

  #act(action: OutsideAction): void {
    this.#later(action.afterMs ?? 0, errandOf(action, `m-${this.#errands + 1}`));
  }

  #later(ms: number, errand: Errand): void {
    this.#errands += 1;
    const deps = {
      clock: this.#clock,
      random: this.#random,
      trace: this.trace,
      anyProcess: () => this.#shuffled().find((process) => this.#canDo(errand, process)),
      onAccepted: (accepted: Parameters<Witness["accepted"]>[0]) => this.witness.accepted(accepted),
      onRefused: (name: string, code: string) => void this.refusals.push({ errand: name, code }),
    };
    this.#clock.schedule(ms, () => void runErrand(deps, errand));
  }

  /** A new version is not asked to start runs of an old one. */
  #canDo({ needs }: Errand, { runtime }: SimulatedProcess): boolean {
    if (needs === undefined || !this.#differ) return true;
    return runtime.workflows.get(needs.id, needs.graphHash) !== undefined;
  }

  #shuffled(): readonly SimulatedProcess[] {
    return [...this.#processes]
      .map((process) => ({ process, order: this.#random() }))
      .toSorted((a, b) => a.order - b.order)
      .map(({ process }) => process);
  }

  #object(violation: string): void {
    this.trace.add("witness", violation);
    this.violations.push(violation);
  }
}

function startOf(given: SimulationOptions["start"][number], chance: number): Errand {
  const { workflow, id, vars, sessionId } = given;
  return {
    name: `start ${id}`,
    needs: workflow,
    work: async ({ runtime, client }) => {
      if (client === null)
        await runtime.start(workflow, { id, vars, sessionId, drive: chance < 0.5 });
      else await client.start(workflow.id, { id, input: vars, sessionId });
      return [];
    },
  };
}

/** Promise jobs are done before the next turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function wakeOf({ run, head }: StoredRun): number | null {
  return isEnded(run) || head.wakeAt === null ? null : parseInstant(head.wakeAt);
}
