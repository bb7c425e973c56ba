import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { DelegatedEffect } from "../effect/delegated-effect.ts";
import type { EffectDefinition } from "../effect/effect-definition.ts";
import type { LimitsConfig } from "../limits/limits-config.ts";
import type { EffectPolicy } from "../policy/effect-policy.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { DurableStore } from "../ports/durable-store.ts";
import type { Ids } from "../ports/ids.ts";
import type { Logger } from "../ports/logger.ts";
import type { SnapshotStore } from "../ports/snapshot-store.ts";
import type { Workflow } from "../workflow/workflow.ts";

export interface RuntimeOptions {
  /** Where runs live. `close` closes it, unless `closesStore` is false. */
  readonly store: DurableStore & {
    readonly artifacts?: ArtifactStore;
    readonly snapshots?: SnapshotStore;
  };
  /** Workflows that this runtime may drive. `start` registers its workflow by itself. */
  readonly workflows?: Iterable<Workflow>;
  /** Effects that this runtime can perform, beside the built-in ones. Delegated ones bring their workflows. */
  readonly effects?: Iterable<EffectDefinition | DelegatedEffect>;
  /** The store's own by default. */
  readonly artifacts?: ArtifactStore;
  readonly snapshots?: SnapshotStore;
  /** `DefaultEffectPolicy` by default. */
  readonly policy?: EffectPolicy;
  /** Defaults of `_limits` for new runs. */
  readonly limits?: LimitsConfig;
  /** The user's own, handed to node and effect handlers. */
  readonly context?: unknown;
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** Silent by default. */
  readonly logger?: Logger;
  /** Who holds this runtime's leases, for people to read; random by default. */
  readonly owner?: string;
  /** How long a lease runs, in milliseconds; 30,000 by default. Crashed runs are taken over after it. */
  readonly leaseMs?: number;
  /** How many ancestors a run may have; 100 by default. */
  readonly maxDepth?: number;
  /** Whether `close` closes the store; true by default. */
  readonly closesStore?: boolean;
}

/** @throws invalid_argument */
export function assertOptions(options: RuntimeOptions): void {
  const { leaseMs = 30_000, maxDepth = 100 } = options;
  if (typeof options.store?.commit !== "function")
    throw invalid("store: give a DurableStore, such as new MemoryStore()");
  if (!(Number.isFinite(leaseMs) && leaseMs >= 100))
    throw invalid("leaseMs: give at least 100 milliseconds");
  if (!(Number.isInteger(maxDepth) && maxDepth >= 0))
    throw invalid("maxDepth: give an integer from 0");
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
