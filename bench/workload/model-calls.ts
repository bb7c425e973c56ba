import { llmCall } from "@abstractruntime/abstractcore";
import { complete, defineWorkflow } from "@abstractruntime/core";

/** What every call asks. */
export const request = {
  systemPrompt: "Be brief.",
  prompt: "How many are there?",
  params: { temperature: 0, max_tokens: 100 },
} as const;

/** A loop of model calls, `vars.calls` of them. */
export const modelCalls = defineWorkflow({
  id: "model-calls",
  entry: "ask",
  nodes: {
    ask: (run) => {
      if (run.vars.n >= run.vars.calls) return complete({ n: run.vars.n });
      run.vars.n += 1;
      const params = { ...request.params, stream: run.vars.stream };
      return llmCall({ ...request, params, resultKey: "answer", next: "ask" });
    },
  },
});
