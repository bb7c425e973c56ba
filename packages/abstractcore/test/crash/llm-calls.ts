import { complete, defineWorkflow, goto } from "@abstractruntime/core";
import { llmCall } from "../../src/llm/llm-call.ts";

export interface LlmJob {
  readonly folder: string;
  readonly baseUrl: string;
}

/** Three model calls, one after another; the output is what was answered. */
export const llmCalls = defineWorkflow({
  id: "llm-calls",
  entry: "ask",
  nodes: {
    ask: () => llmCall({ prompt: "Go on", resultKey: "answer", next: "note" }),
    note: (run) => {
      const said = [...(run.vars.said ?? []), run.vars.answer.content];
      run.vars.said = said;
      return said.length < 3 ? goto("ask") : goto("done");
    },
    done: (run) => complete(run.vars.said),
  },
});
