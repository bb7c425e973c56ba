import { complete, defineEffect, defineWorkflow } from "@abstractruntime/core";

/** The smallest effect there is: what is left of a step's cost is the runtime's. */
export const count = defineEffect({
  type: "count",
  replay: "safe",
  perform: async ({ n }: { readonly n: number }) => ({ seen: n }),
});

/** A loop of small effects, `vars.steps` of them; each step changes two small values. */
export const counting = defineWorkflow({
  id: "counting",
  entry: "loop",
  nodes: {
    loop: (run) => {
      if (run.vars.n >= run.vars.steps) return complete({ n: run.vars.n });
      run.vars.n += 1;
      return count({ n: run.vars.n }, { next: "loop", resultKey: "last" });
    },
  },
});

/** What a run of `counting` starts with. */
export function countingVars(steps: number): { n: number; steps: number } {
  return { n: 0, steps };
}
