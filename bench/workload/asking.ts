import { askUser, complete, defineWorkflow } from "@abstractruntime/core";

/** Asks, and ends with the answer. */
export const asking = defineWorkflow({
  id: "asking",
  entry: "ask",
  nodes: {
    ask: () => askUser({ prompt: "Go on?", key: "answer", next: "end", resultKey: "answer" }),
    end: (run) => complete(run.vars.answer),
  },
});
