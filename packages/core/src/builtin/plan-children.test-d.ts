// Compiled, not run: what must compile, and what must not.
import { expectTypeOf } from "vitest";
import { z } from "zod";
import {
  branches,
  complete,
  defineWorkflow,
  ref,
  startSubworkflows,
  type JoinResult,
} from "../index.ts";

const other = defineWorkflow({ id: "other", entry: "a", nodes: { a: () => complete(1) } });

// Targets are checked at the literal: nodes of branches, what comes next, and after a failure or a timeout.
defineWorkflow({
  id: "targets",
  entry: "first",
  nodes: {
    first: () =>
      branches([{ node: "second", vars: { n: 1 } }, { node: "third" }], {
        next: "fourth",
        join: "any",
        onFailure: "fail-fast",
        maxConcurrency: 2,
        timeoutMs: 5,
        timeoutNode: "third",
        onError: "second",
      }),
    second: () => branches({ node: "third", each: ref("items"), as: "item" }, { next: "fourth" }),
    third: async (run) =>
      startSubworkflows([{ workflow: other, vars: {} }, { workflow: "by id" }], {
        next: "fourth",
        join: 2,
        resultKey: "r",
        timeoutAt: run.vars.until,
      }),
    fourth: (run) =>
      run.vars.done
        ? complete(run.vars.r)
        : startSubworkflows({ workflow: "x", each: [1], vars: { all: 1 } }, { next: "fourth" }),
    // @ts-expect-error -- no such node to branch to
    a: () => branches([{ node: "nowhere" }], { next: "first" }),
    // @ts-expect-error -- one of them is no node
    b: () => branches([{ node: "first" }, { node: "nowhere" }], { next: "first" }),
    // @ts-expect-error -- no such node to branch to for each
    c: () => branches({ node: "nowhere", each: [] }, { next: "first" }),
    // @ts-expect-error -- no such node to go on at
    d: () => branches([{ node: "first" }], { next: "nowhere" }),
    // @ts-expect-error -- no such node after a failure
    e: () => branches([{ node: "first" }], { next: "first", onError: "nowhere" }),
    // @ts-expect-error -- no such node after a timeout
    f: () => startSubworkflows([], { next: "first", timeoutMs: 1, timeoutNode: "nowhere" }),
    // @ts-expect-error -- nothing comes next
    g: () => startSubworkflows([{ workflow: other }], {}),
    // @ts-expect-error -- a join is all, any or a number
    h: () => startSubworkflows([{ workflow: other }], { next: "first", join: "some" }),
    // @ts-expect-error -- no such way to take a failure
    i: () => startSubworkflows([{ workflow: other }], { next: "first", onFailure: "ignore" }),
    // @ts-expect-error -- a child is of a workflow
    j: () => startSubworkflows([{ node: "first" }], { next: "first" }),
    // @ts-expect-error -- a branch is at a node
    k: () => branches([{ workflow: other }], { next: "first" }),
  },
});

// The result has its own type, and its place in vars must take it.
const child = {} as JoinResult["results"][number];
expectTypeOf(child.status).toEqualTypeOf<"completed" | "failed" | "cancelled">();
expectTypeOf(child.index).toEqualTypeOf<number>();
expectTypeOf(child.output).toBeAny();

defineWorkflow({
  id: "typed",
  entry: "first",
  vars: z.object({
    found: z.custom<JoinResult>().optional(),
    deep: z.object({ found: z.custom<JoinResult>().optional() }).default({}),
    n: z.number().default(0),
  }),
  nodes: {
    first: () => branches([{ node: "done" }], { next: "done", resultKey: "found" }),
    second: () =>
      startSubworkflows([{ workflow: other }], { next: "done", resultKey: "deep.found" }),
    // @ts-expect-error -- a result is no number
    bad: () => branches([{ node: "done" }], { next: "done", resultKey: "n" }),
    // @ts-expect-error -- vars have no such key
    worse: () => startSubworkflows([{ workflow: other }], { next: "done", resultKey: "one" }),
    done: (run) => {
      expectTypeOf(run.vars.found).toEqualTypeOf<JoinResult | undefined>();
      return complete(run.vars.found?.results[0]?.sub_run_id ?? null);
    },
  },
});
