// Compiled, not run: what must compile, and what must not.
import { expectTypeOf } from "vitest";
import { z } from "zod";
import {
  askUser,
  complete,
  defineWorkflow,
  END,
  fail,
  goto,
  MemoryStore,
  Runtime,
  startSubworkflow,
  waitEvent,
  waitUntil,
  type Plan,
  type RunHandle,
} from "../index.ts";

const runtime = new Runtime({ store: new MemoryStore() });

// Hello world, without a generic or an annotation.
const hello = defineWorkflow({
  id: "hello",
  entry: "ask",
  nodes: {
    ask: () => askUser({ prompt: "Your name?", resultKey: "name", next: "greet" }),
    greet: (run) => complete({ text: `Hello, ${run.vars.name}` }),
  },
});
expectTypeOf(runtime.start(hello)).resolves.toEqualTypeOf<RunHandle>();
void runtime.start(hello, { vars: { anything: ["goes"] } });

// Without schemas everything is any.
defineWorkflow({
  id: "untyped",
  entry: "first",
  nodes: {
    first: (run, context) => {
      expectTypeOf(run.vars).toBeAny();
      expectTypeOf(context.context).toBeAny();
      expectTypeOf(context.now()).toEqualTypeOf<number>();
      run.vars.deep.down = 1;
      return waitEvent({ key: "k", resultKey: "deep.down", next: "second" });
    },
    second: () => complete(Math.max(1, 2)),
  },
});

// A wrong entry, or a wrong target of any helper, is an error at the literal.
defineWorkflow({
  id: "entry",
  // @ts-expect-error -- no such node
  entry: "nowhere",
  nodes: { first: () => complete(1) },
});
defineWorkflow({
  id: "targets",
  entry: "first",
  nodes: {
    first: () => goto("second"),
    second: () => waitEvent({ key: "k", next: "third", timeoutMs: 5, timeoutNode: "first" }),
    third: () => waitUntil({ afterMs: 5, next: "fourth" }),
    fourth: () => startSubworkflow({ workflow: "w", next: "fifth", onError: "first" }),
    fifth: () => askUser({ prompt: "?", next: "first", timeoutAt: "2026-01-01T00:00:00Z" }),
    // @ts-expect-error -- no such node
    a: () => goto("nowhere"),
    // @ts-expect-error -- no such node
    b: () => askUser({ prompt: "?", next: "nowhere" }),
    // @ts-expect-error -- no such node
    c: () => waitEvent({ key: "k", next: "nowhere" }),
    // @ts-expect-error -- no such node
    d: () => waitUntil({ afterMs: 5, next: "nowhere" }),
    // @ts-expect-error -- no such node
    e: () => startSubworkflow({ workflow: "w", next: "nowhere" }),
    // @ts-expect-error -- no such node
    f: () => waitEvent({ key: "k", next: "first", timeoutNode: "nowhere" }),
    // @ts-expect-error -- no such node
    g: () => startSubworkflow({ workflow: "w", next: "first", onError: "nowhere" }),
    // @ts-expect-error -- no such node
    h: () => ({ nextNode: "nowhere" }),
    // @ts-expect-error -- no such node
    i: () => ({ effect: { type: "work" }, nextNode: "nowhere" }),
    // @ts-expect-error -- no such node
    j: () => ({ effect: { type: "work" }, nextNode: "first", onErrorNode: "nowhere" }),
    // @ts-expect-error -- no such node
    k: async () => goto("nowhere"),
  },
});

// Edges and answers name nodes.
defineWorkflow({
  id: "edges",
  entry: "first",
  nodes: { first: () => goto("second"), second: () => complete(1) },
  edges: { first: ["second", END], second: [] },
  answers: { first: z.string() },
});
defineWorkflow({
  id: "edges",
  entry: "first",
  nodes: { first: () => complete(1) },
  // @ts-expect-error -- no such node
  edges: { first: ["nowhere"] },
});
defineWorkflow({
  id: "edges",
  entry: "first",
  nodes: { first: () => complete(1) },
  // @ts-expect-error -- no such node
  edges: { nowhere: ["first"] },
});
defineWorkflow({
  id: "answers",
  entry: "first",
  nodes: { first: () => complete(1) },
  // @ts-expect-error -- no such node
  answers: { nowhere: z.string() },
});

// Migrations lead to nodes of this version; what was before them has any name.
defineWorkflow({
  id: "migrates",
  version: "2",
  entry: "first",
  nodes: { first: () => goto("second"), second: () => complete(1) },
  migrate: [
    { from: "1", nodes: { start: "first", "an old one": "second" }, resultKeys: { a: "b.c" } },
    {
      from: null,
      vars: (vars, run) => {
        expectTypeOf(vars).toBeAny();
        expectTypeOf(run.workflowVersion).toEqualTypeOf<string | null>();
        vars.n = 1;
      },
    },
  ],
});
defineWorkflow({
  id: "migrates",
  version: "2",
  entry: "first",
  nodes: { first: () => complete(1) },
  // @ts-expect-error -- no such node
  migrate: [{ from: "1", nodes: { start: "nowhere" } }],
});
defineWorkflow({
  id: "migrates",
  version: "2",
  entry: "first",
  nodes: { first: () => complete(1) },
  // @ts-expect-error -- from where?
  migrate: [{ nodes: { start: "first" } }],
});

