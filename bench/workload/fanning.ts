import { branches, complete, defineWorkflow, ref, type Workflow } from "@abstractruntime/core";
import { count } from "./counting.ts";

/** One effect, and the end: what a branch of `fanning` does, as a run of its own. */
export const single: Workflow = defineWorkflow({
  id: "single",
  entry: "work",
  nodes: {
    work: (run) => count({ n: run.vars.item }, { next: "end", resultKey: "last" }),
    end: (run) => complete({ n: run.vars.item }),
  },
});

/** A branch for each of `vars.items`, at most `maxConcurrency` of them at a time where that is given. */
export function fanning(options: {
  readonly listed: boolean;
  readonly maxConcurrency?: number;
}): Workflow {
  const { listed, maxConcurrency } = options;
  const join = { next: "joined", resultKey: "all", maxConcurrency } as const;
  return defineWorkflow({
    id: "fanning",
    entry: "spread",
    nodes: {
      spread: (run) =>
        listed
          ? branches(
              run.vars.items.map((item: number) => ({ node: "work" as const, vars: { item } })),
              join,
            )
          : branches({ node: "work", each: ref("items") }, join),
      work: (run) => count({ n: run.vars.item }, { next: "end", resultKey: "last" }),
      end: (run) => complete({ n: run.vars.item }),
      joined: (run) => complete(run.vars.all.completed),
    },
  });
}

export function itemsOf(children: number): { readonly items: readonly number[] } {
  return { items: Array.from({ length: children }, (_, n) => n) };
}
