// New here: model calls as durable effects: structured output, streaming, retries, and what they cost.
import {
  createRemoteRuntime,
  defineOutput,
  isLlmProgress,
  llmCall,
} from "@abstractruntime/abstractcore";
import { complete, defineWorkflow } from "@abstractruntime/core";
import { z } from "zod";
import { openEndpoint } from "./endpoint.ts";

const ticket = defineOutput({
  name: "ticket",
  schema: z.object({ topic: z.string(), urgency: z.number().int().min(1).max(5) }),
});

const support = defineWorkflow({
  id: "support",
  entry: "sort",
  nodes: {
    // The answer is checked. One that does not match is sent back once, with what is wrong.
    sort: (run) =>
      llmCall({
        systemPrompt: "Say the topic of a letter, in a word, and its urgency from 1 to 5, as JSON.",
        prompt: run.vars.letter,
        output: ticket,
        repair: true,
        resultKey: "sorted",
        next: "reply",
      }),
    reply: (run) =>
      llmCall({
        prompt: `Reply in two short sentences to this letter about ${run.vars.sorted.data.topic}.`,
        params: { stream: true },
        resultKey: "reply",
        next: "done",
      }),
    done: (run) => complete({ ticket: run.vars.sorted.data, reply: run.vars.reply.content }),
  },
});

await using endpoint = await openEndpoint();
await using runtime = createRemoteRuntime({
  baseUrl: endpoint.baseUrl,
  apiKey: endpoint.apiKey,
  model: endpoint.model,
  outputs: [ticket],
  prices: { [endpoint.model]: { inputPerMillion: 2, outputPerMillion: 8 } },
});

const letter = "My lamp came in four pieces, and my daughter's birthday is tomorrow!";
const run = await runtime.start(support, { vars: { letter }, drive: false });
const driving = runtime.run(run.runId);

// Pieces of an answer are for those who watch; what is stored is the answer.
for await (const event of runtime.watch(run.runId)) {
  if (event.type === "record" && event.record.kind === "failed")
    console.log(`attempt ${event.record.attempt} failed: ${event.record.error.message}`);
  if (event.type === "progress" && isLlmProgress(event.data) && event.data.delta.type === "content")
    console.log(`from ${event.data.offset}: ${JSON.stringify(event.data.delta.text)}`);
}
await driving;

console.log(await run.result());
const { iterations, budgets } = await runtime.getLimitStatus(run.runId);
console.log(
  `${iterations.current} model calls, ${budgets.budget_tokens.used} tokens, for`,
  budgets.budget_cost.used,
);