// Branches may return different plans, in sync and async handlers.
defineWorkflow({
  id: "branches",
  entry: "first",
  nodes: {
    first: (run) => (run.vars.done ? complete({ ok: true }) : goto("second")),
    second: async (run) => {
      await Promise.resolve();
      if (run.vars.tired) return waitUntil({ afterMs: 1_000, next: "first" });
      if (run.vars.lost) return fail("no way");
      return run.vars.n > 3 ? goto("first") : askUser({ prompt: "?", next: "third" });
    },
    third: (run) => {
      switch (run.vars.kind) {
        case "a":
          return goto("first");
        case "b":
          return { effect: { type: "work", payload: { n: 1 } }, nextNode: "second" };
        default:
          return complete(1);
      }
    },
    // @ts-expect-error -- one branch leads nowhere
    fourth: (run) => (run.vars.done ? goto("nowhere") : goto("first")),
    // @ts-expect-error -- a handler returns a plan
    fifth: () => 7,
    // @ts-expect-error -- a handler returns a plan
    sixth: () => {},
  },
});

// With schemas, vars are typed in handlers, writes are checked, and output and input are.
const Vars = z.object({
  question: z.string(),
  tries: z.number().default(0),
  answer: z.object({ text: z.string(), by: z.string().optional() }).optional(),
  notes: z.record(z.string(), z.unknown()).default({}),
});
const typed = defineWorkflow({
  id: "typed",
  entry: "ask",
  vars: Vars,
  output: z.object({ text: z.string() }),
  nodes: {
    ask: (run) => {
      expectTypeOf(run.vars).toEqualTypeOf<z.output<typeof Vars>>();
      run.vars.tries += 1;
      // @ts-expect-error -- no such key
      run.vars.attempts = 1;
      // @ts-expect-error -- not a number
      run.vars.tries = "one";
      return askUser({ prompt: run.vars.question, resultKey: "answer", next: "done" });
    },
    deep: () => askUser({ prompt: "?", resultKey: "answer.text", next: "done" }),
    open: () => waitEvent({ key: "k", resultKey: "notes.anything.at.all", next: "done" }),
    own: () => waitEvent({ key: "k", resultKey: "_temp.x", next: "done" }),
    // @ts-expect-error -- vars have no such key
    bad: () => askUser({ prompt: "?", resultKey: "reply", next: "done" }),
    // @ts-expect-error -- vars have no such key below answer
    badDeep: () => askUser({ prompt: "?", resultKey: "answer.texts", next: "done" }),
    // @ts-expect-error -- a timer's result is no string
    badResult: () => waitUntil({ afterMs: 5, resultKey: "question", next: "done" }),
    done: (run) => complete({ text: run.vars.answer?.text ?? "nothing" }),
    // @ts-expect-error -- the output needs a text
    badOutput: () => complete({ words: "no" }),
    // @ts-expect-error -- a text is no number
    badType: () => complete({ text: 1 }),
  },
});
void runtime.start(typed, { vars: { question: "Why?" } });
// @ts-expect-error -- the question is missing
void runtime.start(typed, { vars: { tries: 1 } });
// @ts-expect-error -- a question is a text
void runtime.start(typed, { vars: { question: 1 } });
const handle = await runtime.start(typed, { vars: { question: "Why?" } });
expectTypeOf(await handle.result()).toEqualTypeOf<{ text: string }>();

// An output schema alone types the result; vars stay any.
const counted = defineWorkflow({
  id: "counted",
  entry: "first",
  output: z.number(),
  nodes: { first: (run) => complete(run.vars.list.length) },
});
expectTypeOf(await (await runtime.start(counted)).result()).toEqualTypeOf<number>();

// Node ids that are not known before are texts.
const dynamic = defineWorkflow<string>({
  id: "dynamic",
  entry: "a",
  nodes: Object.fromEntries(["a", "b"].map((id) => [id, (): Plan => goto<string, string>("b")])),
});
expectTypeOf(await (await runtime.start(dynamic)).result()).toBeAny();

// A ReAct loop, without a generic.
export const react = defineWorkflow({
  id: "react",
  entry: "think",
  nodes: {
    think: (run) => ({
      effect: {
        type: "llm_call",
        payload: { messages: run.vars.context.messages },
        resultKey: "temp.llm",
      },
      nextNode: "decide",
    }),
    decide: (run) => {
      const { tool_calls: calls, content } = run.vars.temp.llm;
      return calls.length > 0 ? goto("act") : complete({ answer: content });
    },
    act: (run) => ({
      effect: {
        type: "tool_calls",
        payload: { calls: run.vars.temp.llm.tool_calls },
        resultKey: "temp.tools",
      },
      nextNode: "observe",
    }),
    observe: (run) => {
      run.vars.context.messages.push(...run.vars.temp.tools.results);
      return goto("think");
    },
  },
});
