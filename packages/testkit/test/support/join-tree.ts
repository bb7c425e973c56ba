import {
  askUser,
  branches,
  complete,
  defineWorkflow,
  fail,
  ref,
  startSubworkflows,
  waitEvent,
  waitUntil,
  type EffectDefinition,
  type NodeRun,
  type Plan,
  type WaitingRun,
  type Workflow,
} from "@abstractruntime/core";
import fc from "fast-check";
import { scriptedEffect, type OutsideAction, type SimulatedWorld } from "../../src/index.ts";

/** What a child does before it ends; `ms` is how long that takes at least. */
export interface LeafSpec {
  readonly is: "work" | "ask" | "event" | "timer" | "lost";
  readonly ms: number;
  readonly fails: boolean;
  /** Somebody cancels it when it has waited for so long. */
  readonly cancelledAfterMs: number | null;
}

/** A join of children that may be joins themselves. */
export interface JoinSpec {
  readonly is: "join";
  readonly as: "branches" | "branch_each" | "workflows" | "workflow_each";
  readonly children: readonly TreeSpec[];
  /** A number counts modulo the children that there are. */
  readonly join: "all" | "any" | number;
  readonly onFailure: "fail-fast" | "settle" | null;
  readonly maxConcurrency: number | null;
  readonly timeoutMs: number | null;
  /** Whether a failure of the join is handled. */
  readonly isMended: boolean;
}

export type TreeSpec = LeafSpec | JoinSpec;

/** Close together, so that children, timeouts and cancels meet. */
const anyMs = fc.constantFrom(0, 1, 10, 200, 200, 1_000, 9_000);

const anyLeaf: fc.Arbitrary<LeafSpec> = fc.record({
  is: fc.constantFrom("work", "work", "ask", "event", "timer", "lost"),
  ms: anyMs,
  fails: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
  cancelledAfterMs: fc.oneof(
    { weight: 5, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: anyMs },
  ),
});

function anyJoin(depth: number): fc.Arbitrary<JoinSpec> {
  const child: fc.Arbitrary<TreeSpec> =
    depth === 0
      ? anyLeaf
      : fc.oneof({ weight: 3, arbitrary: anyLeaf }, { weight: 1, arbitrary: anyJoin(depth - 1) });
  return fc.record({
    is: fc.constant("join" as const),
    as: fc.constantFrom("branches", "branch_each", "workflows", "workflow_each"),
    children: fc.array(child, { minLength: 1, maxLength: 5 }),
    join: fc.constantFrom<JoinSpec["join"]>("all", "all", "any", "any", 2, 3),
    onFailure: fc.constantFrom(null, "fail-fast", "settle"),
    maxConcurrency: fc.constantFrom(null, null, 1, 2, 3),
    timeoutMs: fc.constantFrom(null, null, 1, 200, 1_000, 20_000),
    isMended: fc.boolean(),
  });
}

/** Trees of joins of every kind, three deep. */
export const anyTree: fc.Arbitrary<JoinSpec> = anyJoin(2);

type Place = "begin" | "end" | "joined" | "mended" | "late";

interface TreeVars {
  spec: TreeSpec;
  r?: unknown;
}

/** Grows the tree that its `spec` describes, one run for each part of it. */
export const treeWorkflow: Workflow = defineWorkflow({
  id: "tree",
  entry: "begin",
  nodes: {
    begin: (run: NodeRun<TreeVars>): Plan<Place> =>
      run.vars.spec.is === "join" ? joinPlan(run.vars.spec) : leafPlan(run.vars.spec, run.runId),
    end: (run: NodeRun<TreeVars>): Plan<Place> =>
      "fails" in run.vars.spec && run.vars.spec.fails ? fail("as planned") : complete(run.vars.r),
    joined: ({ vars }) => complete({ joined: vars.r }),
    mended: ({ vars }) => complete({ mended: vars.r.error.code }),
    late: () => complete({ late: true }),
  },
});

function joinPlan(spec: JoinSpec): Plan<Place> {
  const { as, children, join, onFailure, maxConcurrency, timeoutMs, isMended } = spec;
  const options = {
    join: typeof join === "number" ? Math.min(join, children.length) : join,
    onFailure: onFailure ?? undefined,
    maxConcurrency: maxConcurrency ?? undefined,
    next: "joined",
    resultKey: "r",
    onError: isMended ? "mended" : undefined,
    timeoutMs: timeoutMs ?? undefined,
    timeoutNode: timeoutMs === null ? undefined : "late",
  } as const;
  const each = { each: ref("spec.children"), as: "spec" };
  switch (as) {
    case "branches":
      return branches(
        children.map((child) => ({ node: "begin" as const, vars: { spec: child } })),
        options,
      );
    case "branch_each":
      return branches({ node: "begin", ...each }, options);
    case "workflows":
      return startSubworkflows(
        children.map((child) => ({ workflow: "tree", vars: { spec: child } })),
        options,
      );
    case "workflow_each":
      return startSubworkflows({ workflow: "tree", ...each }, options);
    default:
      return as satisfies never;
  }
}

function leafPlan({ is, ms, cancelledAfterMs }: LeafSpec, runId: string): Plan<Place> {
  const prompt = JSON.stringify({ ms, cancelledAfterMs });
  switch (is) {
    case "work":
      return {
        effect: { type: "work", payload: { ms }, resultKey: "r" },
        nextNode: "end",
      };
    case "ask":
      return askUser({ prompt, next: "end", resultKey: "r" });
    case "event":
      return waitEvent({ key: [`${runId} ${ms}`, "nobody says"], next: "end", resultKey: "r" });
    case "timer":
      return waitUntil({ afterMs: ms, next: "end", resultKey: "r" });
    case "lost":
      return waitEvent({ key: "what never comes", next: "end" });
    default:
      return is satisfies never;
  }
}

/** What the leaves do out in the world. */
export function treeEffects({ clock }: SimulatedWorld): readonly EffectDefinition[] {
  const outcomes = (payload: unknown) => {
    const { ms } = payload as { ms: number };
    return { result: { ms }, afterMs: ms };
  };
  return [scriptedEffect({ type: "work", replay: "idempotent", clock, outcomes })];
}

/** What people and other systems do about leaves that wait. */
export function treeOutside({ runId, waiting, vars }: WaitingRun): readonly OutsideAction[] {
  const { cancelledAfterMs } = vars["spec"] as unknown as { cancelledAfterMs?: number | null };
  const cancels: readonly OutsideAction[] =
    typeof cancelledAfterMs === "number"
      ? [{ kind: "cancel", runId, afterMs: cancelledAfterMs }]
      : [];
  const { ms } = vars["spec"] as unknown as { ms: number };
  if (waiting.reason === "user") {
    const answer = { kind: "answer", runId, waitId: waiting.waitId, payload: { ms } } as const;
    return [...cancels, { ...answer, afterMs: ms }];
  }
  const [key] = waiting.waitKeys;
  if (key?.startsWith(runId) !== true) return cancels;
  return [...cancels, { kind: "event", key, payload: { ms }, afterMs: ms }];
}
