import type { Kernel } from "../drive/kernel.ts";
import { JoinPlans } from "../drive/join-plans.ts";
import { LeaseKeeper } from "../drive/lease-keeper.ts";
import { RunEvents } from "../drive/run-events.ts";
import { isDelegatedEffect } from "../effect/delegated-effect.ts";
import { EffectRegistry } from "../effect/effect-registry.ts";
import { limitsFromConfig } from "../limits/limits-config.ts";
import { DefaultEffectPolicy } from "../policy/effect-policy.ts";
import { randomIds } from "../ports/random-ids.ts";
import { silentLogger } from "../ports/silent-logger.ts";
import { systemClock } from "../ports/system-clock.ts";
import { WorkflowRegistry } from "../workflow/workflow-registry.ts";
import { attend, type Shell } from "./drive-run.ts";
import { Drivers } from "./drivers.ts";
import type { RuntimeOptions } from "./runtime-options.ts";

/** What the verbs of a runtime share, made of its options and their defaults. @throws duplicate_workflow, duplicate_effect */
export function makeShell(options: RuntimeOptions): Shell {
  const {
    store,
    clock = systemClock,
    ids = randomIds,
    logger = silentLogger,
    leaseMs = 30_000,
  } = options;
  const effects = [...(options.effects ?? [])];
  const brought = effects.filter(isDelegatedEffect).flatMap(({ workflows }) => workflows);
  const drivers = new Drivers({ clock, logger, leaseMs });
  const kernel: Kernel = {
    store,
    clock,
    ids,
    logger,
    leaseMs,
    workflows: new WorkflowRegistry([...brought, ...(options.workflows ?? [])]),
    effects: new EffectRegistry(effects),
    policy: options.policy ?? new DefaultEffectPolicy(),
    context: options.context,
    owner: options.owner ?? ids.token(),
    maxDepth: options.maxDepth ?? 100,
    limits: limitsFromConfig(options.limits),
    leases: new LeaseKeeper({ store, clock, logger, leaseMs }),
    joinPlans: new JoinPlans(),
    events: new RunEvents(),
    attend: (runId) => attend(shell, runId),
    inBackground: (what, work) => drivers.inBackground(what, work),
  };
  const shell: Shell = { kernel, drivers };
  return shell;
}
