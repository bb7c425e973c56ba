// Compiled, not run: what must compile, and what must not.
import { expectTypeOf } from "vitest";
import { z } from "zod";
import {
  complete,
  defineEffect,
  defineWorkflow,
  ref,
  waitFor,
  type EffectContext,
} from "../index.ts";

// Without schemas the payload is anything, and the result is what `perform` returns.
const bare = defineEffect({
  type: "bare",
  replay: "safe",
  perform: async (payload, context) => {
    expectTypeOf(payload).toBeAny();
    expectTypeOf(context).toEqualTypeOf<EffectContext>();
    return { n: payload.n as number };
  },
});

// With schemas, both are checked; what may wait counts as its result.
const mail = defineEffect({
  type: "mail",
  payload: z.object({ to: z.string(), body: z.string().default("") }),
  result: z.object({ id: z.string() }),
  replay: "idempotent",
  perform: ({ to, body }) => {
    expectTypeOf(to).toEqualTypeOf<string>();
    expectTypeOf(body).toEqualTypeOf<string>();
    return { id: `${to}:${body}` };
  },
});
const job = defineEffect({
  type: "job",
  replay: "safe",
  perform: () => (Math.random() < 1 ? waitFor({ keys: ["done"] }) : { took: 5 }),
});

defineEffect({
  type: "bad",
  // @ts-expect-error -- no such contract
  replay: "sometimes",
  perform: () => 1,
});
// @ts-expect-error -- the contract is the author's to choose
defineEffect({ type: "bad", perform: () => 1 });

const Vars = z.object({
  address: z.string(),
  sent: z.object({ id: z.string() }).optional(),
  count: z.object({ n: z.number() }).optional(),
  job: z.object({ took: z.number() }).optional(),
});

defineWorkflow({
  id: "typed",
  entry: "a",
  vars: Vars,
  nodes: {
    a: (run) => mail({ to: run.vars.address }, { next: "b", resultKey: "sent" }),
    b: () => mail({ to: ref("address"), body: ref("letter.body") }, { next: "c", onError: "end" }),
    c: () => bare({ anything: 1 }, { next: "d", resultKey: "count" }),
    d: () => job(null, { next: "branch", resultKey: "job" }),
    branch: (run) =>
      run.vars.sent ? mail({ to: "x" }, { next: "end", resultKey: "sent" }) : complete(1),
    end: () => complete(1),
    // @ts-expect-error -- no such node
    f: () => mail({ to: "x" }, { next: "nowhere" }),
    // @ts-expect-error -- no such node
    g: () => mail({ to: "x" }, { next: "end", onError: "nowhere" }),
    // @ts-expect-error -- `to` is a text
    h: () => mail({ to: 1 }, { next: "end" }),
    // @ts-expect-error -- `to` is missing
    i: () => mail({ body: "x" }, { next: "end" }),
    // @ts-expect-error -- vars have no such key
    j: () => mail({ to: "x" }, { next: "end", resultKey: "letter" }),
    // @ts-expect-error -- `address` is no object with an id
    k: () => mail({ to: "x" }, { next: "end", resultKey: "address" }),
    // @ts-expect-error -- `count` is no job
    l: () => job(null, { next: "end", resultKey: "count" }),
  },
});
