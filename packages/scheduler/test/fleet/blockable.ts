import {
  complete,
  defineEffect,
  defineWorkflow,
  type EffectDefinition,
  type Workflow,
} from "@abstractruntime/core";

export const LEASE_MS = 600;

const kinds = ["idempotent", "never"] as const;

/** One step, whose effect may be done again after a crash, or may not. */
export const workflows: readonly Workflow[] = kinds.map((kind) =>
  defineWorkflow({
    id: kind,
    entry: "work",
    nodes: {
      work: () => ({ effect: { type: kind, resultKey: "result" }, nextNode: "end" }),
      end: (run) => complete(run.vars["result"]),
    },
  }),
);

/** The effects of these workflows, done by `work`. */
export function blockable(work: () => string): readonly EffectDefinition[] {
  return kinds.map((kind) =>
    defineEffect({ type: kind, replay: kind, perform: async (_payload: unknown) => work() }),
  );
}
