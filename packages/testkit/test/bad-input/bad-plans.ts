import { fail, ref, type ErrorCode } from "@abstractruntime/core";

/** What a node does that is no plan; `says` are parts of the message. */
export interface BadPlan {
  readonly what: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- what untyped callers write
  readonly plan: (run: { vars: any }) => unknown;
  readonly code: ErrorCode;
  readonly says: readonly string[];
}

const effect = { type: "work", payload: {} };

export const badPlans: readonly BadPlan[] = [
  {
    what: "throws",
    plan: () => {
      throw new TypeError("x is undefined");
    },
    code: "node_failed",
    says: ['node "second" threw TypeError: x is undefined'],
  },
  {
    what: "rejects",
    plan: () => Promise.reject(new Error("late")),
    code: "node_failed",
    says: ["late"],
  },
  { what: "null", plan: () => null, code: "invalid_plan", says: ['node "second"', "null"] },
  {
    what: "undefined",
    plan: () => undefined,
    code: "invalid_plan",
    says: ['"second"', "undefined"],
  },
  { what: "a text", plan: () => "end", code: "invalid_plan", says: ['"second"', "string"] },
  {
    what: "a promise of nothing",
    plan: () => Promise.resolve(),
    code: "invalid_plan",
    says: ["undefined"],
  },
  { what: "a list", plan: () => [], code: "invalid_plan", says: ['"second"'] },
  {
    what: "nothing in it",
    plan: () => ({}),
    code: "invalid_plan",
    says: ["no effect and no next node"],
  },
  {
    what: "an unknown next node",
    plan: () => ({ nextNode: "ende" }),
    code: "unknown_node",
    says: ['node "second"', "nextNode", '"ende"', "first, second, end"],
  },
  {
    what: "a next node that is no text",
    plan: () => ({ nextNode: 7 }),
    code: "unknown_node",
    says: ["nextNode", "number"],
  },
  {
    what: "a next node of every object's prototype",
    plan: () => ({ nextNode: "toString" }),
    code: "unknown_node",
    says: ['"toString"'],
  },
  {
    what: "an effect without a next node",
    plan: () => ({ effect }),
    code: "invalid_plan",
    says: ["work", "no next node"],
  },
  {
    what: "an effect with an unknown next node",
    plan: () => ({ effect, nextNode: "x" }),
    code: "unknown_node",
    says: ["nextNode", '"x"'],
  },
  {
    what: "an unknown onError node",
    plan: () => ({ effect, nextNode: "end", onErrorNode: "mend" }),
    code: "unknown_node",
    says: ["onErrorNode", '"mend"'],
  },
  {
    what: "an unknown timeout node",
    plan: () => ({ effect, nextNode: "end", timeoutNode: "late" }),
    code: "unknown_node",
    says: ["timeoutNode", '"late"'],
  },
  {
    what: "an unknown node to resume to",
    plan: () => ({
      effect: { type: "ask_user", payload: { prompt: "?", resume_to_node: "x" } },
      nextNode: "end",
    }),
    code: "unknown_node",
    says: ["payload.resume_to_node", '"x"'],
  },
  {
    what: "an effect without a type",
    plan: () => ({ effect: {}, nextNode: "end" }),
    code: "invalid_plan",
    says: ["without a type"],
  },
  {
    what: "a payload that is a list",
    plan: () => ({ effect: { type: "work", payload: [1] }, nextNode: "end" }),
    code: "invalid_json_value",
    says: ["payload", "object"],
  },
  {
    what: "an output beside an effect",
    plan: () => ({ effect, completeOutput: 1, nextNode: "end" }),
    code: "invalid_plan",
    says: ["more than one"],
  },
  {
    what: "an output beside a failure",
    plan: () => ({ ...fail("no"), completeOutput: 1 }),
    code: "invalid_plan",
    says: ["more than one"],
  },
  {
    what: "a plan for another node",
    plan: () => ({ nodeId: "first", nextNode: "end" }),
    code: "invalid_plan",
    says: ['"second"', '"first"'],
  },
  {
    what: "vars replaced by a list",
    plan: (run) => {
      run.vars = [1];
      return { nextNode: "end" };
    },
    code: "invalid_plan",
    says: ["vars must stay an object"],
  },
  {
    what: "vars replaced by nothing",
    plan: (run) => {
      run.vars = undefined;
      return { nextNode: "end" };
    },
    code: "invalid_json_value",
    says: ["vars: undefined is not JSON"],
  },
  {
    what: "a resultKey that is no text",
    plan: () => ({ effect: { ...effect, resultKey: ["a"] }, nextNode: "end" }),
    code: "invalid_plan",
    says: ["resultKey"],
  },
  ...["__proto__", "a.constructor.b", "prototype"].map((resultKey): BadPlan => ({
    what: `the resultKey ${resultKey}`,
    plan: () => ({ effect: { ...effect, resultKey }, nextNode: "end" }),
    code: "invalid_plan",
    says: [`path "${resultKey}"`, "reserved"],
  })),
  {
    what: "a ref to a prototype",
    plan: () => ({ effect: { type: "work", payload: { p: ref("__proto__.x") } }, nextNode: "end" }),
    code: "invalid_plan",
    says: ["__proto__"],
  },
  {
    what: "a ref without a path",
    plan: () => ({
      effect: { type: "work", payload: { p: ref(7 as unknown as string) } },
      nextNode: "end",
    }),
    code: "invalid_plan",
    says: ["payload.p", "path"],
  },
  {
    what: "a failure whose details are not JSON",
    plan: () => ({ failure: { message: "no", details: { at: new Date(0) } } }),
    code: "invalid_json_value",
    says: ["failure.details.at: Date is not JSON"],
  },
  {
    what: "a failure without a message",
    plan: () => ({ failure: {} }),
    code: "invalid_plan",
    says: ["failure", "message"],
  },
  {
    what: "a failure whose message is no text",
    plan: () => ({ failure: { message: new Date(0) } }),
    code: "invalid_plan",
    says: ["failure", "message"],
  },
];
