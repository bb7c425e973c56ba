// Compiled, not run: what must compile, and what must not.
import { MemoryStore, Runtime } from "@abstractruntime/core";
import { expectTypeOf } from "vitest";
import { z } from "zod";
import { defineOutput, reactAgent, type Agent, type AgentOutput } from "../index.ts";

const runtime = new Runtime({ store: new MemoryStore() });

// A text, by default.
const plain = reactAgent({ system: "Be brief." });
const run = await runtime.start(plain, { vars: { task: "?" } });
expectTypeOf(run.result()).resolves.toEqualTypeOf<AgentOutput>();

// With a schema, the answer is what it makes of one.
const Answer = z.object({ n: z.number().default(1) });
const typed = reactAgent({ id: "typed", output: Answer });
const typedRun = await runtime.start(typed, {
  vars: { messages: [{ role: "user", content: "?" }] },
});
expectTypeOf((await typedRun.result()).answer).toEqualTypeOf<{ n: number }>();
const formatted = reactAgent({ output: defineOutput({ name: "answer", schema: Answer }) });
expectTypeOf(formatted).toEqualTypeOf<Agent<{ n: number }>>();

// After a handoff, another agent may answer.
const front = reactAgent({ handoffs: [typed] });
expectTypeOf(front).toEqualTypeOf<Agent<string | { n: number }>>();

// An agent may be the tool of another, whatever it answers.
expectTypeOf(reactAgent({ tools: [typed, front] })).toEqualTypeOf<Agent<string>>();

// @ts-expect-error -- a task is a text
void runtime.start(plain, { vars: { task: 7 } });
// @ts-expect-error -- no such role
void runtime.start(plain, { vars: { messages: [{ role: "robot", content: "?" }] } });
// @ts-expect-error -- a tool is more than a function
reactAgent({ tools: [() => 1] });
