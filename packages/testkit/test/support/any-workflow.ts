import fc from "fast-check";

/** A change of vars that a node makes before it plans. */
export type VarsChange = {
  readonly change: "set" | "push" | "deep" | "drop" | "insert" | "sort" | "swap";
};

/** What a node does. Targets are numbers of nodes, modulo their count. */
export type NodeAct =
  | { readonly act: "goto"; readonly to: number; readonly orTo: number }
  | {
      readonly act: "effect";
      readonly type: "safe" | "idempotent" | "never" | "job" | "slow";
      /** Calls that fail before one succeeds: fewer than attempts. */
      readonly fails: number;
      /** Every call fails for good. */
      readonly isFinal: boolean;
      /** For `never`: it happens, and says that it failed. */
      readonly isUncertain: boolean;
      readonly takesMs: number;
      readonly keeps: boolean;
      readonly to: number;
      readonly onError: number | null;
    }
  | {
      readonly act: "ask";
      /** Null: nobody answers, and the wait times out. */
      readonly answersAfterMs: number | null;
      readonly timeoutTo: number | null;
      readonly keeps: boolean;
      readonly to: number;
    }
  | {
      readonly act: "event";
      readonly when: "early" | "later" | "both" | "never";
      readonly afterMs: number;
      readonly timeoutTo: number | null;
      readonly to: number;
    }
  | { readonly act: "timer"; readonly afterMs: number; readonly to: number }
  /** Waits for the first of several things, of which one comes. */
  | {
      readonly act: "any";
      readonly by: "event" | "user" | "time" | "child";
      readonly afterMs: number;
      readonly timeoutTo: number | null;
      readonly to: number;
    }
  | {
      readonly act: "child";
      readonly of: number;
      readonly isAsync: boolean;
      readonly to: number;
      readonly onError: number | null;
    }
  /** A child that nobody ends, until the wait for it does. */
  | { readonly act: "lost_child"; readonly to: number; readonly timeoutTo: number | null }
  /** Waits for the end of the last async child. */
  | { readonly act: "join"; readonly to: number }
  /** Several children, all of which end by themselves, each in its own way. */
  | {
      readonly act: "fan_out";
      readonly as: "branches" | "branch_each" | "workflows" | "workflow_each";
      /** Nodes of branches, or workflows, in turn. */
      readonly at: readonly number[];
      readonly total: number;
      readonly maxConcurrency: number | null;
      readonly isPatient: boolean;
      readonly to: number;
    }
  /** Children of which some never end: what the others do decides, and in one way only. */
  | {
      readonly act: "race";
      /** `win`: as many as are needed complete. `fail`: one fails, and the join with it. `too_few`: too many fail. */
      readonly how: "win" | "fail" | "too_few";
      readonly lost: number;
      readonly deciding: number;
      readonly takesMs: number;
      readonly to: number;
      readonly onError: number | null;
    }
  /** Children that never end, until the wait for them does. */
  | {
      readonly act: "lost_children";
      readonly total: number;
      readonly maxConcurrency: number | null;
      readonly to: number;
      readonly timeoutTo: number | null;
    }
  | { readonly act: "complete" }
  | { readonly act: "fail"; readonly throws: boolean };

export interface NodeSpec {
  readonly changes: readonly VarsChange[];
  readonly isAsync: boolean;
  readonly act: NodeAct;
}

/** A family of workflows: each may start those before it as its children. The last one is started from outside. */
export interface FamilySpec {
  readonly workflows: readonly (readonly NodeSpec[])[];
}

const target = fc.nat(7);
const maybeTarget = fc.option(target);
const anyConcurrency = fc.constantFrom(null, 1, 2, 3);

const anyAct: fc.Arbitrary<NodeAct> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant("goto" as const), to: target, orTo: target }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant("effect" as const),
      type: fc.constantFrom("safe", "idempotent", "never", "job", "slow"),
      fails: fc.constantFrom(0, 0, 1, 2),
      isFinal: fc.integer({ min: 0, max: 9 }).map((n) => n === 9),
      isUncertain: fc.boolean(),
      takesMs: fc.constantFrom(0, 0, 1, 50, 4_000, 25_000),
      keeps: fc.boolean(),
      to: target,
      onError: maybeTarget,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("ask" as const),
      answersAfterMs: fc.constantFrom(null, 0, 10, 5_000, 60_000),
      timeoutTo: maybeTarget,
      keeps: fc.boolean(),
      to: target,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("event" as const),
      when: fc.constantFrom("early", "later", "both", "never"),
      afterMs: fc.constantFrom(0, 10, 20_000),
      timeoutTo: maybeTarget,
      to: target,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant("timer" as const),
      afterMs: fc.constantFrom(0, 1, 5_000, 86_400_000),
      to: target,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("any" as const),
      by: fc.constantFrom("event", "user", "time", "child"),
      afterMs: fc.constantFrom(0, 10, 20_000),
      timeoutTo: maybeTarget,
      to: target,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("child" as const),
      of: fc.nat(3),
      isAsync: fc.boolean(),
      to: target,
      onError: maybeTarget,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant("lost_child" as const),
      to: target,
      timeoutTo: maybeTarget,
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("join" as const), to: target }) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant("fan_out" as const),
      as: fc.constantFrom("branches", "branch_each", "workflows", "workflow_each"),
      at: fc.array(target, { minLength: 1, maxLength: 4 }),
      total: fc.constantFrom(0, 1, 2, 3, 4),
      maxConcurrency: anyConcurrency,
      isPatient: fc.boolean(),
      to: target,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant("race" as const),
      how: fc.constantFrom("win", "fail", "too_few"),
      lost: fc.integer({ min: 1, max: 2 }),
      deciding: fc.integer({ min: 1, max: 2 }),
      takesMs: fc.constantFrom(0, 50, 25_000),
      to: target,
      onError: maybeTarget,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant("lost_children" as const),
      total: fc.integer({ min: 1, max: 3 }),
      maxConcurrency: anyConcurrency,
      to: target,
      timeoutTo: maybeTarget,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ act: "complete" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant("fail" as const), throws: fc.boolean() }),
  },
);

const anyChange: fc.Arbitrary<VarsChange> = fc.record({
  change: fc.constantFrom("set", "push", "deep", "drop", "insert", "sort", "swap"),
});

const anyNode: fc.Arbitrary<NodeSpec> = fc.record({
  changes: fc.array(anyChange, { maxLength: 3 }),
  isAsync: fc.boolean(),
  act: anyAct,
});

/** Graphs with loops, effects of every contract, waits of every kind and children: what a run can meet. */
export function anyWorkflow(): fc.Arbitrary<FamilySpec> {
  return fc.record({
    workflows: fc.array(fc.array(anyNode, { minLength: 1, maxLength: 7 }), {
      minLength: 1,
      maxLength: 3,
    }),
  });
}
