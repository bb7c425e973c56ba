import {
  complete,
  defineEffect,
  defineWorkflow,
  EffectError,
  startSubworkflow,
  startSubworkflows,
  waitUntil,
  type EffectDefinition,
  type NodeRun,
  type Plan,
  type Workflow,
} from "@abstractruntime/core";
import fc from "fast-check";
import type { SimulatedWorld } from "../../src/index.ts";

/** What a node does. `below` chooses among the workflows of lower levels, modulo their count. */
export type SpenderAct =
  | {
      readonly act: "work";
      readonly type: "safe" | "idempotent" | "never" | "hasty" | "free";
      /** Tokens of each report, one after another. */
      readonly parts: readonly number[];
      readonly fails: number;
      readonly takesMs: number;
    }
  | { readonly act: "child"; readonly below: number; readonly isAsync: boolean }
  | { readonly act: "children"; readonly below: readonly number[]; readonly join: "all" | "any" }
  | { readonly act: "timer"; readonly afterMs: number };

/** Workflows by level: each starts only those of lower levels, and the last one is started from outside. */
export type SpenderSpec = readonly (readonly SpenderAct[])[];

type WorkAct = Extract<SpenderAct, { readonly act: "work" }>;

const anyWork: fc.Arbitrary<WorkAct> = fc.record({
  act: fc.constant("work" as const),
  type: fc.constantFrom("safe", "idempotent", "never", "hasty", "free"),
  parts: fc.array(fc.nat(50), { maxLength: 3 }),
  fails: fc.constantFrom(0, 0, 1, 2),
  takesMs: fc.constantFrom(0, 1, 700, 12_000),
});

const anyChild = fc.record({
  act: fc.constant("child" as const),
  below: fc.nat(3),
  isAsync: fc.boolean(),
});

const anyOther: fc.Arbitrary<SpenderAct> = fc.oneof(
  anyChild,
  fc.record({
    act: fc.constant("children" as const),
    below: fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
    join: fc.constantFrom("all", "any"),
  }),
  fc.record({ act: fc.constant("timer" as const), afterMs: fc.constantFrom(1, 5_000) }),
);

/** Families with children of every kind. */
export function anySpenders(): fc.Arbitrary<SpenderSpec> {
  const act = fc.oneof({ weight: 3, arbitrary: anyWork }, { weight: 2, arbitrary: anyOther });
  return fc.array(fc.array(act, { maxLength: 4 }), { minLength: 1, maxLength: 3 });
}

/** Families that do one thing after another, and to its end, so that only one attempt is ever at work. */
export function anyLineOfSpenders(): fc.Arbitrary<SpenderSpec> {
  const patient = anyWork.map((work) => ({
    ...work,
    type: work.type === "hasty" ? ("safe" as const) : work.type,
  }));
  const act = fc.oneof(
    { weight: 4, arbitrary: patient },
    { weight: 1, arbitrary: anyChild.map((child) => ({ ...child, isAsync: false })) },
  );
  return fc.array(fc.array(act, { maxLength: 5 }), { minLength: 1, maxLength: 3 });
}

const AN_HOUR_MS = 3_600_000;

/** A family of workflows. Who is above waits for hours before it ends, so that all below have ended by then. */
export function spendersOf(spec: SpenderSpec): readonly Workflow[] {
  return spec.map((acts, level) => {
    const go = (run: NodeRun<{ at?: number }>): Plan => {
      const at = run.vars.at ?? 0;
      run.vars.at = at + 1;
      const act = acts[at];
      return act === undefined
        ? waitUntil({ afterMs: 10 ** level * AN_HOUR_MS, next: "end" })
        : planOf(act, level);
    };
    const nodes: Record<string, (run: NodeRun<{ at?: number }>) => Plan> = {
      go,
      end: () => complete(null) as Plan,
    };
    return defineWorkflow({ id: `level-${level}`, entry: "go", nodes });
  });
}

function planOf(act: SpenderAct, level: number): Plan {
  switch (act.act) {
    case "work": {
      const { type, ...payload } = act;
      return { effect: { type, payload }, nextNode: "go", onErrorNode: "go" };
    }
    case "child": {
      if (level === 0) return { nextNode: "go" };
      const workflow = `level-${act.below % level}`;
      return startSubworkflow({ workflow, async: act.isAsync, next: "go", onError: "go" });
    }
    case "children": {
      if (level === 0) return { nextNode: "go" };
      // Losers have no children: what a child of one used is missing where it ends in the very moment of the cancel.
      const levels = act.join === "any" ? 1 : level;
      const children = act.below.map((below) => ({ workflow: `level-${below % levels}` }));
      return startSubworkflows(children, { join: act.join, next: "go", onError: "go" });
    }
    case "timer":
      return waitUntil({ afterMs: act.afterMs, next: "go" });
    default:
      return act satisfies never;
  }
}

/** What attempts reported, part by part, whoever heard it. */
export type Reported = Map<string, number[]>;

export function attemptName(stepId: string, attempt: number): string {
  return `${stepId} attempt ${attempt}`;
}

/** Effects that report tokens while they work. What they do does not depend on the schedule, but on how often it was tried. */
export function spendingEffects(
  { clock }: SimulatedWorld,
  reported: Reported,
): readonly EffectDefinition[] {
  const tries = new Map<string, number>();
  const by = (type: string, replay: EffectDefinition["replay"], timeoutMs?: number) =>
    defineEffect({
      type,
      replay,
      timeoutMs,
      retry: { maxAttempts: 4, baseMs: 500 },
      spends: type !== "free",
      perform: async ({ parts, fails, takesMs }, context) => {
        const tried = (tries.get(context.stepId) ?? 0) + 1;
        tries.set(context.stepId, tried);
        const heard: number[] = [];
        reported.set(attemptName(context.stepId, context.attempt), heard);
        for (const inputTokens of parts) {
          await clock.sleep(takesMs);
          if (type === "free") continue;
          heard.push(inputTokens);
          context.usage({ inputTokens, cost: inputTokens / 100 });
        }
        if (tried <= fails) throw new EffectError("not yet", { certain: true });
        return null;
      },
    });
  return [
    by("safe", "safe"),
    by("idempotent", "idempotent"),
    by("never", "never"),
    by("hasty", "safe", 1_000),
    by("free", "safe"),
  ];
}
