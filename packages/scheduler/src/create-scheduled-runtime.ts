import {
  MemoryArtifactStore,
  MemorySnapshotStore,
  MemoryStore,
  Runtime,
  type RuntimeOptions,
} from "@abstractruntime/core";
import { ScheduledRuntime } from "./scheduled-runtime.ts";
import type { SchedulerOptions } from "./scheduler-options.ts";

export interface ScheduledRuntimeOptions
  extends
    Omit<RuntimeOptions, "store">,
    Omit<SchedulerOptions, "runtime" | "workflows" | "clock" | "logger"> {
  /** In this process's memory by default. */
  readonly store?: RuntimeOptions["store"];
  /** Bounds and priorities of single workflows, by id. */
  readonly shares?: NonNullable<SchedulerOptions["workflows"]>;
  /** Whether it drives from the start; true by default. */
  readonly autoStart?: boolean;
}

/**
 * A runtime and its scheduler without any configuration: in memory, and driving. It keeps the process alive until `stop`,
 * or the end of an `await using`.
 *
 * @example
 * await using app = createScheduledRuntime();
 * const { runId, state } = await app.run(workflow, { topic: "tea" });
 * await app.respond(runId, "green");
 *
 * @throws invalid_argument, duplicate_workflow, duplicate_effect
 */
export function createScheduledRuntime(options: ScheduledRuntimeOptions = {}): ScheduledRuntime {
  const { autoStart = true, shares, ...rest } = options;
  const runtime = new Runtime({ ...rest, store: rest.store ?? memoryStore(options) });
  const { workflows: _, ...scheduling } = rest;
  const scheduled = new ScheduledRuntime({
    ...scheduling,
    runtime,
    ...(shares !== undefined && { workflows: shares }),
  });
  if (autoStart) scheduled.start();
  return scheduled;
}

function memoryStore({ clock }: ScheduledRuntimeOptions): RuntimeOptions["store"] {
  const options = clock === undefined ? {} : { clock };
  return Object.assign(new MemoryStore(options), {
    artifacts: new MemoryArtifactStore(options),
    snapshots: new MemorySnapshotStore(options),
  });
}
