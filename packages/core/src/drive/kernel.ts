import type { EffectRegistry } from "../effect/effect-registry.ts";
import type { Clock } from "../ports/clock.ts";
import type { DurableStore } from "../ports/durable-store.ts";
import type { Ids } from "../ports/ids.ts";
import type { Logger } from "../ports/logger.ts";
import type { Limits } from "../limits/limits.ts";
import type { EffectPolicy } from "../policy/effect-policy.ts";
import type { WorkflowRegistry } from "../workflow/workflow-registry.ts";
import type { JoinPlans } from "./join-plans.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import type { RunEvents } from "./run-events.ts";

/** What everything that drives runs needs; one per runtime. */
export interface Kernel {
  readonly store: DurableStore;
  readonly workflows: WorkflowRegistry;
  readonly effects: EffectRegistry;
  readonly policy: EffectPolicy;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** The user's own, handed to node and effect handlers. */
  readonly context: unknown;
  /** Who holds this runtime's leases, for people to read. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly maxDepth: number;
  /** What `_limits` new runs get. */
  readonly limits: Limits;
  readonly leases: LeaseKeeper;
  readonly joinPlans: JoinPlans;
  readonly events: RunEvents;
  /** See to a run's messages in this process, if it is free. */
  readonly attend: (runId: string) => Promise<void>;
  /** Do something that nobody waits for but `close`; an error is logged with `what`. */
  readonly inBackground: (what: string, work: () => Promise<void>) => void;
}
