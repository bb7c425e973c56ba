import { VirtualClock } from "../../testkit/src/clock/virtual-clock.ts";
import { FaultStore } from "../../testkit/src/faults/fault-store.ts";
import { sequentialIds } from "../../testkit/src/ids/sequential-ids.ts";
import type { Kernel } from "../src/drive/kernel.ts";
import { JoinPlans } from "../src/drive/join-plans.ts";
import { LeaseKeeper } from "../src/drive/lease-keeper.ts";
import { RunEvents } from "../src/drive/run-events.ts";
import { EffectRegistry } from "../src/effect/effect-registry.ts";
import { limitsFromConfig } from "../src/limits/limits-config.ts";
import { DefaultEffectPolicy } from "../src/policy/effect-policy.ts";
import { silentLogger } from "../src/ports/silent-logger.ts";
import { WorkflowRegistry } from "../src/workflow/workflow-registry.ts";
import { WatchedStore } from "./watched-store.ts";

/** A kernel on a store that can fail, with its parts in the test's hands. */
export interface TestKernel extends Kernel {
  readonly clock: VirtualClock;
  readonly store: FaultStore;
  readonly memory: WatchedStore;
}

export function newKernel(overrides: Partial<Kernel> = {}): TestKernel {
  const clock = new VirtualClock();
  const memory = new WatchedStore({ clock });
  const store = new FaultStore(memory, { clock });
  const leaseMs = 30_000;
  return {
    workflows: new WorkflowRegistry(),
    effects: new EffectRegistry(),
    policy: new DefaultEffectPolicy(),
    ids: sequentialIds(),
    logger: silentLogger,
    context: undefined,
    owner: "me",
    leaseMs,
    maxDepth: 100,
    limits: limitsFromConfig(),
    leases: new LeaseKeeper({ store, clock, logger: silentLogger, leaseMs }),
    joinPlans: new JoinPlans(),
    events: new RunEvents(),
    attend: async () => {},
    inBackground: (_what, work) => void work(),
    ...overrides,
    clock,
    memory,
    store,
  };
}
