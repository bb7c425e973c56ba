import {
  isAbstractRuntimeError,
  Runtime,
  type DurableStore,
  type JsonValue,
  type RunState,
  type StoredRun,
} from "@abstractruntime/core";
import { sequentialIds, VirtualClock } from "../../src/index.ts";
import { MortalStore, type PlannedCut } from "./mortal-store.ts";
import type { Scenario } from "./scenario.ts";
import { ScenarioScript } from "./scenario-script.ts";
import { limitsOf, policyOf } from "./settings.ts";
import type { StorePlace } from "./store-place.ts";

const LEASE_MS = 30_000;

/** One process after another over one store, as a scenario's actions see them. */
export class ScenarioWorld {
  readonly scenario: Scenario;
  readonly script: ScenarioScript;
  readonly clock: VirtualClock = new VirtualClock({ startAt: "2026-03-01T09:00:00Z" });
  /** Backoff that was waited for, in seconds. */
  readonly sleeps: number[] = [];
  readonly #place: StorePlace;
  readonly #aliases = new Map<string, string>();
  #processes = 0;
  #store: DurableStore | null = null;
  #mortal: MortalStore | null = null;
  #runtime: Runtime | null = null;

  constructor(scenario: Scenario, place: StorePlace) {
    this.scenario = scenario;
    this.script = new ScenarioScript(scenario);
    this.#place = place;
  }

  /** The runtime of the present process; a new one where the last has died. */
  async runtime(): Promise<Runtime> {
    if (this.#runtime !== null && this.#mortal?.isDead === false) return this.#runtime;
    if (this.#runtime !== null) await this.restart();
    return this.#runtime ?? this.#boot();
  }

  /** The store itself, which a power cut does not keep from being looked at. */
  async store(): Promise<DurableStore> {
    await this.runtime();
    if (this.#store === null) throw new Error("a runtime has a store");
    return this.#store;
  }

  /** The process ends and another begins; leases of the first have run out meanwhile. */
  async restart(): Promise<void> {
    if (this.#runtime === null || this.#store === null) return;
    await this.#runtime.close();
    await this.#place.leave(this.#store);
    this.#runtime = null;
    await this.clock.advance(LEASE_MS + 1);
    await this.#boot();
  }

  async close(): Promise<void> {
    await this.#runtime?.close();
    if (this.#store !== null) await this.#place.leave(this.#store);
  }

  async planCut(cut: PlannedCut): Promise<void> {
    await this.runtime();
    this.#mortal?.plan(cut);
  }

  /** Until nobody is at work any more, children in the background included. */
  async settle(): Promise<void> {
    await this.#mortal?.idle();
  }

  /** The id of a run: what its alias stands for, or itself, for runs that do not exist. */
  idOf(alias: string): string {
    for (const [runId, known] of this.#aliases) if (known === alias) return runId;
    return alias;
  }

  name(runId: string, alias: string): void {
    this.#aliases.set(runId, alias);
  }

  /** Aliases in the order in which the runs came into being. */
  get aliases(): ReadonlyMap<string, string> {
    return this.#aliases;
  }

  /** Make what the runtime gives comparable: run ids become `<alias>`, also inside texts. */
  normal<Value extends JsonValue>(value: Value): Value {
    let text = JSON.stringify(value);
    for (const [runId, alias] of this.#aliases) text = text.replaceAll(runId, `<${alias}>`);
    return JSON.parse(text) as Value;
  }

  async load(runId: string): Promise<StoredRun | undefined> {
    return (await this.store()).load(runId);
  }

  async state(runId: string): Promise<RunState> {
    return (await this.runtime()).getState(runId);
  }

  async #boot(): Promise<Runtime> {
    const { registered, workflows, handlers = {}, policy, config } = this.scenario;
    this.#processes += 1;
    this.#store = await this.#place.open(this.clock);
    this.#mortal = new MortalStore(this.#store, (runId) => this.#nameChild(runId));
    const ids =
      registered === null ? [] : (registered ?? workflows.map((spec) => spec.workflow_id));
    this.#runtime = new Runtime({
      store: this.#mortal.asStore(),
      clock: this.clock,
      ids: sequentialIds(this.#processes),
      owner: `process-${this.#processes}`,
      leaseMs: LEASE_MS,
      workflows: ids.flatMap((id) => this.#definable(id)),
      effects: Object.keys(handlers).length === 0 ? [] : this.script.effects(),
      policy: policyOf(policy),
      limits: limitsOf(config),
      closesStore: false,
    });
    return this.#runtime;
  }

  /** A graph with nodes that are not there is refused when it is used. */
  #definable(id: string) {
    try {
      return [this.script.workflow(id)];
    } catch (error) {
      if (!isAbstractRuntimeError(error, "invalid_workflow")) throw error;
      return [];
    }
  }

  #nameChild(runId: string): void {
    if (this.#aliases.has(runId)) return;
    const children = [...this.#aliases.values()].filter((alias) => /^child\d+$/.test(alias));
    this.#aliases.set(runId, `child${children.length + 1}`);
  }
}
