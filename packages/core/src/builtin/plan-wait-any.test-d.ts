// Compiled, not run: what must compile, and what must not.
import { expectTypeOf } from "vitest";
import { z } from "zod";
import { complete, defineWorkflow, ref, waitAny, type WaitAnyResult } from "../index.ts";

// Targets are checked at the literal, also the time's own.
defineWorkflow({
  id: "targets",
  entry: "first",
  nodes: {
    first: () =>
      waitAny({
        events: ["a", "b"],
        user: { prompt: "?", choices: ["y", 1, { n: 1 }], allowFreeText: false, key: "k" },
        afterMs: 5,
        children: ["c"],
        next: "second",
        timeoutNode: "third",
      }),
    second: () => waitAny({ until: "2026-01-01T00:00:00Z", next: "third", resultKey: "won" }),
    third: async (run) => waitAny({ events: run.vars.keys, children: ref("ids"), next: "first" }),
    fourth: (run) =>
      run.vars.done ? complete(1) : waitAny({ user: { prompt: "?" }, next: "first" }),
    // @ts-expect-error -- no such node
    a: () => waitAny({ events: ["a"], next: "nowhere" }),
    // @ts-expect-error -- no such node
    b: () => waitAny({ afterMs: 5, next: "first", timeoutNode: "nowhere" }),
    // @ts-expect-error -- two times
    c: () => waitAny({ afterMs: 5, until: "2026-01-01T00:00:00Z", next: "first" }),
    // @ts-expect-error -- a node for a time, and no time
    d: () => waitAny({ events: ["a"], next: "first", timeoutNode: "first" }),
    // @ts-expect-error -- keys are a list
    e: () => waitAny({ events: "a", next: "first" }),
    // @ts-expect-error -- a person is asked something
    f: () => waitAny({ user: { key: "k" }, next: "first" }),
    // @ts-expect-error -- no such part
    g: () => waitAny({ event: ["a"], next: "first" }),
  },
});

// The result says by its type which one won.
const won = {} as WaitAnyResult;
if (won.won === "event") expectTypeOf(won.key).toEqualTypeOf<string>();
if (won.won === "time") expectTypeOf(won.until).toEqualTypeOf<string>();
if (won.won === "user") expectTypeOf(won.answer).toBeAny();
if (won.won === "child") {
  expectTypeOf(won.status).toEqualTypeOf<"completed" | "failed" | "cancelled">();
  expectTypeOf(won.error?.code).toEqualTypeOf<string | undefined>();
}
// @ts-expect-error -- only an event has a key
void won.key;

// With a schema, its place in vars must take it.
defineWorkflow({
  id: "typed",
  entry: "first",
  vars: z.object({ won: z.custom<WaitAnyResult>().optional(), n: z.number().default(0) }),
  nodes: {
    first: () => waitAny({ events: ["a"], resultKey: "won", next: "done" }),
    // @ts-expect-error -- a result is no number
    bad: () => waitAny({ events: ["a"], resultKey: "n", next: "done" }),
    // @ts-expect-error -- vars have no such key
    worse: () => waitAny({ events: ["a"], resultKey: "one", next: "done" }),
    done: (run) => {
      const { won: first } = run.vars;
      return complete(first?.won === "child" ? first.sub_run_id : (first?.won ?? null));
    },
  },
});
