import type { JoinRequest } from "../builtin/start-subworkflows.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { StartingStep } from "./new-child.ts";

/** The step that starts the children of a join, and what they are. */
export interface JoinPlan {
  readonly step: StartingStep;
  readonly request: JoinRequest;
  /** As the effect saw it. */
  readonly payload: JsonObject;
}

/** Each may hold as much as a ledger record. */
const MAX_KEPT = 16;

/**
 * What the children of joins under way are, by the wait's id, of those that were looked for last: so that not every batch
 * of children reads it anew. Nothing is lost with it, for the ledger has it.
 */
export class JoinPlans {
  readonly #kept = new Map<string, JoinPlan>();

  get(waitId: string): JoinPlan | undefined {
    const plan = this.#kept.get(waitId);
    if (plan !== undefined) this.keep(waitId, plan);
    return plan;
  }

  keep(waitId: string, plan: JoinPlan): void {
    this.forget(waitId);
    this.#kept.set(waitId, plan);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.forget(oldest);
  }

  forget(waitId: string): void {
    this.#kept.delete(waitId);
  }
}
