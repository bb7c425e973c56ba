import { complete, defineWorkflow, type JsonObject, type Workflow } from "@abstractruntime/core";
import { llmCall, type LlmRequest, type OutputFormat } from "../../src/index.ts";

/** A workflow of one model call, whose result is its output. */
export function asking(call: LlmRequest & { readonly output?: OutputFormat }): Workflow {
  return defineWorkflow({
    id: "asking",
    entry: "ask",
    nodes: {
      ask: () => llmCall({ ...call, resultKey: "answer", next: "done" }),
      done: (run) => complete(run.vars.answer as JsonObject),
    },
  });
}
